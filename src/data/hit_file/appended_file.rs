//! A file that is appended to, and can be changed.

use super::super::run_directory::{RunDirectory, RunFile};
use std::ffi::OsStr;
use std::io;
use std::path::PathBuf;

/// A file that is only appended to, but for single bytes that are changed in place.
///
/// It is written with pwrite(2): what is written stays if forkcov is killed, and no other process can make a
/// write fail by a signal, as it can with memory that is mapped from a file.
#[derive(Debug)]
pub(super) struct AppendedFile {
    file: RunFile,
    /// How many bytes it has.
    length: u64,
}

impl AppendedFile {
    /// Creates the file `name`, which must not exist, with these bytes. If that fails, no file is left.
    pub fn create(directory: &RunDirectory, name: &OsStr, bytes: &[u8]) -> io::Result<Self> {
        let mut file = Self { file: directory.create_file(name)?, length: 0 };
        file.append(bytes).inspect_err(|_| directory.remove_file(name))?;
        Ok(file)
    }

    pub fn path(&self) -> PathBuf {
        self.file.path()
    }

    /// Appends `bytes`, and gives their offset. If that fails, the file is as it was.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.length;
        if let Err(error) = self.file.write_at(bytes, at) {
            // If this fails too, the beginning of a segment is left, which is no damage.
            let _ = self.file.with("shorten", |file| file.set_len(at));
            return Err(error);
        }
        self.length += bytes.len() as u64;
        Ok(at)
    }

    /// Changes bytes that have been appended.
    pub fn change(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_at(bytes, at)
    }
}
