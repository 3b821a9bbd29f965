//! A directory of cache entries, which several runs can use at once: an entry is either complete or absent.

use crate::plain::stream::{Reader, Writer};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;
use std::time::SystemTime;

/// The first bytes of an entry; the digit is the version of its format.
const MAGIC: [u8; 8] = *b"fcCache8";

/// The entries of one directory.
#[derive(Debug)]
pub(super) struct Entries {
    pub(super) directory: PathBuf,
    /// Their greatest total size in bytes.
    pub(super) max_size: u64,
}

impl Entries {
    /// Opens the entry with this name, and gives it with its length. One of another format counts as absent.
    pub(super) fn open(&self, name: &str) -> Option<Reader<File>> {
        let mut file = File::open(self.directory.join(name)).ok()?;
        let length = file.metadata().ok()?.len().checked_sub(MAGIC.len() as u64)?;
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic).ok()?;
        (magic == MAGIC).then(|| Reader::new(file, length))
    }

    /// Marks an entry as used: its modification time is the time of its last use.
    pub(super) fn touch(&self, name: &str) {
        // If this fails, the entry is only removed too early.
        let _ = File::open(self.directory.join(name)).and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// Writes an entry, and removes the least recently used ones if their total size is too large. An entry
    /// that is larger than the limit itself is not written.
    pub(super) fn put(
        &self,
        name: &str,
        content: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut writer = Writer::new(MAGIC.to_vec());
        content(&mut writer)?;
        let bytes = writer.finish()?;
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
