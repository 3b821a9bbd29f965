//! Mapping a file of forkcov's into a process, by system calls in the name of that.

use crate::ptrace::{self, Memory, Stopped, Syscalls, Tid};
use nix::errno::Errno;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A process in whose name system calls can be made, and where memory is of no use at `scratch`.
#[derive(Debug, Clone, Copy)]
pub struct RemoteSyscalls<'h> {
    /// The calls.
    pub calls: &'h Syscalls,
    /// The task that makes them.
    pub task: &'h Stopped,
    /// Its memory.
    pub memory: &'h Memory,
    /// A page of that.
    pub scratch: u64,
}

impl RemoteSyscalls<'_> {
    /// Maps the first `size` bytes of the file `path`, shared. Gives where they are.
    ///
    /// # Errors
    /// When the process cannot map memory. If it has not the right to open the file, or sees other files, that is `ENOENT`, or
    /// what open(2) gives.
    pub fn map(&self, path: &Path, size: u64) -> ptrace::Result<u64> {
        match self.open(path)? {
            Some(file) => self.map_and_close(file, size),
            None => Err(ptrace::Error::Failed { call: "open a file", errno: Errno::ENOENT }),
        }
    }

    /// The same for a process that may not be able to open it, but has a socket to receive it: `open` gives it.
    ///
    /// # Errors
    /// When the process cannot map memory, or the file.
    pub fn map_or_pass(
        &self,
        path: &Path,
        open: impl FnOnce() -> io::Result<File>,
        size: u64,
    ) -> ptrace::Result<u64> {
        let file = match self.open(path)? {
            Some(file) => file,
            None => {
                let ours = open().map_err(|error| failed("open a file", &error))?;
                self.calls.pass(self.task, self.memory, self.scratch, &ours)?
            }
        };
        self.map_and_close(file, size)
    }

    fn map_and_close(&self, file: u64, size: u64) -> ptrace::Result<u64> {
        let mapped = self.calls.map(self.task, size, Some(file));
        self.calls.close(self.task, file)?;
        mapped
    }

    /// Opens a file by its name. `None` where the process has not the right to, or sees other files.
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

/// An error of forkcov's own as one of a call on a process.
pub fn failed(call: &'static str, error: &io::Error) -> ptrace::Error {
    ptrace::Error::Failed { call, errno: error.raw_os_error().map_or(Errno::EIO, Errno::from_raw) }
}

/// In another mount namespace, or another root directory, another file may have the name.
fn is_file(path: &Path, tid: Tid, descriptor: u64) -> bool {
    let theirs = fs::metadata(format!("/proc/{tid}/fd/{descriptor}"));
    let ours = fs::metadata(path);
    theirs.is_ok_and(|theirs| ours.is_ok_and(|ours| (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino())))
}
