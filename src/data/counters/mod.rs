//! The counters of self-counting processes, which count in them the sites that they pass.
//!
//! Each process that has memory of its own has its own file of counters, which is mapped into no other
//! process. A process can therefore change no counters but its own. forkcov itself maps none of them: it
//! reads and writes with pread(2) and pwrite(2), and keeps the layout where no process can change it. When
//! the process ends, its counts are written to its hit file, and the file is removed. If forkcov is killed,
//! `combine` reads the counts that are left. `docs/data-file.md` has the layout.

mod files;
mod leftover;

use super::allocate::{allocate_holes, write_zeros};
use super::run_directory::RunFile;
pub use files::CounterFiles;
pub(super) use leftover::LeftoverCounters;
use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::rc::Rc;

const PAGE: usize = 4096;
/// The first byte of a half that a process counts in. If it is another one, the process has written to its
/// counters by other means than trampolines.
const SEAL: u8 = 0xa6;
/// Where the counters begin in a half.
const FIRST: usize = 8;
/// An offset has to fit into the displacement of an instruction.
const LARGEST_HALF: usize = 1 << 29;

/// The file of the counters in one address space.
///
/// It has two halves. The process that the memory belongs to counts in the first one. A vfork(2) child, which
/// shares that memory until it executes a program, counts in the second one.
#[derive(Debug)]
struct CounterFile {
    files: Rc<CounterFiles>,
    file: Rc<RunFile>,
    /// Size of each half.
    half: Cell<usize>,
    /// How many bytes of the file have disk space.
    allocated: Cell<usize>,
    /// Whether a process counts in the second half.
    is_shared: Cell<bool>,
}

/// What a counter has: how often a process has passed a site, or only that it has.
pub type Count = u16;
const COUNT: usize = size_of::<Count>();

/// Which half of a file a process counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    First,
    Second,
}

/// The counters of one process.
#[derive(Debug)]
pub struct ProcessCounters {
    file: Rc<CounterFile>,
    half: Half,
    objects: Vec<CountedObject>,
    /// See [`ProcessCounters::keep`].
    is_kept: bool,
}

/// An object in which a process counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedObject {
    /// Its number in the run.
    pub object: u32,
    /// Where its counters begin in the half of its process.
    pub offset: usize,
    /// How many of them are of sites: the first ones.
    pub sites: usize,
    /// How many there are.
    pub counters: usize,
}

impl ProcessCounters {
    /// Makes a file of counters, with room for `room` counters.
    ///
    /// # Errors
    /// When it cannot be created, or the disk is full.
    pub fn create(files: &Rc<CounterFiles>, room: usize) -> io::Result<Self> {
        Self::with(files, half_for(FIRST.saturating_add(room.saturating_mul(COUNT)))?, Vec::new())
    }

    /// Makes counters for a forked child of the process: a file of the same size, with the same objects, and
    /// all counters 0.
    ///
    /// # Errors
    /// As [`ProcessCounters::create`].
    pub fn for_copied_memory(&self) -> io::Result<Self> {
        Self::with(&self.file.files, self.file.half.get(), self.objects.clone())
    }

    /// Counters for a child that shares the memory of the process. `None` if the memory is shared already.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn for_shared_memory(&self) -> io::Result<Option<Self>> {
        if self.half == Half::Second || self.file.is_shared.get() {
            return Ok(None);
        }
        let half = self.file.half.get();
        self.file.allocate(2 * half, half)?;
        self.file.file.write_at(&[SEAL], half as u64)?;
        self.file.is_shared.set(true);
        Ok(Some(Self {
            file: Rc::clone(&self.file),
            half: Half::Second,
            objects: self.objects.clone(),
            is_kept: false,
        }))
    }

    fn with(files: &Rc<CounterFiles>, half: usize, objects: Vec<CountedObject>) -> io::Result<Self> {
        let file = CounterFile {
            files: Rc::clone(files),
            file: files.file(half)?,
            half: Cell::new(half),
            allocated: Cell::new(half),
            is_shared: Cell::new(false),
        };
        file.set_length(half)?;
        file.file.write_at(&[SEAL], 0)?;
        Ok(Self { file: Rc::new(file), half: Half::First, objects, is_kept: false })
    }

    /// The file's name.
    pub fn file_name(&self) -> String {
        self.file.file.name().to_string_lossy().into_owned()
    }

    /// How many bytes of the file a process maps. Not all of them need exist.
    pub fn mapped_size(&self) -> usize {
        2 * self.file.half.get()
    }

    /// Whether the process counts in the second half of the file of another process, whose memory it shares.
    pub fn is_in_shared_memory(&self) -> bool {
        self.half == Half::Second
    }

    /// No other process may count where this one did: its hit file still says that it counts there.
    pub fn keep(mut self) {
        self.is_kept = true;
    }

    /// Where the process's own half begins in the file.
    pub fn start(&self) -> usize {
        match self.half {
            Half::First => 0,
            Half::Second => self.file.half.get(),
        }
    }

    /// The objects in which the process counts.
    pub fn objects(&self) -> &[CountedObject] {
        &self.objects
    }

    /// Opens the file once more, for a process that is to map it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(&self) -> io::Result<File> {
        self.file.file.with("open", |file| {
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            OpenOptions::new().read(true).write(true).open(path)
        })
    }

    /// Where the counters of an object are. `None` if the process does not count in it.
    pub fn counted(&self, object: u32) -> Option<CountedObject> {
        self.objects.iter().find(|counted| counted.object == object).copied()
    }

    /// Adds an object with so many `counters`, of which the first ones are of its `sites`. `None` if there is
    /// not enough room.
    pub fn add(&mut self, object: u32, sites: usize, counters: usize) -> Option<CountedObject> {
        let counted = CountedObject { object, offset: self.end(), sites, counters };
        if counted.end() > self.file.half.get() {
            return None;
        }
        self.objects.push(counted);
        Some(counted)
    }

    /// Makes room for `more` counters. `map` maps so many bytes of the file instead of
    /// [`ProcessCounters::mapped_size`]. `None` if that fails, if the disk is full, or if the memory is
    /// shared, since the second half would be in the way.
    pub fn grow<T>(&mut self, more: usize, map: impl FnOnce(usize) -> Option<T>) -> Option<T> {
        if self.half == Half::Second || self.file.is_shared.get() {
            return None;
        }
        let half = half_for(self.end().saturating_add(more.saturating_mul(COUNT))).ok()?;
        self.file.allocate(half, half).ok()?;
        let mapped = map(2 * half)?;
        self.file.half.set(half);
        Some(mapped)
    }

    fn end(&self) -> usize {
        self.objects.last().map_or(FIRST, CountedObject::end)
    }

    /// Whether the process has cleared, filled or shortened its counters, so that they say nothing certain.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_spoilt(&self) -> io::Result<bool> {
        let mut seal = [0];
        self.file.file.read_at(&mut seal, self.start() as u64)?;
        Ok(seal != [SEAL])
    }

    /// A counter. 0 in an object in which the process does not count.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count(&self, object: u32, counter: usize) -> io::Result<Count> {
        let Some(at) = self.place(object, counter) else { return Ok(0) };
        let mut count = [0; COUNT];
        self.file.file.read_at(&mut count, at)?;
        Ok(Count::from_le_bytes(count))
    }

    /// Sets a counter.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set_count(&self, object: u32, counter: usize, count: Count) -> io::Result<()> {
        let place = self.place(object, counter);
        place.map_or(Ok(()), |at| self.file.file.write_at(&count.to_le_bytes(), at))
    }

    fn place(&self, object: u32, counter: usize) -> Option<u64> {
        let counted = self.counted(object).filter(|counted| counter < counted.counters)?;
        Some((self.start() + counted.offset + counter * COUNT) as u64)
    }

    /// All counters of an object. Empty for an object in which the process does not count.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn counts(&self, object: u32) -> io::Result<Vec<Count>> {
        let Some(counted) = self.counted(object) else { return Ok(Vec::new()) };
        Ok(counts(&self.read(&counted, counted.counters)?).collect())
    }

    /// The first counters of an object.
    fn read(&self, counted: &CountedObject, counters: usize) -> io::Result<Vec<u8>> {
        // A process can make its file shorter: what is missing counts as 0.
        let mut bytes = vec![0; counters * COUNT];
        self.file.file.read_at(&mut bytes, (self.start() + counted.offset) as u64)?;
        Ok(bytes)
    }

    /// The sites of an object that the process has passed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn passed(&self, counted: &CountedObject) -> io::Result<Vec<usize>> {
        let bytes = self.read(counted, counted.sites)?;
        const STRIDE: usize = 32;
        // Most counters are 0: several are tested at once.
        let strides = bytes.chunks(STRIDE).enumerate();
        let strides = strides.filter(|(_, stride)| stride.iter().fold(0, |all, one| all | one) != 0);
        let passed = strides.flat_map(|(index, stride)| {
            let passed = counts(stride).enumerate().filter(|(_, count)| *count > 0);
            passed.map(move |(offset, _)| index * (STRIDE / COUNT) + offset)
        });
        Ok(passed.collect())
    }

    /// Sets the counters of sites that the process has passed to 0. What a task counts meanwhile is not lost:
    /// at a site that it passes the first time then, its count stays. With `is_alone`, no task does, and that
    /// takes less time.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn clear(&self, counted: &CountedObject, passed: &[usize], is_alone: bool) -> io::Result<()> {
        let start = (self.start() + counted.offset) as u64;
        let clear = |first: usize, count: usize| {
            self.file.file.write_at(&vec![0; count * COUNT], start + (first * COUNT) as u64)
        };
        match passed {
            [first, .., last] if is_alone => clear(*first, last + 1 - first),
            _ => passed.chunk_by(|a, b| a + 1 == *b).try_for_each(|run| clear(run[0], run.len())),
        }
    }

    /// Makes the file as long as it was, after the process has made it shorter.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn restore(&self) -> io::Result<()> {
        self.file.file.with("restore", |file| {
            file.set_len(self.mapped_size() as u64)?;
            // The process may have removed pages (MADV_REMOVE), and have kept others.
            allocate_holes(file, self.file.allocated.get() as u64)
        })
    }
}

impl CountedObject {
    /// Where its counters end.
    fn end(&self) -> usize {
        self.offset + self.counters * COUNT
    }
}

/// The counters in these bytes.
fn counts(bytes: &[u8]) -> impl Iterator<Item = Count> {
    bytes.as_chunks().0.iter().map(|count| Count::from_le_bytes(*count))
}

/// What the process has counted must be in its hit file by then.
impl Drop for ProcessCounters {
    fn drop(&mut self) {
        if self.half == Half::Second && !self.is_kept {
            // The next child that shares the memory begins with zeros.
            let half = self.file.half.get();
            let zeros = vec![0; self.end()];
            let is_clear = self.file.file.write_at(&zeros, half as u64).is_ok();
            self.file.is_shared.set(!is_clear);
        }
    }
}

impl CounterFile {
    /// Allocates disk space up to `end`, so that no process is killed because the disk is full.
    fn allocate(&self, end: usize, half: usize) -> io::Result<()> {
        let start = self.allocated.get();
        self.set_length(half)?;
        if start < end {
            self.file.with("write", |file| write_zeros(file, start as u64, (end - start) as u64))?;
            self.allocated.set(end);
        }
        Ok(())
    }

    /// Gives the file the length of two halves, so that a process can access the whole mapping.
    fn set_length(&self, half: usize) -> io::Result<()> {
        self.file.with("write", |file| file.set_len(2 * half as u64))
    }
}

impl Drop for CounterFile {
    fn drop(&mut self) {
        self.files.give_back(&self.file, self.half.get());
    }
}

fn half_for(size: usize) -> io::Result<usize> {
    let half = size.clamp(1, LARGEST_HALF + 1).next_multiple_of(PAGE);
    if half > LARGEST_HALF { Err(io::Error::other("too many counters")) } else { Ok(half) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::RunNames;
    use crate::data::run_directory::{RunDirectory, RunFiles};
    use std::path::Path;

    fn files(directory: &Path) -> Rc<CounterFiles> {
        let names = RunNames { base: "data".into(), host: "host".to_owned(), run: "ab".to_owned() };
        CounterFiles::new(RunFiles { directory: RunDirectory::open(directory).unwrap(), names })
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = directory.read_dir().unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_used_again_when_no_process_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        let mut counters = ProcessCounters::create(&files, 100).unwrap();
        let counted = counters.add(3, 60, 70).unwrap();
        assert_eq!(counters.add(4, 60, PAGE), None, "there is no room");
        assert_eq!(counters.counted(3), Some(counted));
        counters.set_count(3, 5, 0x8000).unwrap();
        counters.set_count(9, 5, 0x8000).unwrap();
        assert_eq!((counters.count(3, 5).unwrap(), counters.count(9, 5).unwrap()), (0x8000, 0));
        let path = directory.path().join(counters.file_name());
        let left = LeftoverCounters::open(&path).unwrap().unwrap();
        let passed = left.passed(counted.offset as u64, 60).unwrap();
        assert_eq!((passed[5], passed.iter().filter(|passed| **passed > 0).count()), (1, 1));
        assert!(left.passed(2 * PAGE as u64 - 10, 60).is_err(), "beyond the end");
        counters.set_count(3, 65, 7).unwrap();
        counters.set_count(3, 70, 7).unwrap();
        assert_eq!(counters.passed(&counted).unwrap(), [5], "the others are not of sites");
        assert_eq!(counters.counts(3).unwrap()[64..], [0, 7, 0, 0, 0, 0]);
        assert_eq!(counters.counts(3).unwrap()[4..7], [0, 0x8000, 0]);
        assert!(counters.counts(4).unwrap().is_empty());
        counters.set_count(3, 6, 1).unwrap();
        let shared = counters.for_shared_memory().unwrap().unwrap();
        let theirs = counters.open().unwrap();
        assert!(!counters.is_spoilt().unwrap() && !shared.is_spoilt().unwrap());
        drop(counters);
        let create = || ProcessCounters::create(&files, 100).unwrap();
        let second = create();
        assert_eq!(names(directory.path()).len(), 2, "a process counts in the first file");
        drop(shared);
        let third = create();
        assert_eq!(names(directory.path()).len(), 3, "it is open");
        theirs.set_len(100_000).unwrap();
        drop(theirs);
        // Processes that other tests start have all descriptors until they execute their program.
        let mut again = std::iter::repeat_with(|| (names(directory.path()).len(), create()))
            .find(|(before, _)| names(directory.path()).len() == *before)
            .unwrap()
            .1;
        assert!(names(directory.path()).contains(&again.file_name()), "it has another name");
        let counted = again.add(3, 60, 70).unwrap();
        assert!(again.passed(&counted).unwrap().is_empty());
        assert_eq!(again.open().unwrap().metadata().unwrap().len(), again.mapped_size() as u64);
        drop((second, third));
    }

    #[test]
    fn a_child_has_counters_of_its_own_with_the_objects_of_its_parent() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path());
        let mut parent = ProcessCounters::create(&files, 5000).unwrap();
        parent.add(1, 2000, 2000).unwrap();
        parent.add(2, 3000, 3000).unwrap();
        parent.set_count(2, 0, 1).unwrap();
        let child = parent.for_copied_memory().unwrap();
        assert_eq!((child.objects(), child.start()), (parent.objects(), 0));
        assert_eq!(child.count(2, 0).unwrap(), 0);
        assert_ne!(child.file_name(), parent.file_name());
        let shared = parent.for_shared_memory().unwrap().unwrap();
        assert_eq!((shared.count(2, 0).unwrap(), shared.start()), (0, parent.mapped_size() / 2));
        shared.set_count(2, 7, 3).unwrap();
        assert!(parent.for_shared_memory().unwrap().is_none(), "one child at a time");
        assert!(shared.for_shared_memory().unwrap().is_none());
        assert!(parent.grow(5000, Some).is_none(), "the second half is in use");
        drop(shared);
        let shared = parent.for_shared_memory().unwrap().unwrap();
        assert_eq!((shared.count(2, 7).unwrap(), parent.count(2, 0).unwrap()), (0, 1));
    }

    #[test]
    fn a_file_grows_if_more_of_it_can_be_mapped() {
        let directory = tempfile::tempdir().unwrap();
        let mut counters = ProcessCounters::create(&files(directory.path()), 100).unwrap();
        counters.add(1, 100, 100).unwrap();
        let size = counters.mapped_size();
        assert!(counters.grow(10_000, |_| None::<()>).is_none());
        assert_eq!((counters.mapped_size(), counters.add(2, 10_000, 10_000)), (size, None));
        assert_eq!(counters.grow(10_000, Some), Some(counters.mapped_size()));
        let counted = counters.add(2, 10_000, 10_000).unwrap();
        counters.set_count(2, 9_999, 1).unwrap();
        assert_eq!(counters.passed(&counted).unwrap(), [9_999]);
        assert!(counters.grow(usize::MAX >> 1, Some).is_none());
    }

    #[test]
    fn a_file_that_was_made_shorter_gets_its_length_again() {
        let directory = tempfile::tempdir().unwrap();
        let mut counters = ProcessCounters::create(&files(directory.path()), 5000).unwrap();
        let counted = counters.add(1, 5000, 5000).unwrap();
        counters.set_count(1, 0, 1).unwrap();
        counters.set_count(1, 4999, 1).unwrap();
        counters.open().unwrap().set_len(PAGE as u64).unwrap();
        assert_eq!(counters.passed(&counted).unwrap(), [0], "what is missing is 0");
        counters.restore().unwrap();
        assert_eq!(counters.passed(&counted).unwrap(), [0]);
        assert!(!counters.is_spoilt().unwrap(), "its first page is as it was");
        counters.open().unwrap().set_len(0).unwrap();
        counters.restore().unwrap();
        assert!(counters.is_spoilt().unwrap());
        let length = counters.open().unwrap().metadata().unwrap().len();
        assert_eq!(length, counters.mapped_size() as u64);
    }
}
