//! Which text of a source file ran: a file is written again, and its lines are others then.

use super::checksummed::{self, Broken, Magic};
use super::error::Error;
use super::names::RunFiles;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The text of a source file that ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Text {
    /// By its BLAKE3 hash.
    Known([u8; 32]),
    /// When it was looked for, the file had another text already.
    Lost,
}

impl Text {
    /// The text of a file with this content.
    pub fn of(content: &[u8]) -> Self {
        Self::Known(*blake3::hash(content).as_bytes())
    }
}

/// In a data file, the hash; no byte for one that is lost.
impl ToSql for Text {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Known(hash) => ToSqlOutput::Borrowed(ValueRef::Blob(hash)),
            Self::Lost => ToSqlOutput::Borrowed(ValueRef::Blob(&[])),
        })
    }
}

impl FromSql for Text {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let blob = value.as_blob()?;
        match blob.try_into() {
            Ok(hash) => Ok(Self::Known(hash)),
            Err(_) if blob.is_empty() => Ok(Self::Lost),
            Err(error) => Err(FromSqlError::other(error)),
        }
    }
}

/// The first bytes of a [`RunTexts`] file; the digit is the version of its format.
pub(super) const MAGIC: Magic = *b"fcTexts1";

/// The texts of its sources that one run ran: what `run` leaves at its end, beside its hit files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTexts {
    /// Source files, as object tables and Python logs name them.
    pub files: Vec<(String, Text)>,
}

impl RunTexts {
    /// Writes them beside the data file.
    ///
    /// # Errors
    /// When they cannot be written; nothing is left of the file then.
    pub fn write(&self, files: &RunFiles) -> io::Result<()> {
        checksummed::write(&files.snapshots(), MAGIC, self)
    }

    /// Reads the file `path`; `None` if it is not there, or if its writer was killed while it wrote.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let bytes = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            bytes => bytes.map_err(Error::io("read", path))?,
        };
        match checksummed::read(&bytes, MAGIC, "a list of texts") {
            Ok(texts) => Ok(Some(texts)),
            Err(Broken::Short) => Ok(None),
            Err(damaged) => Err(Error::unusable(path, damaged)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_was_torn_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let data_file = directory.path().join("data");
        let files = RunFiles { data_file, host: "h".to_owned(), run: "ab".to_owned() };
        let path = files.snapshots();
        assert_eq!(RunTexts::read(&path).unwrap(), None);
        let texts =
            RunTexts { files: vec![("/a.c".to_owned(), Text::of(b"a")), ("/b.c".to_owned(), Text::Lost)] };
        texts.write(&files).unwrap();
        assert_eq!(RunTexts::read(&path).unwrap(), Some(texts));
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(RunTexts::read(&path).unwrap(), None, "{length}");
        }
        let mut damaged = whole;
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(&path, damaged).unwrap();
        let error = RunTexts::read(&path).unwrap_err().to_string();
        assert!(error.ends_with("data.h.ab.texts: its checksum is wrong"), "{error}");
    }
}
