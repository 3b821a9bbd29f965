//! Reads a file from its beginning to its end in chunks.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Passes every byte of `file` to `take`, in order. The file offset of the descriptor does not change.
pub(crate) fn each(file: &File, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    let mut position = 0;
    loop {
        match file.read_at(&mut buffer, position) {
            Ok(0) => return Ok(()),
            Ok(read) => {
                take(&buffer[..read]);
                position += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
