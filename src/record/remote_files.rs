//! Maps files of forkcov's into a tracee, by injected system calls.

use crate::ptrace::{self, Tid};
use crate::tracer::RemoteSyscalls;
use nix::errno::Errno;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

impl RemoteSyscalls<'_> {
    /// Maps the first `size` bytes of the file `path`, shared. Gives the address.
    ///
    /// # Errors
    /// When the process cannot map memory. `ENOENT` or the error of open(2) when the process has no
    /// permission to open the file, or sees another file system.
    pub fn map(&self, path: &Path, size: u64) -> ptrace::Result<u64> {
        match self.open(path)? {
            Some(file) => self.map_and_close(file, size),
            None => Err(ptrace::Error::Failed { call: "open a file", errno: Errno::ENOENT }),
        }
    }

    fn map_and_close(&self, file: u64, size: u64) -> ptrace::Result<u64> {
        let mapped = self.calls.map(self.task, size, Some(file));
        self.calls.close(self.task, file)?;
        mapped
    }

    /// Opens a file by its path. `None` if the process has no permission, or sees another file system.
    fn open(&self, path: &Path) -> ptrace::Result<Option<u64>> {
        self.memory.write(self.scratch, &[path.as_os_str().as_bytes(), b"\0"].concat())?;
        let file = match self.calls.open(self.task, self.scratch) {
            Err(ptrace::Error::Failed { .. }) => return Ok(None),
            opened => opened?,
        };
        if is_file(path, self.task.tid(), file) {
            return Ok(Some(file));
        }
        self.calls.close(self.task, file).map(|()| None)
    }
}

/// An I/O error of forkcov itself, as an error of a call on a process.
pub fn failed(call: &'static str, error: &io::Error) -> ptrace::Error {
    ptrace::Error::Failed { call, errno: error.raw_os_error().map_or(Errno::EIO, Errno::from_raw) }
}

/// Is `descriptor` the file at `path`? In another mount namespace or root directory, `path` can name another
/// file.
fn is_file(path: &Path, tid: Tid, descriptor: u64) -> bool {
    let theirs = fs::metadata(format!("/proc/{tid}/fd/{descriptor}"));
    let ours = fs::metadata(path);
    theirs.is_ok_and(|theirs| ours.is_ok_and(|ours| (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino())))
}
