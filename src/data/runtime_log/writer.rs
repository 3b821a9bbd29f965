//! Creating a log, and letting it grow while the probe of its process writes to it.

use super::super::allocate::allocate;
use super::super::run_directory::{RunFile, RunFiles};
use super::layout::{
    COMPLETE, FIRST, HEADER, MAGIC, MOST_RECORD, OWNER, PARENT, PARENT_PLACE, RUNTIME, RUNTIME_SIZE, SIZE,
    SLOT, VERSION,
};
use crate::byte_text;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// Length of a new log, in bytes.
const INITIAL: u64 = 1 << 14;

/// No log grows beyond this.
pub(super) const MOST: u64 = 1 << 30;

/// Which log of a run it is. One that continues another is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    /// The number of its file.
    pub file: u32,
    /// Its place in that, if it is one of the logs of children.
    pub place: Option<u32>,
}

/// What the header of a log says.
#[derive(Debug, Clone, Copy)]
pub struct LogStart {
    /// The name of the runtime.
    pub runtime: &'static str,
    /// The version of the interpreter, as its runtime encodes it.
    pub version: u32,
    /// The serial of the process that the log belongs to.
    pub owner: u64,
    /// The log that this one continues: it describes code that the process has inherited.
    pub parent: Option<LogId>,
    /// The number of the slot at offset 0.
    pub first: u32,
}

/// The log of a process, while the process writes to it.
///
/// Nothing in it is trusted here, as the process can change all of it.
#[derive(Debug)]
pub struct RuntimeLog {
    file: RunFile,
    start: LogStart,
    size: u64,
}

impl RuntimeLog {
    /// Creates the log with this number.
    ///
    /// # Errors
    /// When it cannot be created, there is no room for it, or its slots cannot be numbered.
    pub fn create(files: &RunFiles, number: u32, start: &LogStart) -> io::Result<Self> {
        let file = files.directory.create_mapped_file(&files.names.runtime_log(number))?;
        let written = file.with("write", |file| {
            if start.first.checked_add((MOST / SLOT) as u32).is_none() {
                return Err(io::Error::other("the logs before it have too many records"));
            }
            allocate(file, 0, INITIAL)?;
            file.write_all_at(&header(start, INITIAL), 0)
        });
        match written {
            Ok(()) => Ok(Self { file, start: *start, size: INITIAL }),
            Err(error) => {
                file.remove();
                Err(error)
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.file.path()
    }

    /// Its file name, which stands in hit files.
    pub fn name(&self) -> String {
        byte_text::encode_os(self.file.name())
    }

    /// The file.
    pub fn file(&self) -> &RunFile {
        &self.file
    }

    /// How many bytes of it can be written to.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The number of the slot at offset 0.
    pub fn first(&self) -> u32 {
        self.start.first
    }

    /// The number of the first slot behind it.
    pub fn end(&self) -> u32 {
        self.start.first + (self.size / SLOT) as u32
    }

    /// Gives the log its length and its header again, if the program has made it shorter or has cleared it.
    /// True if it had.
    ///
    /// # Errors
    /// When the disk is full, or the file cannot be read or written.
    pub fn restore(&self) -> io::Result<bool> {
        self.file.with("restore", |file| {
            let (length, header) = (file.metadata()?.len(), header(&self.start, self.size));
            let mut found = [0; HEADER as usize];
            if length >= self.size && file.read_exact_at(&mut found, 0).is_ok() && found == header {
                return Ok(false);
            }
            allocate(file, length.min(self.size), self.size - length.min(self.size))?;
            file.write_all_at(&header, 0).map(|()| true)
        })
    }

    /// Makes the log at least `needed` bytes long. Gives its length.
    ///
    /// # Errors
    /// When the disk is full, or no record needs so much, or the log has as much as a log can have. It is
    /// unchanged then.
    pub fn grow(&mut self, needed: u64) -> io::Result<u64> {
        if needed <= self.size {
            return Ok(self.size);
        }
        self.size = self.file.with("write", |file| {
            if needed > (self.size + MOST_RECORD).min(MOST) {
                return Err(io::Error::other(format!("it would have more than {MOST} bytes")));
            }
            let grown = needed.max(2 * self.size).next_multiple_of(INITIAL).min(MOST);
            allocate(file, self.size, grown - self.size)?;
            put_size(file, grown).map(|()| grown)
        })?;
        Ok(self.size)
    }

    /// Appends a record, for a process that cannot map the log, behind all that it can have written itself.
    /// Gives the slot of the record.
    ///
    /// # Errors
    /// As [`RuntimeLog::grow`], or when the record cannot be written.
    pub fn append(&mut self, record: &[u8]) -> io::Result<u32> {
        let (at, end) = (self.size, self.size + record.len() as u64);
        self.file.with("write", |file| {
            if record.len() < SLOT as usize || !end.is_multiple_of(SLOT) || end > MOST {
                return Err(io::Error::other("no such record fits"));
            }
            // The bit that makes it complete comes last, as forkcov can be killed in between.
            let mut incomplete = record.to_vec();
            incomplete[7] &= !COMPLETE.to_le_bytes()[7];
            file.write_all_at(&incomplete, at)?;
            file.write_all_at(&record[..8], at)?;
            put_size(file, end)
        })?;
        self.size = end;
        Ok(self.start.first + (at / SLOT) as u32)
    }
}

pub(super) fn header(start: &LogStart, size: u64) -> [u8; HEADER as usize] {
    let mut header = [0; HEADER as usize];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &MAGIC);
    put(VERSION, &start.version.to_le_bytes());
    put(PARENT, &start.parent.map_or(0, |log| log.file + 1).to_le_bytes());
    let place = start.parent.and_then(|log| log.place);
    put(PARENT_PLACE, &place.map_or(0, |place| place + 1).to_le_bytes());
    put(RUNTIME, &start.runtime.as_bytes()[..start.runtime.len().min(RUNTIME_SIZE)]);
    put(FIRST, &start.first.to_le_bytes());
    put(OWNER, &start.owner.to_le_bytes());
    put(SIZE, &size.to_le_bytes());
    header
}

/// Says in the header how many bytes the file has, once it has them.
fn put_size(file: &File, size: u64) -> io::Result<()> {
    file.write_all_at(&size.to_le_bytes(), SIZE as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{RunDirectory, RunNames};
    use std::fs;
    use std::path::Path;

    fn log(directory: &Path) -> RuntimeLog {
        let names = RunNames { base: "data".into(), host: "host".to_owned(), run: "ab".to_owned() };
        let files = RunFiles { directory: RunDirectory::open(directory).unwrap(), names };
        let start = LogStart {
            runtime: "python",
            version: 7,
            owner: 4,
            parent: Some(LogId { file: 2, place: None }),
            first: 1000,
        };
        RuntimeLog::create(&files, 3, &start).unwrap()
    }

    #[test]
    fn it_begins_with_what_forkcov_knows() {
        let directory = tempfile::tempdir().unwrap();
        let log = log(directory.path());
        assert_eq!(log.name(), "data.host.ab.3.runtime");
        let bytes = fs::read(log.path()).unwrap();
        assert_eq!((&bytes[..8], &bytes[16..32]), (&MAGIC[..], &b"python\0\0\0\0\0\0\0\0\0\0"[..]));
        assert_eq!((bytes[8], bytes[12], &bytes[32..34], bytes[40]), (7, 3, &1000_u16.to_le_bytes()[..], 4));
        assert_eq!((bytes.len() as u64, log.end()), (INITIAL, 1000 + 1024));
    }

    #[test]
    fn it_grows_to_what_is_needed() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = log(directory.path());
        assert_eq!(log.grow(10).unwrap(), INITIAL);
        assert_eq!(log.grow(INITIAL + 1).unwrap(), 2 * INITIAL);
        assert_eq!(log.grow(10 * INITIAL + 1).unwrap(), 11 * INITIAL);
        assert_eq!(fs::metadata(log.path()).unwrap().len(), log.size());
        assert!(log.grow(log.size() + MOST_RECORD + 1).is_err() && log.grow(u64::MAX).is_err());
        assert_eq!(log.size(), 11 * INITIAL);
    }

    #[test]
    fn it_is_restored_if_the_program_spoils_it() {
        let directory = tempfile::tempdir().unwrap();
        let log = log(directory.path());
        let whole = fs::read(log.path()).unwrap();
        assert!(!log.restore().unwrap());
        for length in [0, 30, 5000, INITIAL - 1] {
            log.file.with("shorten", |file| file.set_len(length)).unwrap();
            assert!(log.restore().unwrap(), "{length}");
            assert!(fs::read(log.path()).unwrap() == whole, "{length}");
        }
        log.file.write_at(&[0; 4096], 0).unwrap();
        assert!(log.restore().unwrap() && !log.restore().unwrap());
    }

    #[test]
    fn records_that_are_appended_follow_all_that_the_process_can_have_written() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = log(directory.path());
        let record = [0x81; 2 * SLOT as usize];
        assert_eq!(log.append(&record).unwrap(), 1000 + 1024);
        assert_eq!(log.append(&record).unwrap(), 1000 + 1026);
        let bytes = fs::read(log.path()).unwrap();
        assert_eq!(bytes[INITIAL as usize..], [record, record].concat());
        assert!(log.append(&[1; 8]).is_err() && log.append(&[1; 20]).is_err());
    }
}
