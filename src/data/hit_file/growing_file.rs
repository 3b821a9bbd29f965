//! A mapped file that grows. Its disk space is allocated before anything is written there.

use super::super::error::named;
use super::super::mapping::{SharedMapping, allocate};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

/// Disk space is allocated in multiples of this.
const PAGE: u64 = 4096;
/// The most that is allocated beyond what is needed.
const AHEAD: u64 = 1 << 16;
/// How much of a file is mapped at first, though most of it does not exist yet. So a file seldom has to be
/// mapped again.
const MAPPED: u64 = 1 << 16;

/// A mapped file that is only appended to. It is not open between calls, as there may be thousands of such
/// files.
///
/// A mapping counts against the limit `vm.max_map_count` (65,530 unless changed), one for each file.
#[derive(Debug)]
pub(super) struct GrowingFile {
    path: PathBuf,
    /// Begins at the beginning of the file, and extends beyond its end. `None` if no mapping could be made.
    map: Option<SharedMapping>,
    /// How many bytes are allocated.
    allocated: u64,
    /// How many of these have been written, or are in use as bytes of sites.
    used: u64,
}

impl GrowingFile {
    /// Creates the file `path`, which must not exist, and writes `bytes` to it. If that fails, no file is
    /// left.
    pub fn create(path: PathBuf, bytes: &[u8]) -> io::Result<Self> {
        let opened = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = opened.map_err(|error| named("create", &path, &error))?;
        let mut room = Self { path, map: None, allocated: 0, used: 0 };
        let reached = room.reach(bytes.len() as u64, &file);
        let written = if room.allocated > 0 { room.append(bytes) } else { reached };
        match written {
            Ok(()) => Ok(room),
            Err(error) => {
                let _ = fs::remove_file(&room.path);
                Err(error)
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends `bytes`.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let range = self.used..self.used + bytes.len() as u64;
        let reached = self.make_reach(range.end);
        match self.slots(range.clone()) {
            Some(slots) => store(slots, bytes),
            None if range.end <= self.allocated => {
                let written = self.open()?.write_all_at(bytes, range.start);
                written.map_err(|error| named("write", &self.path, &error))?;
            }
            None => return reached,
        }
        self.used = range.end;
        Ok(())
    }

    /// Appends `bytes` and so many zeros. Gives the offset of the zeros, which can be changed from now on.
    pub fn append_zeros(&mut self, bytes: &[u8], zeros: usize) -> io::Result<u64> {
        let zeros_at = self.used + bytes.len() as u64;
        self.make_reach(zeros_at + zeros as u64)?;
        self.append(bytes)?;
        self.used = zeros_at + zeros as u64;
        Ok(zeros_at)
    }

    /// The bytes in `range`; `None` if not all of them are allocated and mapped.
    pub fn slots(&self, range: Range<u64>) -> Option<&[AtomicU8]> {
        self.bytes().get(range.start as usize..range.end as usize)
    }

    /// Ensures that all bytes up to `end` are allocated and mapped.
    fn make_reach(&mut self, end: u64) -> io::Result<()> {
        if end <= self.bytes().len() as u64 {
            return Ok(());
        }
        let file = self.open()?;
        self.reach(end, &file)
    }

    fn reach(&mut self, end: u64, file: &File) -> io::Result<()> {
        if end > self.allocated {
            let ahead = (end + (self.allocated / 2).min(AHEAD)).next_multiple_of(PAGE);
            // There may be space for what is needed, but not for more.
            self.allocate_to(ahead, file).or_else(|_| self.allocate_to(end, file))?;
        }
        if self.map.as_ref().is_none_or(|map| end > map.len() as u64) {
            let length = if end > MAPPED { end.next_power_of_two() * 4 } else { MAPPED };
            let mapped = SharedMapping::new(file, length as usize);
            self.map = Some(mapped.map_err(|error| named("map", &self.path, &error))?);
        }
        Ok(())
    }

    /// Allocates all bytes up to `end`, so that a full disk is an error here and no SIGBUS later.
    fn allocate_to(&mut self, end: u64, file: &File) -> io::Result<()> {
        match allocate(file, self.allocated, end - self.allocated) {
            Ok(()) => {
                self.allocated = end;
                Ok(())
            }
            Err(error) => {
                // If this fails too, what was allocated reads as zeros, which are no damage.
                let _ = file.set_len(self.allocated);
                Err(named("write", &self.path, &error))
            }
        }
    }

    /// Opened for reading, too: a writable shared mapping requires that (mmap(2), EACCES).
    fn open(&self) -> io::Result<File> {
        let opened = OpenOptions::new().read(true).write(true).open(&self.path);
        opened.map_err(|error| named("open", &self.path, &error))
    }

    /// The bytes that are allocated and mapped.
    fn bytes(&self) -> &[AtomicU8] {
        self.map.as_ref().map_or(&[], |map| map.bytes(self.allocated as usize))
    }
}

/// Stores the bytes in this order, so that a writer that is killed leaves the beginning and then zeros, as
/// write(2) does.
fn store(slots: &[AtomicU8], bytes: &[u8]) {
    slots.iter().zip(bytes).for_each(|(slot, byte)| slot.store(*byte, Ordering::Release));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_as_long_as_a_disk_gives_at_least_and_grows_with_what_is_in_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let mut room = GrowingFile::create(path.clone(), b"begin").unwrap();
        let length = || fs::metadata(&path).unwrap().len();
        assert_eq!(length(), PAGE);
        for _ in 0..1000 {
            let at = room.append_zeros(b"head", 996).unwrap();
            store(room.slots(at + 995..at + 996).unwrap(), b"!");
            assert!(
                length() >= room.used && length() < room.used * 3 / 2 + 2 * PAGE,
                "{} {}",
                length(),
                room.used
            );
        }
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.starts_with(b"beginhead\0"));
        assert!(bytes[5..room.used as usize].chunks(1000).all(|chunk| chunk.ends_with(b"\0!")));
    }

    #[test]
    fn without_mappings_what_is_no_hit_is_written_and_hits_are_refused() {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        // The limit would be that of all tests.
        const ALONE: &str = "FORKCOV_TEST_ALONE";
        if std::env::var_os(ALONE).is_none() {
            let name = std::thread::current().name().unwrap().to_owned();
            let alone = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", &name])
                .env(ALONE, "1")
                .output();
            assert!(alone.as_ref().is_ok_and(|alone| alone.status.success()), "{alone:?}");
            return;
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let (soft, hard) = getrlimit(Resource::RLIMIT_AS).unwrap();
        setrlimit(Resource::RLIMIT_AS, 0, hard).unwrap();
        let created = GrowingFile::create(path.clone(), b"begin");
        let refused = created.and_then(|mut room| {
            room.append(b"more")?;
            let refused = room.append_zeros(b"head", 10).unwrap_err();
            Ok((room, refused))
        });
        setrlimit(Resource::RLIMIT_AS, soft, hard).unwrap();
        let (mut room, refused) = refused.unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::OutOfMemory, "{refused}");
        // And when there are mappings again, nothing stands in the way.
        let at = room.append_zeros(b"head", 10).unwrap();
        store(room.slots(at..at + 1).unwrap(), b"!");
        assert!(fs::read(&path).unwrap().starts_with(b"beginmorehead!\0"));
    }
}
