//! The identity of a file's content.

use serde::{Deserialize, Serialize};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

/// The identity of a file, which changes whenever something is written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
    size: u64,
    /// The time of the last status change (`st_ctim` of stat(2)): seconds since the epoch, and
    /// nanoseconds.
    changed: (i64, i64),
}

impl FileIdentity {
    /// The identity of the file with this metadata.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The time of the last change, since the epoch; `None` if that was before.
    pub fn changed(&self) -> Option<Duration> {
        let (seconds, nanoseconds) = self.changed;
        Some(Duration::new(seconds.try_into().ok()?, nanoseconds.try_into().ok()?))
    }
}
