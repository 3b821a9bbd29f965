//! Reads a source file. Its name comes from debug information or a data file, and so from any user.
//!
//! Such a name may lead to a FIFO, a device or a terminal (`gcc -x c /dev/stdin`, `#line`). Opening one can
//! block or act on a device, and reading one may never end.

use memchr::memmem;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, major};
use nix::sys::statfs::{PROC_SUPER_MAGIC, fstatfs, statfs};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The largest source that is read, in bytes. Sources that programs generate reach some tens of MiB.
const LARGEST: u64 = 256 << 20;

/// Whether a path leads to a file that can be a source.
pub fn exists(path: &Path) -> bool {
    // proc(5) has no device of its own: the kernel numbers such file systems, with a major number of 0.
    let is_pseudo = |found: &Metadata| {
        major(found.dev()) == 0
            && statfs(path).is_ok_and(|system| system.filesystem_type() == PROC_SUPER_MAGIC)
    };
    fs::metadata(path).is_ok_and(|found| found.is_file() && !is_pseudo(&found))
}

/// The content of a source file.
///
/// # Errors
/// [`ErrorKind::NotFound`] when the path leads to anything but a regular file, or to one of proc(5),
/// [`ErrorKind::FileTooLarge`] when the file has more than 256 MiB, and otherwise as open(2) and read(2).
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    // It may grow while it is read.
    open_source(path)?.take(LARGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST { Err(too_large()) } else { Ok(content) }
}

/// Whether a source file contains these bytes. It is read in pieces, which takes a quarter of the time of
/// [`read()`]: nearly all of that is memory for a large source.
///
/// # Errors
/// As of [`read()`].
pub fn contains(path: &Path, part: &[u8]) -> io::Result<bool> {
    const PIECE: usize = 1 << 16;
    let mut file = open_source(path)?.take(LARGEST);
    let finder = memmem::Finder::new(part);
    let mut buffer = vec![0; PIECE + part.len()];
    // The end of the piece before, in which the part may have begun.
    let mut kept = 0;
    loop {
        let read = match file.read(&mut buffer[kept..]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read?,
        };
        let filled = kept + read;
        if read == 0 || finder.find(&buffer[..filled]).is_some() {
            return Ok(read > 0);
        }
        kept = filled.min(part.len().saturating_sub(1));
        buffer.copy_within(filled - kept..filled, 0);
    }
}

/// Opens a source file that is not too large.
fn open_source(path: &Path) -> io::Result<File> {
    let found = find(path)?;
    if found.metadata()?.len() > LARGEST {
        return Err(too_large());
    }
    let name = format!("/proc/self/fd/{}", found.as_raw_fd());
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(name)
}

fn too_large() -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, "larger than 256 MiB")
}

/// Finds a file without opening it (O_PATH of open(2)), so that the file that is looked at is the one that
/// is read.
fn find(path: &Path) -> io::Result<File> {
    let found = open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty())?;
    // A file like /proc/kmsg is a regular one by its mode, and yet blocks and changes when it is read.
    let is_pseudo = fstatfs(&found)?.filesystem_type() == PROC_SUPER_MAGIC;
    let found = File::from(found);
    if is_pseudo || !found.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::NotFound, "not a regular file"));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::mkfifo;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_a_regular_file_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("source.c"), "int x;\n").unwrap();
        symlink(path("source.c"), path("link.c")).unwrap();
        mkfifo(&path("fifo.c"), Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
        symlink("/dev/zero", path("device.c")).unwrap();
        assert_eq!(read(&path("source.c")).unwrap(), b"int x;\n");
        assert_eq!(read(&path("link.c")).unwrap(), b"int x;\n");
        assert!(exists(&path("source.c")) && exists(&path("link.c")));
        for other in ["fifo.c", "device.c", "missing.c", ".", "/proc/self/status"] {
            assert!(!exists(&path(other)), "{other}");
            assert_eq!(read(&path(other)).unwrap_err().kind(), ErrorKind::NotFound, "{other}");
        }
    }

    #[test]
    fn a_part_is_found_wherever_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("source.c");
        let found = |content: &[u8]| {
            fs::write(&path, content).unwrap();
            contains(&path, b"_EXCL_").unwrap()
        };
        for before in [0, 1, (1 << 16) - 6, (1 << 16) - 3, 1 << 16, (1 << 16) + 4, (1 << 17) + 11, 1 << 18] {
            let spaces = vec![b' '; before];
            assert!(found(&[&spaces[..], b"_EXCL_"].concat()), "behind {before} bytes");
            assert!(found(&[&spaces[..], b"_EXCL_\nint x;\n"].concat()), "behind {before} bytes");
            assert!(!found(&[&spaces[..], b"_EXCL"].concat()), "behind {before} bytes");
        }
        assert!(!found(b"") && !found(b"_EX"));
        assert!(contains(&directory.path().join("missing.c"), b"x").is_err());
    }

    #[test]
    fn a_source_of_any_size_takes_bounded_memory() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sparse.c");
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(contains(&path, b"x").unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
