//! A directory of entries, which several runs may use at once: an entry is whole, or is not there.

use crate::data::checksummed::{self, Magic};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::time::SystemTime;

/// The entries of one directory.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) directory: PathBuf,
    /// The most that they take, in bytes.
    pub(super) room: u64,
}

impl Entries {
    /// What was put there under this name. Of an entry that is damaged, nothing is known.
    pub(super) fn get<T: DeserializeOwned>(&self, name: &str, magic: Magic) -> Option<T> {
        let bytes = fs::read(self.directory.join(name)).ok()?;
        checksummed::decode(&bytes, magic, "an entry").ok()
    }

    /// Says that an entry was of use: the time of its last modification tells of the last use.
    pub(super) fn used(&self, name: &str) {
        // If that fails, it goes too early.
        let _ = File::open(self.directory.join(name)).and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// Puts an entry there, and removes those that were not used for the longest time if there are too many. One that takes
    /// all the room itself is not kept.
    pub(super) fn put<T: Serialize>(&self, name: &str, magic: Magic, content: &T) -> io::Result<()> {
        let bytes = checksummed::encode(magic, content)?;
        if bytes.len() as u64 > self.room {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(&bytes)?;
        file.persist(self.directory.join(name)).map_err(|error| error.error)?;
        self.make_room()
    }

    /// What a killed run has begun to write goes in its turn, too.
    fn make_room(&self) -> io::Result<()> {
        let files = fs::read_dir(&self.directory)?.filter_map(|entry| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        });
        let mut files: Vec<_> = files.collect();
        files.sort_unstable_by(|a, b| b.cmp(a));
        let mut taken = 0;
        for (_, size, path) in files {
            taken += size;
            if taken > self.room {
                // Another run may have removed it.
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }
}
