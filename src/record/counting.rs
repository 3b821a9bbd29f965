//! Self-counting processes: their trampolines count hits in a file of counters that is mapped into them.

use super::diagnostics::Diagnostic;
use super::mapped_counters::MappedCounters;
use super::recorder::{HitRecorder, Record};
use crate::data::counters::{Count, CountedObject, ProcessCounters};
use crate::data::hit_file::{CountedTable, CounterLayout};
use crate::machine::COUNTER_LENGTH;
use crate::ptrace::{self, FileMapper, PassedFile};
use crate::tracer::ObjectId;

/// What processes count in is what is read.
const _: () = assert!(size_of::<Count>() == COUNTER_LENGTH as usize);

/// How often the file of a process is made as long again as it was. A process that makes it shorter more
/// often does so on purpose, and gets breakpoints.
const MOST_RESTORED: u32 = 100;

impl HitRecorder {
    /// Makes counters for `object` in a process, which maps objects that need `room` in all, and gives the
    /// offset of the first. `None` if there is no room on disk or in the process, or no permission.
    pub(super) fn count_in(
        &mut self,
        record: &mut Record,
        mapper: &FileMapper,
        object: ObjectId,
        room: usize,
    ) -> Option<u32> {
        let sites = &self.images.objects.get(object).sites;
        let (sites, needed) = (sites.units(), sites.counters());
        if record.counting.is_none() {
            let counters = ProcessCounters::create(&self.counter_files, room.max(needed)).ok()?;
            record.counting = Some(MappedCounters::new(counters, None, false));
        }
        let counting = record.counting.as_mut()?;
        let counted = match counting.counters.counted(object.0) {
            Some(counted) => counted,
            None => {
                let counted = counting.add(mapper, object, sites, needed)?;
                self.record_layout(record)?;
                counted
            }
        };
        Some(counted.offset as u32)
    }

    /// Gives a process that has just begun counters of its own, like those of its parent, if there is room.
    /// In memory that it shares with its parent, it can count at once; in a copy of that memory, when they
    /// are mapped.
    pub(super) fn counting_like(&self, record: &mut Record, parent: &Record, shares_memory: bool) {
        let Some(counting) = parent.counting.as_ref().filter(|counting| counting.is_mapped) else { return };
        let counters = if shares_memory {
            counting.counters.for_shared_memory().ok().flatten()
        } else {
            counting.counters.for_copied_memory().ok()
        };
        let mapped = counting.mapped;
        record.counting = counters.map(|counters| MappedCounters::new(counters, mapped, shares_memory));
        if self.record_layout(record).is_none() {
            record.counting = None;
        }
    }

    /// Maps the counters of a process: if it has a copy of its parent's memory, in place of the parent's.
    /// Gives the base of the counters. If that fails, the process has no counters, neither those of its
    /// parent.
    pub(super) fn map_counting(&self, record: &mut Record, mapper: &FileMapper) -> Option<u64> {
        let counting = record.counting.as_mut()?;
        if !counting.is_mapped {
            let Ok(address) = map(&counting.counters, mapper, counting.mapped) else {
                self.unmap_counting(record, mapper);
                return None;
            };
            counting.mapped = Some(address);
            counting.is_mapped = true;
        }
        counting.base()
    }

    /// A process does not count: takes the counters of its parent out of its memory.
    pub(super) fn unmap_counting(&self, record: &mut Record, mapper: &FileMapper) {
        let taken = record.counting.take_if(|counting| !counting.is_mapped);
        let mapped = taken.and_then(|counting| Some((counting.mapped?, counting.size())));
        if let Some((address, size)) = mapped {
            let _ = mapper.unmap(address, size);
        }
    }

    /// Writes to the hit file of a process where it counts: if forkcov is killed, `combine` needs that.
    fn record_layout(&self, record: &mut Record) -> Option<()> {
        let Some(counting) = &record.counting else { return Some(()) };
        let table = |counted: &CountedObject| CountedTable {
            table: self.images.objects.get(ObjectId(counted.object)).table.clone(),
            offset: counted.offset as u32,
            sites: counted.sites as u32,
        };
        let counters = &counting.counters;
        let objects = counters.objects().iter().map(table).collect();
        let layout = CounterLayout { objects, ..layout_of(counters) };
        record.file.counters(&layout).ok()
    }

    /// A counter of a process.
    pub(super) fn counted(&self, record: &Record, object: ObjectId, counter: usize) -> Count {
        let count = record.counting.as_ref().map(|counting| counting.counters.count(object.0, counter));
        count.and_then(|count| self.ok_or_report(count)).unwrap_or(0)
    }

    /// Sets a counter of a process.
    pub(super) fn set_counted(&self, record: &Record, object: ObjectId, counter: usize, count: Count) {
        if let Some(counting) = &record.counting {
            self.ok_or_report(counting.counters.set_count(object.0, counter, count));
        }
    }

    /// The counters of an object in a process.
    pub(super) fn all_counts(&self, record: &Record, object: ObjectId) -> Vec<Count> {
        let counts = record.counting.as_ref().map(|counting| counting.counters.counts(object.0));
        counts.and_then(|counts| self.ok_or_report(counts)).unwrap_or_default()
    }

    /// A process was stopped because it could not access `address`. Makes its file of counters as long again
    /// as it was, if the address is in that. `None` if it is not, and false if that fails.
    pub(super) fn restore_counting(&self, record: &mut Record, address: u64) -> Option<bool> {
        let counting = record.counting.as_mut().filter(|counting| counting.contains(address))?;
        counting.restored += 1;
        counting.is_mapped &= counting.restored <= MOST_RESTORED && counting.counters.restore().is_ok();
        Some(counting.is_mapped)
    }

    /// The counts of a process so far become hits, and its counters are cleared. With `is_alone`, no task
    /// counts meanwhile.
    pub(super) fn drain_counts(&mut self, record: &mut Record, is_alone: bool) {
        let Some(counting) = record.counting.take() else { return };
        for counted in counting.counters.objects() {
            if let Some(sites) = self.ok_or_report(counting.counters.passed(counted)) {
                self.hit_blocks(record, ObjectId(counted.object), sites.iter().copied());
                self.ok_or_report(counting.counters.clear(counted, &sites, is_alone));
            }
        }
        record.counting = Some(counting);
    }

    /// The process has ended, or executes another program: its counts become hits.
    pub(super) fn take_counts(&mut self, record: &mut Record) {
        let Some(MappedCounters { counters, .. }) = record.counting.take() else { return };
        if self.ok_or_report(counters.is_spoilt()) == Some(true) {
            self.diagnostics.report(Diagnostic::SpoiltCounters { pid: record.pid });
        }
        for counted in counters.objects() {
            if let Some(sites) = self.ok_or_report(counters.passed(counted)) {
                self.hit_blocks(record, ObjectId(counted.object), sites.into_iter());
            }
        }
        if counters.is_in_shared_memory() {
            // The next process that shares the memory counts in the same place.
            let layout = layout_of(&counters);
            if self.ok_or_report(record.file.counters(&layout)).is_none() {
                counters.keep();
            }
        }
    }
}

impl MappedCounters {
    /// Adds an object, and maps more of the file if that is needed.
    fn add(
        &mut self,
        mapper: &FileMapper,
        object: ObjectId,
        sites: usize,
        needed: usize,
    ) -> Option<CountedObject> {
        if let Some(counted) = self.counters.add(object.0, sites, needed) {
            return Some(counted);
        }
        let (mapped, before) = (self.mapped?, self.size());
        self.mapped = Some(self.counters.grow(needed, |size| mapper.grow(mapped, before, size as u64).ok())?);
        self.counters.add(object.0, sites, needed)
    }
}

/// Where a process counts, without the objects.
fn layout_of(counters: &ProcessCounters) -> CounterLayout {
    CounterLayout { counters: counters.file_name(), start: counters.start() as u64, objects: Vec::new() }
}

/// Maps the file of counters into a process, at `at` or anywhere.
fn map(counters: &ProcessCounters, mapper: &FileMapper, at: Option<u64>) -> ptrace::Result<u64> {
    let file = counters.open().map_err(|error| ptrace::Error::of_own("open a file", &error))?;
    mapper.map(PassedFile::shared(&file, counters.mapped_size() as u64, at))
}
