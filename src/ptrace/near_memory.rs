//! Memory near the code of a tracee, for the out-of-line copies of trampolines.

use super::{Error, Result, Stopped, Syscalls, Tid};
use crate::machine::blocks::{OUT_OF_LINE_LIMIT, REACH};
use nix::errno::Errno;
use std::fs;
use std::ops::Range;

/// Bytes that are left free beside existing mappings, so that heaps and stacks can grow.
const GUARD: u64 = 1 << 16;
/// No mapping can be below this address (vm.mmap_min_addr).
const LOWEST: u64 = 1 << 16;

impl Syscalls {
    /// Maps `length` bytes of anonymous, executable memory near the code in `extent`. Only forkcov can write
    /// to it.
    ///
    /// # Errors
    /// As [`Syscalls::map`]; `ENOMEM` when there is no free range near the code.
    pub fn map_code_near(&self, task: &Stopped, extent: Range<u64>, length: u64) -> Result<u64> {
        let length = length.next_multiple_of(4096);
        let none = Error::Failed { call: "find free memory near code", errno: Errno::ENOMEM };
        let address = free_range_near(&mappings(task.tid()), extent, length).ok_or(none)?;
        let protection = (libc::PROT_READ | libc::PROT_EXEC) as u64;
        let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE) as u64;
        self.plain(task, libc::SYS_mmap, [address, length, protection, flags, u64::MAX, 0])
    }
}

/// The mapped ranges, ascending.
fn mappings(tid: Tid) -> Vec<Range<u64>> {
    let text = fs::read_to_string(format!("/proc/{tid}/maps")).unwrap_or_default();
    let range = |line: &str| {
        let (start, end) = line.split(' ').next()?.split_once('-')?;
        Some(u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?)
    };
    text.lines().filter_map(range).collect()
}

/// The free range of `length` bytes that is nearest below `extent`, or else above it. Both ends of `extent`
/// are within [`REACH`].
fn free_range_near(mappings: &[Range<u64>], extent: Range<u64>, length: u64) -> Option<u64> {
    let gaps = || {
        let starts = std::iter::once(LOWEST).chain(mappings.iter().map(|mapping| mapping.end));
        let ends = mappings.iter().map(|mapping| mapping.start).chain([OUT_OF_LINE_LIMIT]);
        let with_guard = starts.zip(ends).map(|(start, end)| start + GUARD..end.saturating_sub(GUARD));
        with_guard.filter(|gap| gap.start + length <= gap.end)
    };
    let is_near = |address: &u64| {
        let first = extent.start.min(*address);
        let last = extent.end.max(address + length);
        last - first <= REACH
    };
    let page = |address: u64| address & !4095;
    let below = gaps().filter(|gap| gap.end <= extent.start).map(|gap| page(gap.end - length)).last();
    let above = || gaps().find(|gap| gap.start >= extent.end).map(|gap| page(gap.start + 4095));
    below.filter(is_near).or_else(|| above().filter(is_near))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_found_below_code_or_else_above_it() {
        let program = [0x40_0000..0x40_8000, 0x7f00_0000_0000..0x7f00_0001_0000];
        let found = free_range_near(&program, 0x40_1000..0x40_7000, 0x1000);
        assert_eq!(found, Some(0x40_0000 - GUARD - 0x1000));
        let found = free_range_near(&program, 0x40_1000..0x40_7000, 0x50_0000);
        assert_eq!(found, Some(0x40_8000 + GUARD), "there is too little below");
        assert_eq!(free_range_near(&program, 0x40_1000..0x40_7000, 2 << 30), None, "nor near above");
    }

    #[test]
    fn the_heap_keeps_room_to_grow() {
        let program = [0x5555_0000_0000..0x5555_0000_1000, 0x5555_0000_1000..0x5555_0010_0000];
        let found = free_range_near(&program, 0x5555_0000_0000..0x5555_0000_1000, 0x2000).unwrap();
        assert!(found + 0x2000 <= 0x5555_0000_0000 - GUARD);
    }
}
