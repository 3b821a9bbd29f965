//! Source snapshots: which content a source file had when it ran. When a file is edited, its line numbers
//! change meaning.

use super::checksummed::{self, Broken, Magic};
use super::error::Error;
use super::run_directory::RunFiles;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The content of a source file that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SourceSnapshot {
    /// Its BLAKE3 hash.
    Hash([u8; 32]),
    /// The file had changed already when forkcov read it, so the content that ran is unknown.
    Missing,
}

impl SourceSnapshot {
    /// The snapshot of a file with this content.
    pub fn of(content: &[u8]) -> Self {
        Self::Hash(*blake3::hash(content).as_bytes())
    }
}

/// In a data file: the hash, or an empty blob for a missing snapshot.
impl ToSql for SourceSnapshot {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Hash(hash) => ToSqlOutput::Borrowed(ValueRef::Blob(hash)),
            Self::Missing => ToSqlOutput::Borrowed(ValueRef::Blob(&[])),
        })
    }
}

impl FromSql for SourceSnapshot {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let blob = value.as_blob()?;
        match blob.try_into() {
            Ok(hash) => Ok(Self::Hash(hash)),
            Err(_) if blob.is_empty() => Ok(Self::Missing),
            Err(error) => Err(FromSqlError::other(error)),
        }
    }
}

/// The first bytes of a [`RunSnapshots`] file; the digit is the version of its format.
pub(super) const MAGIC: Magic = *b"fcSnaps1";

/// The snapshots of all sources of a run. `run` writes them at its end, beside its hit files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSnapshots {
    /// The source files, by the paths that object tables and runtime logs have, and their snapshots.
    pub files: Vec<(String, SourceSnapshot)>,
}

impl RunSnapshots {
    /// Writes them to the directory of the run.
    ///
    /// # Errors
    /// When they cannot be written. No file is left then.
    pub fn write(&self, files: &RunFiles) -> io::Result<()> {
        checksummed::write(&files.directory, &files.names.snapshots(), MAGIC, self)
    }

    /// Reads the file `path`. `None` if it does not exist, or if its writer was killed while writing.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(Error::io("read", path))?,
        };
        match checksummed::decode(&bytes, MAGIC, "a list of source snapshots") {
            Ok(snapshots) => Ok(Some(snapshots)),
            Err(Broken::Short) => Ok(None),
            Err(damaged) => Err(Error::unusable(path, damaged)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::run_directory::RunDirectory;
    use super::*;

    #[test]
    fn a_whole_file_is_read_and_an_incomplete_one_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let files = RunFiles {
            directory: RunDirectory::open(directory.path()).unwrap(),
            names: crate::data::RunNames { base: "data".into(), host: "h".to_owned(), run: "ab".to_owned() },
        };
        let path = directory.path().join(files.names.snapshots());
        assert_eq!(RunSnapshots::read(&path).unwrap(), None);
        let snapshots = RunSnapshots {
            files: vec![
                ("/a.c".to_owned(), SourceSnapshot::of(b"a")),
                ("/b.c".to_owned(), SourceSnapshot::Missing),
            ],
        };
        snapshots.write(&files).unwrap();
        assert_eq!(RunSnapshots::read(&path).unwrap(), Some(snapshots));
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(RunSnapshots::read(&path).unwrap(), None, "{length}");
        }
        let mut damaged = whole;
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(&path, damaged).unwrap();
        let error = RunSnapshots::read(&path).unwrap_err().to_string();
        assert!(error.ends_with("data.h.ab.snapshots: its checksum is wrong"), "{error}");
    }
}
