//! Copies of code in an address space that have got their original bytes back. Another thread may have run
//! into what was there before.

use crate::ptrace::{Memory, Result};
use std::collections::BTreeMap;

/// So many searches may be in vain. Some programs raise a great many such signals themselves.
const BUDGET: u32 = 200;
/// The most places that are remembered.
const MOST: usize = 1 << 16;

/// The original bytes of a place in a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredCode {
    /// The place.
    pub address: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where a task stops that runs into what was there.
    pub stops_at: u64,
    /// Where it continues then.
    pub resumed: u64,
}

/// The copies of one address space.
#[derive(Debug, Clone, Default)]
pub struct CopyAnswers {
    by_stop: BTreeMap<u64, RestoredCode>,
    vain: u32,
}

impl CopyAnswers {
    /// Is it worth while to search?
    pub fn may_search(&self) -> bool {
        self.vain < BUDGET
    }

    /// A search has found nothing.
    pub fn count_vain_search(&mut self) {
        self.vain = self.vain.saturating_add(1);
    }

    /// These places have got their bytes back, and other threads may have run into them.
    pub fn note(&mut self, restored: Vec<RestoredCode>) {
        if self.by_stop.len() < MOST {
            self.by_stop.extend(restored.into_iter().map(|place| (place.stops_at, place)));
        }
    }

    /// Where a task continues that has stopped at `address`, if that place has its bytes back.
    ///
    /// # Errors
    /// As [`Memory::read`].
    pub fn resume_at(&self, address: u64, memory: &Memory) -> Result<Option<u64>> {
        let Some(place) = self.by_stop.get(&address) else { return Ok(None) };
        let mut there = vec![0; place.bytes.len()];
        memory.read(place.address, &mut there)?;
        Ok((there == place.bytes).then_some(place.resumed))
    }
}
