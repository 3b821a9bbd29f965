//! Whether a file is still what it was.

use serde::{Deserialize, Serialize};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

/// A file's identity as long as nobody writes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
    size: u64,
    /// Its time of change (stat(2), `st_ctim`): seconds since the epoch, and nanoseconds.
    changed: (i64, i64),
}

impl FileIdentity {
    /// Of the file that has this metadata.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// When somebody last wrote to the file, from the epoch on; `None` if that was before.
    pub fn changed(&self) -> Option<Duration> {
        let (seconds, nanoseconds) = self.changed;
        Some(Duration::new(seconds.try_into().ok()?, nanoseconds.try_into().ok()?))
    }
}
