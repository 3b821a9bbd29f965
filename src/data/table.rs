//! The object table: what the sites of an object mean, written once per object and run, beside the hit files.
//! Hits are bytes per site; this file turns them into lines and functions.

use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Error, ErrorKind};
use std::path::Path;

/// The first bytes of an object table; the last one is the version of the format.
const MAGIC: &[u8; 16] = b"forkcov object 1";

/// What the sites of one object mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectTable {
    /// The build-id, or another name of the content.
    pub id: String,
    /// Where the object was.
    pub path: String,
    /// How many sites it has.
    pub sites: u32,
    /// Source files, absolute.
    pub files: Vec<String>,
    /// Which lines begin at which site.
    pub lines: Vec<TableLine>,
    /// Which functions are entered at which site.
    pub functions: Vec<TableFunction>,
}

/// A line that begins at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableLine {
    /// The site, from 0.
    pub site: u32,
    /// Index of the file.
    pub file: u32,
    /// Line number, from 1.
    pub line: u32,
}

/// A function that is entered at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFunction {
    /// The site, from 0.
    pub site: u32,
    /// Index of the file.
    pub file: u32,
    /// Line number, from 1.
    pub line: u32,
    /// Demangled name.
    pub name: String,
}

impl ObjectTable {
    /// Writes it to `path`: 16 bytes of magic, a CRC-32 of the rest, the rest in postcard's format.
    ///
    /// # Errors
    /// As write(2), with the path named.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let payload = postcard::to_stdvec(self).map_err(Error::other)?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(crc32fast::hash(&payload).to_le_bytes());
        bytes.extend(payload);
        fs::write(path, bytes).map_err(|error| named("write", path, &error))
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it cannot be read or is damaged, with the path named.
    pub fn read(path: &Path) -> io::Result<Self> {
        let bytes = fs::read(path).map_err(|error| named("read", path, &error))?;
        let damaged = || named("read", path, &Error::new(ErrorKind::InvalidData, "damaged object table"));
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(damaged)?;
        let (sum, payload) = rest.split_first_chunk().ok_or_else(damaged)?;
        if u32::from_le_bytes(*sum) != crc32fast::hash(payload) {
            return Err(damaged());
        }
        let table: Self = postcard::from_bytes(payload).map_err(|_| damaged())?;
        if table.is_sound() { Ok(table) } else { Err(damaged()) }
    }

    /// Does every index lead somewhere?
    fn is_sound(&self) -> bool {
        let known = |site: u32, file: u32| site < self.sites && (file as usize) < self.files.len();
        self.lines.iter().all(|line| known(line.site, line.file))
            && self.functions.iter().all(|function| known(function.site, function.file))
    }
}

/// An error that names its file.
pub(super) fn named(what: &str, path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("failed to {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_damage_is_told() {
        let table = ObjectTable {
            id: "abc".to_owned(),
            path: "/bin/a".to_owned(),
            sites: 2,
            files: vec!["/src/a.c".to_owned()],
            lines: vec![TableLine { site: 1, file: 0, line: 7 }],
            functions: vec![TableFunction { site: 0, file: 0, line: 5, name: "main".to_owned() }],
        };
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("table");
        table.write(&path).unwrap();
        assert_eq!(ObjectTable::read(&path).unwrap(), table);
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert!(ObjectTable::read(&path).is_err(), "byte {at}");
            fs::write(&path, &bytes[..at]).unwrap();
            assert!(ObjectTable::read(&path).is_err(), "{at} bytes");
        }
    }
}
