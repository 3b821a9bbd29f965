//! Whether anybody else has a file open.

use std::fs::File;
use std::os::fd::AsRawFd;

/// Whether there is no other open file description of the file, nor a mapping by way of one. A lease for
/// writing is given only then (fcntl(2), F_SETLEASE).
#[expect(unsafe_code, reason = "fcntl(2) has no safe interface for leases")]
pub(super) fn is_unused(file: &File) -> bool {
    // SAFETY: F_SETLEASE takes a descriptor and a number, and touches no memory.
    let set = |lease: libc::c_int| unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, lease) } == 0;
    set(libc::F_WRLCK) && set(libc::F_UNLCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;

    #[test]
    fn a_file_that_another_has_open_is_in_use() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let file = File::create_new(&path).unwrap();
        // Processes that other tests start have all descriptors until they execute their program.
        let becomes_unused = || while !is_unused(&file) {};
        becomes_unused();
        for write in [false, true] {
            let other = OpenOptions::new().read(true).write(write).open(&path).unwrap();
            assert!(!is_unused(&file));
            drop(other);
            becomes_unused();
        }
    }
}
