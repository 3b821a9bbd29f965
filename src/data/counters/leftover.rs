//! Counters that a killed forkcov has left.

use super::{COUNT, counts};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// The file of counters of a process that was self-counting when forkcov was killed. The process could change
/// every byte of it: where which counters are is known from the hit file alone.
#[derive(Debug)]
pub struct LeftoverCounters(File);

impl LeftoverCounters {
    /// Opens the file. `None` if there is none: the counts are in the hit file.
    ///
    /// # Errors
    /// When it cannot be opened, or is no regular file.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC;
        match OpenOptions::new().read(true).custom_flags(flags).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(file) if file.metadata()?.is_file() => Ok(Some(Self(file))),
            Ok(_) => Err(io::Error::other("not a regular file")),
        }
    }

    /// Which sites have been passed whose counters are at `start`: a byte for each, not 0 if the process has
    /// passed the block that ends with it.
    ///
    /// # Errors
    /// When the file has fewer bytes, or cannot be read.
    pub fn passed(&self, start: u64, sites: u32) -> Result<Vec<u8>, String> {
        let mut bytes = vec![0; sites as usize * COUNT];
        match self.0.read_exact_at(&mut bytes, start) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err("cut short".to_owned()),
            read => read
                .map(|()| counts(&bytes).map(|count| u8::from(count != 0)).collect())
                .map_err(|error| error.to_string()),
        }
    }
}
