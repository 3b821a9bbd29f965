//! Creating a log, and writing to it while probes do.

use super::super::error::named;
use super::super::mapping::{SharedMapping, allocate};
use super::super::run_directory::RunFiles;
use super::layout::{
    COMPLETE, FILE, FILE_CONTENT, HEADER, LIMIT, MAGIC, NEXT, RUNTIME, RUNTIME_SIZE, SLOT, record_header,
};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Length of a new log, in bytes.
const INITIAL: u64 = 1 << 16;

/// A log that is being written to. It keeps no file descriptor open, as there may be thousands of logs.
#[derive(Debug)]
pub struct RuntimeLog {
    path: PathBuf,
    header: SharedMapping,
    runtime: &'static str,
}

impl RuntimeLog {
    /// Creates the log with this number, for the probes of a runtime.
    ///
    /// # Errors
    /// When it cannot be created or mapped, or there is no room for it.
    pub fn create(files: &RunFiles, number: u32, runtime: &'static str) -> io::Result<Self> {
        let path = files.directory.path().join(files.names.runtime_log(number));
        let fail = |error: io::Error| named("create", &path, &error);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).map_err(fail)?;
        let map = || {
            allocate(&file, 0, INITIAL)?;
            file.write_all_at(&MAGIC, 0)?;
            file.write_all_at(&runtime.as_bytes()[..runtime.len().min(RUNTIME_SIZE)], RUNTIME as u64)?;
            SharedMapping::new(&file, HEADER as usize)
        };
        let header = map().map_err(|error| {
            let _ = fs::remove_file(&path);
            fail(error)
        })?;
        let log = Self { path, header, runtime };
        log.word(NEXT).store(HEADER, Ordering::Relaxed);
        log.word(LIMIT).store(INITIAL, Ordering::Release);
        Ok(log)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its file name, which stands in hit files.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The name of the runtime.
    pub fn runtime(&self) -> &'static str {
        self.runtime
    }

    /// How many bytes of it can be written to.
    pub fn size(&self) -> u64 {
        self.word(LIMIT).load(Ordering::Acquire)
    }

    /// Appends the record of a source file, as one of the process with this serial. Gives its slot.
    ///
    /// # Errors
    /// When there is no room, or it cannot be written.
    pub fn append_file(&self, process: u64, path: &[u8]) -> io::Result<u32> {
        let size = (FILE_CONTENT + path.len()).next_multiple_of(SLOT as usize) as u64;
        let at = self.word(NEXT).fetch_add(size, Ordering::Relaxed);
        self.grow(at + size)?;
        let mut record = record_header(process, FILE, size).to_le_bytes().to_vec();
        record.extend((path.len() as u64).to_le_bytes());
        record.extend(path);
        let file = self.open()?;
        let fail = |error: io::Error| named("write", &self.path, &error);
        let complete = record_header(process, FILE, size) | COMPLETE;
        file.write_all_at(&record, at).map_err(fail)?;
        file.write_all_at(&complete.to_le_bytes(), at).map_err(fail)?;
        u32::try_from(at / SLOT).map_err(|_| fail(io::Error::other("it has 64 GiB")))
    }

    /// Makes the log at least `needed` bytes long. Gives its length.
    ///
    /// # Errors
    /// When the disk is full. The log is unchanged then.
    pub fn grow(&self, needed: u64) -> io::Result<u64> {
        let limit = self.size();
        if needed <= limit {
            return Ok(limit);
        }
        let grown = needed.max(2 * limit).next_multiple_of(HEADER);
        allocate(&self.open()?, limit, grown - limit).map_err(|error| named("write", &self.path, &error))?;
        self.word(LIMIT).store(grown, Ordering::Release);
        Ok(grown)
    }

    /// Opens it, to be mapped by another process.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> io::Result<File> {
        let opened = OpenOptions::new().read(true).write(true).open(&self.path);
        opened.map_err(|error| named("open", &self.path, &error))
    }

    fn word(&self, offset: usize) -> &AtomicU64 {
        self.header.word(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(directory: &Path) -> RuntimeLog {
        let files = RunFiles {
            directory: crate::data::RunDirectory::open(directory).unwrap(),
            names: crate::data::RunNames {
                base: "data".into(),
                host: "host".to_owned(),
                run: "ab".to_owned(),
            },
        };
        RuntimeLog::create(&files, 3, "python").unwrap()
    }

    #[test]
    fn records_of_files_follow_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let log = log(directory.path());
        assert_eq!(log.name(), "data.host.ab.3.runtime");
        let first = log.append_file(4, b"/a/b.py").unwrap();
        let second = log.append_file(4, b"/a/longer than a slot.py").unwrap();
        assert_eq!((u64::from(first), u64::from(second)), (HEADER / SLOT, HEADER / SLOT + 2));
        let bytes = fs::read(log.path()).unwrap();
        let at = HEADER as usize;
        assert_eq!((&bytes[..8], &bytes[16..32]), (&MAGIC[..], &b"python\0\0\0\0\0\0\0\0\0\0"[..]));
        assert_eq!(bytes[at..at + 4], 5_u32.to_le_bytes());
        assert_eq!(bytes[at + 8..at + 23], *b"\x07\0\0\0\0\0\0\0/a/b.py");
    }

    #[test]
    fn it_grows_to_what_is_needed() {
        let directory = tempfile::tempdir().unwrap();
        let log = log(directory.path());
        assert_eq!(log.grow(10).unwrap(), INITIAL);
        assert_eq!(log.grow(INITIAL + 1).unwrap(), 2 * INITIAL);
        assert_eq!(log.grow(10 * INITIAL + 1).unwrap(), 10 * INITIAL + HEADER);
        assert_eq!(fs::metadata(log.path()).unwrap().len(), log.size());
    }
}
