//! The identity of a file's content.

use serde::{Deserialize, Serialize};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The resolution of file timestamps is at most 10 ms: two writes within one step can leave the same
/// timestamp. This is more than one step.
const TIMESTAMP_STEP: Duration = Duration::from_millis(20);

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

    /// Will any later change show in the time of the last change, because that is long enough ago?
    pub fn is_settled(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.changed().is_some_and(|changed| changed + TIMESTAMP_STEP <= now)
    }

    /// The time of the last change, since the epoch; `None` if that was before.
    pub fn changed(&self) -> Option<Duration> {
        let (seconds, nanoseconds) = self.changed;
        Some(Duration::new(seconds.try_into().ok()?, nanoseconds.try_into().ok()?))
    }
}
