//! The logs of the children that one shell forks: places in a file, which all of them have mapped.

use super::super::run_directory::{RunFile, RunFiles};
use super::layout::{PLACE, PLACES, SLOT};
use super::writer::{LogId, LogStart, header};
use crate::byte_text;
use std::cell::Cell;
use std::io;

/// The file. A child writes to its place; when that is full, it needs a log of its own.
#[derive(Debug)]
pub struct ChildLogs {
    file: RunFile,
    number: u32,
    /// How many places have been given to children.
    given: Cell<u32>,
}

/// The log of a child in its place.
#[derive(Debug, Clone, Copy)]
pub struct ChildLog {
    /// Which log it is.
    pub id: LogId,
    /// Its place.
    pub place: u32,
    /// The number of the first slot behind it.
    pub end: u32,
}

impl ChildLogs {
    /// Creates the file with this number, which is one of those of logs. It has disk space for the places
    /// that are given.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(files: &RunFiles, number: u32) -> io::Result<Self> {
        let file = files.directory.create_mapped_file(&files.names.runtime_log(number))?;
        let sized = file.with("write", |file| file.set_len(PLACES * PLACE));
        sized.inspect_err(|_| file.remove())?;
        Ok(Self { file, number, given: Cell::new(0) })
    }

    /// Has each place been given to a child?
    pub fn is_full(&self) -> bool {
        u64::from(self.given.get()) >= PLACES
    }

    /// Begins the log of a child in the next place. `None` if there is none.
    ///
    /// # Errors
    /// When the disk is full, or the slots of the log cannot be numbered.
    pub fn begin(&self, start: &LogStart) -> io::Result<Option<ChildLog>> {
        if self.is_full() {
            return Ok(None);
        }
        let place = self.given.get();
        let end = start.first.checked_add((PLACE / SLOT) as u32);
        let end = end.ok_or_else(|| io::Error::other("the logs before it have too many records"))?;
        let mut empty = [0; PLACE as usize];
        let header = header(start, PLACE);
        empty[..header.len()].copy_from_slice(&header);
        self.file.write_at(&empty, u64::from(place) * PLACE)?;
        self.given.set(place + 1);
        Ok(Some(ChildLog { id: LogId { file: self.number, place: Some(place) }, place, end }))
    }

    /// The name of the file, which stands in hit files.
    pub fn name(&self) -> String {
        byte_text::encode_os(self.file.name())
    }

    /// The file.
    pub fn file(&self) -> &RunFile {
        &self.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::runtime_log::LogContents;
    use crate::data::{RunDirectory, RunNames};
    use std::fs::File;

    #[test]
    fn each_child_has_a_place_until_there_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let names = RunNames { base: "data".into(), host: "host".to_owned(), run: "ab".to_owned() };
        let files = RunFiles { directory: RunDirectory::open(directory.path()).unwrap(), names };
        let logs = ChildLogs::create(&files, 3).unwrap();
        let mut parent = LogId { file: 2, place: None };
        let file = File::open(logs.file().path()).unwrap();
        for place in 0..PLACES as u32 {
            let start = LogStart {
                runtime: "bash",
                version: 7,
                owner: u64::from(place),
                parent: Some(parent),
                first: 100,
            };
            assert!(!logs.is_full());
            let log = logs.begin(&start).unwrap().unwrap();
            assert_eq!((log.id, log.place, log.end), (LogId { file: 3, place: Some(place) }, place, 132));
            let contents = LogContents::read(&LogContents::bytes_at(&file, place).unwrap());
            assert_eq!((contents.owner, contents.parent), (u64::from(place), Some(parent)));
            assert!(contents.parent < Some(log.id) && contents.damage.is_none());
            parent = log.id;
        }
        let start = LogStart { runtime: "bash", version: 7, owner: 9, parent: None, first: 0 };
        assert!(logs.is_full() && logs.begin(&start).unwrap().is_none());
        assert!(LogContents::bytes_at(&file, PLACES as u32).is_err());
    }
}
