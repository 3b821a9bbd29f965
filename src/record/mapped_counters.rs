//! The counters of one process, in the file of counters that the run maps into it.

use crate::data::counters::CounterSlot;

/// The slot of a process, and where the file is mapped in its memory.
#[derive(Debug)]
pub(super) struct MappedCounters {
    pub(super) slot: CounterSlot,
    pub(super) mapped: u64,
}

impl MappedCounters {
    /// The address of the process's own counters.
    pub(super) fn base(&self) -> u64 {
        self.mapped + self.slot.start() as u64
    }
}
