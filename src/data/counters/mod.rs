//! The counters of a run, in which self-counting processes count the sites that they pass.
//!
//! There is one file for all processes of a run. Each process maps it, and counts in its own slot. When the
//! process ends, its counts are written to its hit file, and the slot is used again. If forkcov is killed,
//! `combine` reads the counts that are left. `docs/data-file.md` has the layout.

use super::error::named;
use super::mapping::{SharedMapping, allocate};
use super::run_directory::RunFiles;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

/// The first bytes of the file; the digit is the version of its format.
pub(super) const MAGIC: [u8; 8] = *b"fcCount1";
/// The first bytes of a slot.
const SLOT: [u8; 8] = *b"fcSlot:\n";
const PAGE: usize = 4096;
/// Length of the header of a slot, which its counters follow.
const HEADER: usize = 512;
/// Offsets in a header: the process (its serial plus 1, or 0), and how many objects it counts in.
const PROCESS: usize = 8;
const OBJECTS: usize = 16;
/// For each object: its number, the offset of its counters in the slot, and how many there are; 4 bytes each.
const FIRST_OBJECT: usize = 24;
const OBJECT: usize = 12;
const MOST_OBJECTS: usize = (HEADER - FIRST_OBJECT) / OBJECT;
/// How many bytes of the file a process maps. Most of them do not exist yet.
pub const MAPPED_SIZE: usize = 1 << 26;

/// The counters of a run that has not ended. Dropping it removes the file.
#[derive(Debug)]
pub struct CounterFile {
    path: PathBuf,
    file: File,
    map: SharedMapping,
    /// How many bytes of the file are in use.
    used: usize,
    /// Unused slots: start and size.
    free: Vec<(usize, usize)>,
}

/// The part of the file in which a process counts.
#[derive(Debug)]
pub struct CounterSlot {
    start: usize,
    size: usize,
    objects: Vec<CountedObject>,
}

/// An object in which a process counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedObject {
    /// Its number in the run.
    pub object: u32,
    /// Where its counters begin in the slot.
    pub offset: usize,
    /// How many there are: one byte for each site.
    pub sites: usize,
}

impl CounterFile {
    /// Creates the file of a run.
    ///
    /// # Errors
    /// When it cannot be created or mapped, or the disk is full.
    pub fn create(files: &RunFiles) -> io::Result<Self> {
        let path = files.directory.path().join(files.names.counters(0));
        let fail = |error: io::Error| named("create", &path, &error);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).map_err(fail)?;
        let mapped = allocate(&file, 0, PAGE as u64).and_then(|()| SharedMapping::new(&file, MAPPED_SIZE));
        match mapped {
            Ok(map) => {
                let counters = Self { path, file, map, used: PAGE, free: Vec::new() };
                counters.write(0, &MAGIC);
                Ok(counters)
            }
            Err(error) => {
                let _ = fs::remove_file(&path);
                Err(fail(error))
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A slot for `process` with so many counters. `None` if the file cannot grow further.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn slot(&mut self, process: u64, counters: usize) -> io::Result<Option<CounterSlot>> {
        // Few different sizes, so that a free slot suits many processes.
        let size = (HEADER + counters).next_power_of_two().max(PAGE);
        let start = match self.free.iter().rposition(|(_, free)| *free == size) {
            Some(index) => self.free.swap_remove(index).0,
            None if self.used + size > MAPPED_SIZE => return Ok(None),
            None => {
                allocate(&self.file, self.used as u64, size as u64)
                    .map_err(|error| named("write", &self.path, &error))?;
                let start = self.used;
                self.used += size;
                start
            }
        };
        self.write(start + OBJECTS, &0_u32.to_le_bytes());
        self.write(start, &SLOT);
        self.write(start + PROCESS, &(process + 1).to_le_bytes());
        Ok(Some(CounterSlot { start, size, objects: Vec::new() }))
    }

    /// A slot for `process` with the same objects as another one, and all counters 0.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn slot_like(&mut self, process: u64, other: &CounterSlot) -> io::Result<Option<CounterSlot>> {
        let Some(mut slot) = self.slot(process, other.size - HEADER)? else { return Ok(None) };
        other.objects.iter().for_each(|counted| self.add(&mut slot, *counted));
        Ok(Some(slot))
    }

    /// Adds an object to a slot, if it is not there. `None` if the slot is full.
    pub fn count_in(&self, slot: &mut CounterSlot, object: u32, sites: usize) -> Option<CountedObject> {
        if let Some(counted) = slot.objects.iter().find(|counted| counted.object == object) {
            return Some(*counted);
        }
        let offset = slot.objects.last().map_or(HEADER, |last| last.offset + last.sites);
        if slot.objects.len() == MOST_OBJECTS || offset + sites > slot.size {
            return None;
        }
        let counted = CountedObject { object, offset, sites };
        self.add(slot, counted);
        Some(counted)
    }

    fn add(&self, slot: &mut CounterSlot, counted: CountedObject) {
        let CountedObject { object, offset, sites } = counted;
        let at = slot.start + FIRST_OBJECT + slot.objects.len() * OBJECT;
        let fields = [object, offset as u32, sites as u32].map(u32::to_le_bytes);
        self.write(at, fields.as_flattened());
        slot.objects.push(counted);
        self.write(slot.start + OBJECTS, &(slot.objects.len() as u32).to_le_bytes());
    }

    /// How often the process passed a site, up to 255. 0 in an object in which it does not count.
    pub fn count(&self, slot: &CounterSlot, object: u32, site: usize) -> u8 {
        self.counter(slot, object, site).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// Sets the counter of a site.
    pub fn set_count(&self, slot: &CounterSlot, object: u32, site: usize, count: u8) {
        if let Some(counter) = self.counter(slot, object, site) {
            counter.store(count, Ordering::Relaxed);
        }
    }

    fn counter(&self, slot: &CounterSlot, object: u32, site: usize) -> Option<&AtomicU8> {
        let counted = slot.objects.iter().find(|counted| counted.object == object)?;
        self.bytes(slot, counted).get(site)
    }

    /// Resets the counters of an object that are at least `limit` to 1, and gives their sites.
    pub fn saturated(&self, slot: &CounterSlot, object: u32, limit: u8) -> Vec<usize> {
        let Some(counted) = slot.objects.iter().find(|counted| counted.object == object) else {
            return Vec::new();
        };
        let sites: Vec<usize> = self.counted(slot, counted, limit).collect();
        sites.iter().for_each(|site| self.bytes(slot, counted)[*site].store(1, Ordering::Relaxed));
        sites
    }

    /// The sites of an object that were counted at least `least` times.
    pub fn counted<'a>(
        &'a self,
        slot: &'a CounterSlot,
        counted: &CountedObject,
        least: u8,
    ) -> impl Iterator<Item = usize> + 'a {
        const STRIDE: usize = 32;
        let load = |counter: &AtomicU8| counter.load(Ordering::Relaxed);
        // Most counters are 0: several are tested at once.
        let strides = self.bytes(slot, counted).chunks(STRIDE).enumerate();
        let strides =
            strides.filter(move |(_, stride)| stride.iter().fold(0, |all, one| all | load(one)) != 0);
        strides.flat_map(move |(index, stride)| {
            let saturated = stride.iter().enumerate().filter(move |(_, counter)| load(counter) >= least);
            saturated.map(move |(offset, _)| index * STRIDE + offset)
        })
    }

    /// Frees a slot. Its process must have ended, and its counts must be in the hit file.
    pub fn release(&mut self, slot: CounterSlot) {
        self.write(slot.start + PROCESS, &[0; 8]);
        for counted in &slot.objects {
            let sites: Vec<usize> = self.counted(&slot, counted, 1).collect();
            sites.iter().for_each(|site| self.bytes(&slot, counted)[*site].store(0, Ordering::Relaxed));
        }
        self.free.push((slot.start, slot.size));
    }

    fn bytes(&self, slot: &CounterSlot, counted: &CountedObject) -> &[AtomicU8] {
        &self.all()[slot.start + counted.offset..][..counted.sites]
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        let place = &self.all()[at..at + bytes.len()];
        place.iter().zip(bytes).for_each(|(place, byte)| place.store(*byte, Ordering::Relaxed));
    }

    /// The bytes that the file has.
    fn all(&self) -> &[AtomicU8] {
        self.map.bytes(self.used)
    }
}

impl Drop for CounterFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl CounterSlot {
    /// Where it begins in the file, in bytes.
    pub fn start(&self) -> usize {
        self.start
    }

    /// The objects in which it counts.
    pub fn objects(&self) -> &[CountedObject] {
        &self.objects
    }
}

/// Counters that a process had in an object when forkcov was killed.
#[derive(Debug, PartialEq, Eq)]
pub struct LeftoverCounters<'a> {
    /// The serial of the process.
    pub process: u64,
    /// The number of the object.
    pub object: u32,
    /// A byte for each site, not 0 if the process has passed the block that ends with it.
    pub counters: &'a [u8],
}

/// Reads the counters of a run. A malformed slot is skipped: its writer may have been killed.
///
/// # Errors
/// When the bytes are not those of such a file.
pub fn read(bytes: &[u8]) -> Result<Vec<LeftoverCounters<'_>>, &'static str> {
    if !bytes.starts_with(&MAGIC) {
        return Err("not the counters of a run, or made by another version of forkcov");
    }
    let number = |bytes: &[u8], at: usize| {
        let word = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        word.map_or(0, u32::from_le_bytes)
    };
    let mut left = Vec::new();
    for (index, page) in bytes.chunks(PAGE).enumerate().filter(|(_, page)| page.starts_with(&SLOT)) {
        let owner = u64::from(number(page, PROCESS)) | u64::from(number(page, PROCESS + 4)) << 32;
        let Some(process) = owner.checked_sub(1) else { continue };
        for object in 0..(number(page, OBJECTS) as usize).min(MOST_OBJECTS) {
            let at = FIRST_OBJECT + object * OBJECT;
            let [object, offset, sites] = [0, 4, 8].map(|field| number(page, at + field));
            let start = index * PAGE + offset as usize;
            if let Some(counters) = bytes.get(start..start.saturating_add(sites as usize)) {
                left.push(LeftoverCounters { process, object, counters });
            }
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(directory: &Path) -> CounterFile {
        let files = RunFiles {
            directory: crate::data::RunDirectory::open(directory).unwrap(),
            names: crate::data::RunNames {
                base: "data".into(),
                host: "host".to_owned(),
                run: "ab".to_owned(),
            },
        };
        CounterFile::create(&files).unwrap()
    }

    #[test]
    fn counts_are_read_until_their_slot_is_released() {
        let directory = tempfile::tempdir().unwrap();
        let mut counters = counters(directory.path());
        let mut first = counters.slot(7, 100).unwrap().unwrap();
        let counted = counters.count_in(&mut first, 3, 60).unwrap();
        assert_eq!(counters.count_in(&mut first, 4, PAGE), None, "the slot is full");
        assert_eq!(counters.count_in(&mut first, 3, 60), Some(counted), "it is there already");
        counters.set_count(&first, 3, 5, 200);
        counters.set_count(&first, 9, 5, 200);
        assert_eq!((counters.count(&first, 3, 5), counters.count(&first, 9, 5)), (200, 0));
        let bytes = fs::read(counters.path()).unwrap();
        let left = read(&bytes).unwrap();
        assert_eq!((left.len(), left[0].process, left[0].object, left[0].counters[5]), (1, 7, 3, 200));
        assert_eq!(counters.counted(&first, &counted, 1).collect::<Vec<_>>(), [5]);
        assert_eq!(counters.saturated(&first, 3, 201).len(), 0);
        assert_eq!((counters.saturated(&first, 3, 200), counters.count(&first, 3, 5)), (vec![5], 1));
        let start = first.start();
        counters.release(first);
        assert_eq!(read(&fs::read(counters.path()).unwrap()), Ok(vec![]));
        let mut again = counters.slot(8, 10).unwrap().unwrap();
        assert_eq!(again.start(), start, "the slot is used again");
        let counted = counters.count_in(&mut again, 3, 60).unwrap();
        assert_eq!(counters.counted(&again, &counted, 1).count(), 0);
    }

    #[test]
    fn a_child_gets_a_slot_with_the_objects_of_its_parent() {
        let directory = tempfile::tempdir().unwrap();
        let mut counters = counters(directory.path());
        let mut parent = counters.slot(0, 5000).unwrap().unwrap();
        counters.count_in(&mut parent, 1, 2000).unwrap();
        counters.count_in(&mut parent, 2, 3000).unwrap();
        counters.set_count(&parent, 2, 0, 1);
        let child = counters.slot_like(1, &parent).unwrap().unwrap();
        assert_eq!(child.objects(), parent.objects());
        assert_eq!(counters.count(&child, 2, 0), 0);
    }

    #[test]
    fn a_slot_that_is_too_large_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let mut counters = counters(directory.path());
        assert!(counters.slot(0, MAPPED_SIZE).unwrap().is_none());
        assert!(counters.slot(0, 10).unwrap().is_some());
    }

    #[test]
    fn a_malformed_slot_is_skipped() {
        assert!(read(b"fcCount0").is_err() && read(b"").is_err());
        let mut bytes = vec![0; 2 * PAGE];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[PAGE..PAGE + 8].copy_from_slice(&SLOT);
        bytes[PAGE + 8..PAGE + HEADER].fill(0xff);
        assert_eq!(read(&bytes), Ok(vec![]), "all counters are beyond the end");
    }
}
