//! The room that a hit file has: taken from the disk before anything is written there, and mapped.

use super::super::error::named;
use super::super::mapping::{SharedMapping, allocate};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

/// What a disk gives at least: room is taken in multiples of it.
const PAGE: u64 = 4096;
/// The most that is taken beyond what is needed.
const AHEAD: u64 = 1 << 16;
/// So much of a file is mapped at first, though most of it is not there yet: then a file seldom has to be mapped again.
const MAPPED: u64 = 1 << 16;

/// A file that is only appended to, mapped as long as it lives. It is never open between calls, for there may be thousands.
///
/// A mapping counts against the limit `vm.max_map_count` (65,530 unless changed), one for each file.
#[derive(Debug)]
pub(super) struct GrowingFile {
    path: PathBuf,
    /// From the beginning of the file, and beyond its end. None when there can be no more mappings.
    map: Option<SharedMapping>,
    /// So many bytes are the file's.
    taken: u64,
    /// So many of these have been written, or are somebody's.
    used: u64,
}

impl GrowingFile {
    /// Makes the file `path`, which must not exist, and writes `bytes` to it. If that fails, there is none.
    pub fn create(path: PathBuf, bytes: &[u8]) -> io::Result<Self> {
        let opened = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = opened.map_err(|error| named("create", &path, &error))?;
        let mut room = Self { path, map: None, taken: 0, used: 0 };
        let reached = room.reach(bytes.len() as u64, &file);
        let written = if room.taken > 0 { room.append(bytes) } else { reached };
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
            None if range.end <= self.taken => {
                let written = self.open()?.write_all_at(bytes, range.start);
                written.map_err(|error| named("write", &self.path, &error))?;
            }
            None => return reached,
        }
        self.used = range.end;
        Ok(())
    }

    /// Appends `bytes` and so many zeros, and gives where the zeros are, which may be stored to from now on.
    pub fn append_zeros(&mut self, bytes: &[u8], zeros: usize) -> io::Result<u64> {
        let zeros_at = self.used + bytes.len() as u64;
        self.make_reach(zeros_at + zeros as u64)?;
        self.append(bytes)?;
        self.used = zeros_at + zeros as u64;
        Ok(zeros_at)
    }

    /// The bytes in `range`; `None` if not all of them are taken and mapped.
    pub fn slots(&self, range: Range<u64>) -> Option<&[AtomicU8]> {
        self.bytes().get(range.start as usize..range.end as usize)
    }

    /// Makes all up to `end` taken and mapped.
    fn make_reach(&mut self, end: u64) -> io::Result<()> {
        if end <= self.bytes().len() as u64 {
            return Ok(());
        }
        let file = self.open()?;
        self.reach(end, &file)
    }

    fn reach(&mut self, end: u64, file: &File) -> io::Result<()> {
        if end > self.taken {
            let ahead = (end + (self.taken / 2).min(AHEAD)).next_multiple_of(PAGE);
            // There may be room for what is needed, though not for more.
            self.take(ahead, file).or_else(|_| self.take(end, file))?;
        }
        if self.map.as_ref().is_none_or(|map| end > map.len() as u64) {
            let length = if end > MAPPED { end.next_power_of_two() * 4 } else { MAPPED };
            let mapped = SharedMapping::new(file, length as usize);
            self.map = Some(mapped.map_err(|error| named("map", &self.path, &error))?);
        }
        Ok(())
    }

    /// Takes all up to `end` from the disk, so that a full disk is an error here and no SIGBUS later.
    fn take(&mut self, end: u64, file: &File) -> io::Result<()> {
        match allocate(file, self.taken, end - self.taken) {
            Ok(()) => {
                self.taken = end;
                Ok(())
            }
            Err(error) => {
                // If this fails too, what was taken reads as zeros, which are no damage.
                let _ = file.set_len(self.taken);
                Err(named("write", &self.path, &error))
            }
        }
    }

    /// For reading too: a shared mapping that can be written asks for it (mmap(2), EACCES).
    fn open(&self) -> io::Result<File> {
        let opened = OpenOptions::new().read(true).write(true).open(&self.path);
        opened.map_err(|error| named("open", &self.path, &error))
    }

    /// The bytes that are allocated and mapped.
    fn bytes(&self) -> &[AtomicU8] {
        self.map.as_ref().map_or(&[], |map| map.bytes(self.taken as usize))
    }
}

/// In this order, so that whoever is killed meanwhile leaves the beginning and then zeros, as write(2) does.
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
