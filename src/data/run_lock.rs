//! A run that goes on: its lock file `DATAFILE.HOST.RUN.run` is held by flock(2), so that `combine` leaves the
//! hit files alone that are still written to. The kernel lets go of it however forkcov ends.

use super::table::named;
use super::{ProcessStart, names};
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Held as long as a run goes on.
#[derive(Debug)]
pub struct RunLock {
    path: PathBuf,
    _held: Option<Flock<File>>,
}

impl RunLock {
    /// Takes the lock of a run, beside its data file. On a file system without locks there is none.
    ///
    /// # Errors
    /// As open(2), with the path named.
    pub fn take(data_file: &Path, host: &str, run: &str) -> io::Result<Self> {
        let path = names::run_lock(data_file, host, run);
        let file = File::create(&path).map_err(|error| named("write", &path, &error))?;
        Ok(Self { path, _held: Flock::lock(file, FlockArg::LockExclusiveNonblock).ok() })
    }
}

/// Does the run of this process go on? Only the host that it runs on can tell.
pub(super) fn is_held(data_file: &Path, process: &ProcessStart) -> bool {
    let path = names::run_lock(data_file, &process.host, &process.run);
    File::open(path).is_ok_and(|file| Flock::lock(file, FlockArg::LockSharedNonblock).is_err())
}

impl Drop for RunLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
