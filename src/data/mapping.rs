//! Files that are shared with other processes as memory. All unsafe code outside `ptrace` is in
//! [`SharedMapping`].

use memmap2::{MmapOptions, MmapRaw};
use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::AtomicU8;

/// A shared, writable mapping of the beginning of a file. Each byte is an atomic, because others may map the
/// file, too.
///
/// A mapping may extend beyond the end of its file. To access a byte that the file does not have raises
/// SIGBUS: callers must [`allocate`] bytes before they access them. forkcov never shortens such a file.
#[derive(Debug)]
pub(super) struct SharedMapping(MmapRaw);

impl SharedMapping {
    /// Maps `length` bytes of a file that is open for reading and writing.
    ///
    /// # Errors
    /// As mmap(2).
    pub fn new(file: &File, length: usize) -> io::Result<Self> {
        MmapOptions::new().len(length).map_raw(file).map(Self)
    }

    /// The first `length` bytes, or all if fewer are mapped.
    #[expect(unsafe_code, reason = "the one mapping of shared memory")]
    pub fn bytes(&self, length: usize) -> &[AtomicU8] {
        let length = length.min(self.0.len());
        // SAFETY: the mapping is readable and writable, has this length, and lives as long as `self`.
        // AtomicU8 has the layout of a byte, and all values are valid. The memory is changed by atomic stores
        // only: forkcov has no other reference to it, and other processes store single bytes or aligned
        // words.
        unsafe { std::slice::from_raw_parts(self.0.as_mut_ptr().cast::<AtomicU8>(), length) }
    }
}

/// Zeros to write at once. Larger allocations use fallocate(2).
const ZEROS: [u8; 1 << 14] = [0; 1 << 14];

/// Allocates `length` bytes of disk space at `offset`. They read as zero.
pub(super) fn allocate(file: &File, offset: u64, length: u64) -> io::Result<()> {
    // A write reserves blocks without choosing them yet. On ext4, removing a short-lived file then costs a
    // fraction of what it costs after fallocate(2).
    if length <= ZEROS.len() as u64 {
        return write_zeros(file, offset, length);
    }
    let signed = |number: u64| i64::try_from(number).map_err(io::Error::other);
    loop {
        match fallocate(file, FallocateFlags::empty(), signed(offset)?, signed(length)?) {
            Err(Errno::EINTR) => {}
            // The file system does not support it (NFS before 4.2, for example).
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => return write_zeros(file, offset, length),
            result => return Ok(result?),
        }
    }
}

fn write_zeros(file: &File, offset: u64, length: u64) -> io::Result<()> {
    let end = offset + length;
    for at in (offset..end).step_by(ZEROS.len()) {
        let rest = usize::try_from(end - at).unwrap_or(usize::MAX);
        file.write_all_at(&ZEROS[..rest.min(ZEROS.len())], at)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_allocate_space_where_fallocate_is_not_supported() {
        let file = tempfile::tempfile().unwrap();
        for length in [0, 1, 1 << 14, (1 << 14) + 1, 100_000] {
            write_zeros(&file, 10, length).unwrap();
            assert!(length == 0 || file.metadata().unwrap().len() == 10 + length);
        }
    }
}
