//! The mark of a run that has not ended: a lock that the kernel drops with its holder, however that ends.

use super::error::named;
use super::names;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Held by `forkcov run` for as long as it may write to hit files: without it, a `forkcov combine` at the same
/// time would combine the hit files of the run and remove them. Dropping it removes the lock file.
///
/// It keeps one descriptor open (with `O_CLOEXEC`).
#[derive(Debug)]
pub struct RunLock {
    path: PathBuf,
    _lock: Option<Flock<File>>,
}

impl RunLock {
    /// Takes the lock of `run`, before its first hit file or object table is made. On a file system without
    /// flock(2) there is just the file, which protects from nothing.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn hold(data_file: &Path, host: &str, run: &str) -> io::Result<Self> {
        let path = names::lock(data_file, host, run);
        loop {
            let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
            let file = opened.map_err(|error| named("create", &path, &error))?;
            let lock = Flock::lock(file, FlockArg::LockExclusive).ok();
            // A `combine` may have removed the file before it was locked, as one that a dead run left.
            if lock.as_ref().is_none_or(|file| file.metadata().is_ok_and(|metadata| metadata.nlink() > 0)) {
                return Ok(Self { path, _lock: lock });
            }
        }
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether somebody holds the lock file `path`.
pub(super) fn is_held(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(Flock::lock(file, FlockArg::LockSharedNonblock), Err((_, Errno::EWOULDBLOCK)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_until_it_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let data_file = directory.path().join("data");
        let path = names::lock(&data_file, "h", "ab");
        assert!(!is_held(&path));
        let lock = RunLock::hold(&data_file, "h", "ab").unwrap();
        assert!(is_held(&path));
        drop(lock);
        assert!(!is_held(&path) && !path.exists());
    }

    #[test]
    fn a_lock_that_a_dead_run_left_is_not_held() {
        let directory = tempfile::tempdir().unwrap();
        let path = names::lock(&directory.path().join("data"), "h", "ab");
        fs::write(&path, "").unwrap();
        assert!(!is_held(&path));
    }
}
