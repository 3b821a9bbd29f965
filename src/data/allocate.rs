//! Disk space for files that processes map.

use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Zeros to write at once. Larger allocations use fallocate(2).
const ZEROS: [u8; 1 << 14] = [0; 1 << 14];

/// Allocates `length` bytes of disk space at `offset`. They read as zero.
pub(super) fn allocate(file: &File, offset: u64, length: u64) -> io::Result<()> {
    // A write reserves blocks without choosing them yet. On ext4, removing a short-lived file then costs a
    // fraction of what it costs after fallocate(2).
    if length <= ZEROS.len() as u64 {
        return write_zeros(file, offset, length);
    }
    match reserve(file, offset, length) {
        // The file system does not support it (NFS before 4.2, for example).
        Err(error) if matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::ENOSYS)) => {
            write_zeros(file, offset, length)
        }
        reserved => reserved,
    }
}

/// Allocates the disk space that the first `length` bytes of a file do not have. Bytes that it has stay.
pub(super) fn allocate_holes(file: &File, length: u64) -> io::Result<()> {
    reserve(file, 0, length)
}

fn reserve(file: &File, offset: u64, length: u64) -> io::Result<()> {
    let signed = |number: u64| i64::try_from(number).map_err(io::Error::other);
    let (offset, length) = (signed(offset)?, signed(length)?);
    loop {
        match fallocate(file, FallocateFlags::empty(), offset, length) {
            Err(Errno::EINTR) => {}
            result => return Ok(result?),
        }
    }
}

/// Writes zeros.
pub(super) fn write_zeros(file: &File, offset: u64, length: u64) -> io::Result<()> {
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
