//! The counters of one process, and where they are in its memory.

use crate::data::counters::ProcessCounters;

/// The counters of a process.
#[derive(Debug)]
pub(super) struct MappedCounters {
    pub(super) counters: ProcessCounters,
    /// Where their file is mapped, or is to be mapped, in the memory of the process. `None` if it can be
    /// mapped anywhere.
    pub(super) mapped: Option<u64>,
    /// Whether the file is mapped there. After a fork, that of the parent is until the child's takes its
    /// place.
    pub(super) is_mapped: bool,
    /// How often the file was made as long again as it was.
    pub(super) restored: u32,
}

impl MappedCounters {
    pub(super) fn new(counters: ProcessCounters, mapped: Option<u64>, is_mapped: bool) -> Self {
        Self { counters, mapped, is_mapped, restored: 0 }
    }

    /// The address of the process's own counters.
    pub(super) fn base(&self) -> Option<u64> {
        self.mapped.map(|mapped| mapped + self.counters.start() as u64)
    }

    /// How many bytes are mapped.
    pub(super) fn size(&self) -> u64 {
        self.counters.mapped_size() as u64
    }

    /// Whether an address is in the mapping, or was.
    pub(super) fn contains(&self, address: u64) -> bool {
        let offset = self.mapped.and_then(|mapped| address.checked_sub(mapped));
        offset.is_some_and(|offset| offset < self.size())
    }
}
