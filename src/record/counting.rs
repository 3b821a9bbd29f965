//! Self-counting processes: their trampolines count hits in a file of counters that is mapped into them.

use super::mapped_counters::MappedCounters;
use super::recorder::{HitRecorder, Record};
use crate::data::counters::{CounterFile, MAPPED_SIZE};
use crate::tracer::{Counters, ObjectId, RemoteSyscalls, SiteRef};

/// Counters that are reserved for objects that a process maps later.
const MORE: usize = 4096;

impl HitRecorder {
    /// Maps counters for `object` into a process. `None` if there is no room on disk or in the process, or no
    /// permission.
    pub(super) fn count_in(
        &mut self,
        record: &mut Record,
        remote: &RemoteSyscalls,
        object: ObjectId,
    ) -> Option<Counters> {
        let sites = self.images.objects.get(object).sites.len();
        if self.counters.is_none() {
            self.counters = CounterFile::create(&self.files).ok();
        }
        let file = self.counters.as_mut()?;
        let counting = match &mut record.counting {
            Some(counting) => counting,
            none => {
                let slot = file.slot(record.id.0, self.images.objects.sites() + MORE).ok()??;
                match remote.map(file.path(), MAPPED_SIZE as u64) {
                    Ok(mapped) => none.insert(MappedCounters { slot, mapped }),
                    Err(_) => {
                        file.release(slot);
                        return None;
                    }
                }
            }
        };
        let counted = file.count_in(&mut counting.slot, object.0, sites)?;
        Some(Counters { base: counting.base(), offset: counted.offset as u32 })
    }

    /// Gives the child of a self-counting process counters of its own, if there is room.
    pub(super) fn counting_like(&mut self, parent: &Record, child: u64) -> Option<MappedCounters> {
        let counting = parent.counting.as_ref()?;
        let slot = self.counters.as_mut()?.slot_like(child, &counting.slot).ok()??;
        Some(MappedCounters { slot, mapped: counting.mapped })
    }

    /// How often a process has counted a site.
    pub(super) fn counted(&self, record: &Record, at: SiteRef) -> u8 {
        let counters = self.counters.as_ref().zip(record.counting.as_ref());
        counters.map_or(0, |(file, counting)| file.count(&counting.slot, at.object.0, at.site))
    }

    /// Sets that count.
    pub(super) fn set_counted(&self, record: &Record, at: SiteRef, count: u8) {
        if let (Some(file), Some(counting)) = (&self.counters, &record.counting) {
            file.set_count(&counting.slot, at.object.0, at.site, count);
        }
    }

    /// The sites of an object that a process has counted at least `least` times. Their counts are set to 1.
    pub(super) fn sites_counted_often(&self, record: &Record, object: ObjectId, least: u8) -> Vec<usize> {
        let counters = self.counters.as_ref().zip(record.counting.as_ref());
        counters.map_or_else(Vec::new, |(file, counting)| file.saturated(&counting.slot, object.0, least))
    }

    /// The process has ended, or executes another program: its counts become hits.
    pub(super) fn take_counts(&mut self, record: &mut Record) {
        let Some(counting) = record.counting.take() else { return };
        let Some(file) = self.counters.take() else { return };
        for counted in counting.slot.objects() {
            let object = ObjectId(counted.object);
            self.hit_blocks(record, object, file.counted(&counting.slot, counted, 1));
        }
        self.counters.insert(file).release(counting.slot);
    }
}
