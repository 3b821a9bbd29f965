//! Object tables: what each site of one object says of its lines, functions and branches. There is one for
//! each object of a run.
//!
//! The file is complete before the first hit file names it. So no hits belong to a truncated table.

use super::checksummed::{self, Magic};
use super::error::{Error, named};
use super::run_directory::RunFiles;
use crate::byte_text;
use crate::numbers;
use crate::plain::{Fields, Plain};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

/// The first bytes of an object table; the digit is the version of its format.
pub(super) const MAGIC: Magic = *b"fcTable6";

/// The [`ObjectTable::id`] of unimported sources of a runtime. If an interpreter loaded the same source, in
/// any run, only its lines count.
pub const UNIMPORTED: &str = "unimported";

/// The lines, functions and branches of the sites of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectTable {
    /// Build-id, or `blake3:` and a hash: the same on every machine. Of a runtime, see [`UNIMPORTED`].
    pub id: String,
    /// The runtime of the sources; `None` for an ELF file.
    pub runtime: Option<String>,
    /// Where the object was found. If this is the executable of an [`Image`](super::Image), the object is a
    /// program.
    pub path: String,
    /// How many sites it has.
    pub sites: u32,
    /// The source files: absolute, normalised. All names here hold bytes (see [`byte_text`]).
    pub files: Vec<String>,
    /// Which lines begin at which site. Every executable line is here.
    #[serde(with = "crate::plain")]
    pub lines: Vec<SiteLine>,
    /// The functions, and where they are entered.
    pub functions: Vec<Function>,
    /// Which directions of branches are taken at which site. Every direction is here.
    #[serde(with = "crate::plain")]
    pub branches: Vec<SiteBranch>,
    /// Sites that are in one basic block with the next one: a process that passed that one passed these.
    #[serde(with = "crate::plain")]
    pub joined: Vec<u32>,
}

/// A line that begins at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteLine {
    /// Below [`ObjectTable::sites`].
    pub site: u32,
    /// Index into [`ObjectTable::files`].
    pub file: u32,
    /// From 1, and below [`numbers::LIMIT`].
    pub line: u32,
}

impl Plain for SiteLine {
    const SIZE: usize = 12;

    fn put(&self, bytes: &mut Vec<u8>) {
        [self.site, self.file, self.line].iter().for_each(|number| number.put(bytes));
    }

    fn take(fields: &mut Fields) -> Self {
        Self { site: fields.u32(), file: fields.u32(), line: fields.u32() }
    }
}

/// A direction of a branch that is taken whenever a site is hit. It may be taken at several sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteBranch {
    /// Below [`ObjectTable::sites`].
    pub site: u32,
    /// Index into [`ObjectTable::files`].
    pub file: u32,
    /// The line of the jump: below [`numbers::LIMIT`].
    pub line: u32,
    /// Which of the jumps of the line, from 0.
    pub jump: u32,
    /// Which way the jump goes: 0 to the next instruction, 1 to its target. Of a switch, its targets from 0.
    pub way: u32,
}

impl Plain for SiteBranch {
    const SIZE: usize = 20;

    fn put(&self, bytes: &mut Vec<u8>) {
        [self.site, self.file, self.line, self.jump, self.way].iter().for_each(|number| number.put(bytes));
    }

    fn take(fields: &mut Fields) -> Self {
        let (site, file, line) = (fields.u32(), fields.u32(), fields.u32());
        Self { site, file, line, jump: fields.u32(), way: fields.u32() }
    }
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// The sites at which it is entered, in its own code or where it is inlined. Each is below
    /// [`ObjectTable::sites`].
    pub sites: Vec<u32>,
    /// Index into [`ObjectTable::files`].
    pub file: u32,
    /// The line where it begins, below [`numbers::LIMIT`].
    pub line: u32,
    /// The line where it ends, below [`numbers::LIMIT`].
    pub last: u32,
    /// Demangled.
    pub name: String,
}

impl ObjectTable {
    /// Writes the table with this number of a run. Gives its file name, for
    /// [`HitFile::object`](super::hit_file::HitFile::object).
    ///
    /// # Errors
    /// When it cannot be written, or is malformed ([`io::ErrorKind::InvalidInput`]): an index is out of
    /// range, or a line is [`numbers::LIMIT`] or more. No file is left then.
    pub fn write(&self, files: &RunFiles, number: u32) -> io::Result<String> {
        let name = files.names.object_table(number);
        if let Some(reason) = self.malformed() {
            let error = io::Error::new(io::ErrorKind::InvalidInput, reason);
            return Err(named("write", &files.directory.path().join(&name), &error));
        }
        checksummed::write(&files.directory, &name, MAGIC, self)?;
        Ok(byte_text::encode_os(name))
    }

    /// Reads a table.
    ///
    /// # Errors
    /// When it cannot be read, or any of its bytes has changed.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::decode(&fs::read(path).map_err(Error::io("read", path))?)
            .map_err(|reason| Error::unusable(path, reason))
    }

    /// Decodes the content of a file.
    ///
    /// # Errors
    /// When any of the bytes has changed since they were written.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let table: Self =
            checksummed::decode(bytes, MAGIC, "an object table").map_err(|broken| broken.to_string())?;
        table.malformed().map_or(Ok(table), |reason| Err(reason.to_owned()))
    }

    /// What is malformed in the table, if anything is.
    fn malformed(&self) -> Option<&'static str> {
        let is_beyond = |site: &u32| *site >= self.sites;
        let of_functions = |function: &Function| function.sites.iter().any(is_beyond);
        if self.lines.iter().any(|line| is_beyond(&line.site))
            || self.branches.iter().any(|branch| is_beyond(&branch.site))
            || self.functions.iter().any(of_functions)
        {
            return Some("a site out of range");
        }
        let lines = self.lines.iter().map(|line| (line.file, line.line));
        let branches = self.branches.iter().map(|branch| (branch.file, branch.line));
        let functions =
            self.functions.iter().map(|function| (function.file, function.line.max(function.last)));
        for (file, line) in lines.chain(branches).chain(functions) {
            if file as usize >= self.files.len() {
                return Some("a source file out of range");
            }
            if line >= numbers::LIMIT {
                return Some("a line number out of range");
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::RunNames;
    use super::super::run_directory::RunDirectory;
    use super::*;

    fn files(directory: &Path) -> RunFiles {
        let directory = RunDirectory::open(directory).unwrap();
        RunFiles {
            directory,
            names: RunNames { base: "data".into(), host: "h".to_owned(), run: "ab".to_owned() },
        }
    }

    fn table() -> ObjectTable {
        ObjectTable {
            id: "0123".to_owned(),
            runtime: None,
            path: "/bin/server".to_owned(),
            sites: 2,
            files: vec!["/src/server.c".to_owned()],
            lines: vec![SiteLine { site: 0, file: 0, line: 3 }, SiteLine { site: 1, file: 0, line: 4 }],
            functions: vec![Function { sites: vec![0], file: 0, line: 3, last: 5, name: "main".to_owned() }],
            branches: vec![
                SiteBranch { site: 0, file: 0, line: 3, jump: 0, way: 0 },
                SiteBranch { site: 1, file: 0, line: 3, jump: 0, way: 1 },
            ],
            joined: vec![0],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        let name = table().write(&files, 0).unwrap();
        assert_eq!(name, "data.h.ab.0.object");
        let path = directory.path().join(name);
        assert_eq!(ObjectTable::read(&path).unwrap(), table());
        let again = table().write(&files, 0).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert!(again.to_string().contains("data.h.ab.0.object"), "{again}");
    }

    #[test]
    fn every_damaged_byte_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        let name = table().write(&files, 0).unwrap();
        let whole = fs::read(directory.path().join(name)).unwrap();
        for at in 0..whole.len() {
            assert!(ObjectTable::decode(&whole[..at]).is_err(), "cut at {at}");
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            assert!(ObjectTable::decode(&damaged).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_malformed_table_is_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        let edits: [fn(&mut ObjectTable); 7] = [
            |table| table.sites = 1,
            |table| table.files.clear(),
            |table| table.lines[1].line = numbers::LIMIT,
            |table| table.functions[0].sites[0] = 2,
            |table| table.branches[1].site = 2,
            |table| table.branches[1].file = 1,
            |table| table.branches[1].line = numbers::LIMIT,
        ];
        for edit in edits {
            let mut table = table();
            edit(&mut table);
            let error = table.write(&files, 0).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
