//! A directory of cache entries, which several runs can use at once: an entry is either complete or absent.

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
    /// Their greatest total size in bytes.
    pub(super) max_size: u64,
}

impl Entries {
    /// Reads the entry with this name. A damaged entry counts as absent.
    pub(super) fn get<T: DeserializeOwned>(&self, name: &str, magic: Magic) -> Option<T> {
        let bytes = fs::read(self.directory.join(name)).ok()?;
        checksummed::decode(&bytes, magic, "an entry").ok()
    }

    /// Marks an entry as used: its modification time is the time of its last use.
    pub(super) fn touch(&self, name: &str) {
        // If this fails, the entry is only removed too early.
        let _ = File::open(self.directory.join(name)).and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// Writes an entry, and removes the least recently used ones if their total size is too large. An entry
    /// that is larger than the limit itself is not written.
    pub(super) fn put<T: Serialize>(&self, name: &str, magic: Magic, content: &T) -> io::Result<()> {
        let bytes = checksummed::encode(magic, content)?;
        if bytes.len() as u64 > self.max_size {
            return Ok(());
        }
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(&bytes)?;
        file.persist(self.directory.join(name)).map_err(|error| error.error)?;
        self.remove_oldest()
    }

    /// Removes the least recently used files, incomplete ones of killed runs included.
    fn remove_oldest(&self) -> io::Result<()> {
        let files = fs::read_dir(&self.directory)?.filter_map(|entry| {
            let entry = entry.ok()?;
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((metadata.modified().ok()?, metadata.len(), entry.path()))
        });
        let mut files: Vec<_> = files.collect();
        files.sort_unstable_by(|a, b| b.cmp(a));
        let mut total = 0;
        for (_, size, path) in files {
            total += size;
            if total > self.max_size {
                // Another run may have removed it.
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }
}
