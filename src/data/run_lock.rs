//! The lock of a run. The kernel releases it when its holder ends, however it ends.

use super::error::named;
use super::names::RunFiles;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The lock that `forkcov run` holds while it may write to hit files. Without it, a concurrent
/// `forkcov combine` would combine and remove the hit files of the run. Dropping it removes the lock file.
///
/// It keeps one file descriptor open (with `O_CLOEXEC`).
#[derive(Debug)]
pub struct RunLock {
    path: PathBuf,
    _lock: Option<Flock<File>>,
}

impl RunLock {
    /// Takes the lock of the run. This must precede its first hit file and object table. On a file system
    /// without flock(2) there is only the file, and no protection.
    ///
    /// # Errors
    /// When the lock file cannot be created.
    pub fn hold(files: &RunFiles) -> io::Result<Self> {
        let path = files.lock();
        loop {
            let opened = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
            let file = opened.map_err(|error| named("create", &path, &error))?;
            let lock = Flock::lock(file, FlockArg::LockExclusive).ok();
            // A `combine` may have removed the file before it was locked, as that of a dead run.
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

/// Whether a process holds the lock file `path`.
pub(super) fn is_held(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(Flock::lock(file, FlockArg::LockSharedNonblock), Err((_, Errno::EWOULDBLOCK)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(directory: &Path) -> RunFiles {
        RunFiles { data_file: directory.join("data"), host: "h".to_owned(), run: "ab".to_owned() }
    }

    #[test]
    fn a_lock_is_held_until_it_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        let path = files.lock();
        assert!(!is_held(&path));
        let lock = RunLock::hold(&files).unwrap();
        assert!(is_held(&path));
        drop(lock);
        assert!(!is_held(&path) && !path.exists());
    }

    #[test]
    fn a_lock_that_a_dead_run_left_is_not_held() {
        let directory = tempfile::tempdir().unwrap();
        let path = files(directory.path()).lock();
        fs::write(&path, "").unwrap();
        assert!(!is_held(&path));
    }
}
