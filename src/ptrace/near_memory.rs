//! Memory near the code of a tracee, for the out-of-line copies of trampolines.

use super::{Error, Result, Tid, mapped_regions};
use crate::machine::blocks::{OUT_OF_LINE_LIMIT, REACH, USER_SPACE};
use nix::errno::Errno;
use std::ops::Range;

/// Bytes that are left free beside existing mappings, so that heaps and stacks can grow.
const GUARD: u64 = 1 << 16;
/// Bytes that are left free above a heap if there is a choice.
const HEAP: u64 = 1 << 28;
/// No mapping can be below this address (vm.mmap_min_addr).
const LOWEST: u64 = 1 << 16;
const PAGE: u64 = 4096;
/// How far from the code it may be: with room for what an instruction that refers to something [`REACH`] away
/// is long.
const FAR: u64 = REACH - (1 << 24);

/// Where `length` bytes of code can be mapped into the process `tid`, near the code in `extent`.
///
/// # Errors
/// `ENOMEM` when there is no free range near the code.
pub fn free_place_near(tid: Tid, extent: Range<u64>, length: u64) -> Result<u64> {
    let length = length.next_multiple_of(PAGE);
    let none = Error::Failed { call: "find free memory near code", errno: Errno::ENOMEM };
    let mappings: Vec<_> = mapped_regions(tid).into_iter().map(|region| region.range).collect();
    free_range_near(&mappings, extent, length).ok_or(none)
}

/// A free range of `length` bytes, as far from `extent` as [`FAR`] allows, rather below it than above. A copy
/// that the program makes of its code has jumps that lead as far beside it. There, too, they had better meet
/// no memory: then the task stops at once.
fn free_range_near(mappings: &[Range<u64>], extent: Range<u64>, length: u64) -> Option<u64> {
    // The kernel has a page of its own far above the stack (vsyscall).
    let mappings = || mappings.iter().filter(|mapping| mapping.start < USER_SPACE);
    let reach = extent.end.saturating_sub(FAR)..extent.start.saturating_add(FAR);
    let starts = std::iter::once(LOWEST).chain(mappings().map(|mapping| mapping.end));
    let ends = mappings().map(|mapping| mapping.start).chain([OUT_OF_LINE_LIMIT]);
    let gaps = starts.zip(ends).filter_map(|(start, end)| {
        let start = (start + GUARD).max(reach.start).next_multiple_of(PAGE);
        let end = end.saturating_sub(GUARD).min(reach.end) & !(PAGE - 1);
        (start + length <= end).then_some(start..end)
    });
    let gaps: Vec<Range<u64>> = gaps.collect();
    let below = gaps.iter().find(|gap| gap.end <= extent.start).map(|gap| gap.start);
    let mut above = gaps.iter().filter(|gap| gap.start >= extent.end).rev();
    let roomy = above.clone().find(|gap| gap.start + length + HEAP <= gap.end);
    let is_further =
        |gap: &&Range<u64>| below.is_none_or(|below| gap.end - extent.end > extent.start - below);
    match roomy.filter(is_further) {
        Some(gap) => Some(gap.end - length),
        None => below.or_else(|| above.next().map(|gap| gap.end - length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_found_far_below_code_or_else_far_above_it() {
        const LOW: u64 = 0x2555_0000_0000;
        let program = [LOW..LOW + 0x8000, 0x7f00_0000_0000..0x7f00_0001_0000];
        let found = free_range_near(&program, LOW + 0x1000..LOW + 0x7000, 0x1000);
        assert_eq!(found, Some(LOW + 0x7000 - FAR));
        let program = [0x40_0000..0x40_8000, 0x7f00_0000_0000..0x7f00_0001_0000];
        for length in [0x1000, 0x50_0000] {
            let found = free_range_near(&program, 0x40_1000..0x40_7000, length);
            assert_eq!(found, Some(0x40_1000 + FAR - length), "there is too little below");
        }
        let heap = [0x40_0000..0x40_8000, 0x3f00_0000..0x3f10_0000];
        let found = free_range_near(&heap, 0x40_1000..0x40_7000, 0x1000);
        assert_eq!(found, Some(0x3f00_0000 - GUARD - 0x1000), "the heap has to grow");
        assert_eq!(free_range_near(&program, 0x40_1000..0x40_7000, 2 << 30), None, "nor near above");
    }

    #[test]
    fn no_range_is_found_above_the_stack() {
        const HIGH: u64 = 0x7fff_f7f4_e000;
        let stack = 0x7fff_fffd_e000..0x7fff_ffff_f000;
        let mappings = [HIGH..HIGH + 0x8000, stack, 0xffff_ffff_ff60_0000..0xffff_ffff_ff60_1000];
        let found = free_range_near(&mappings, HIGH..HIGH + 0x1000, 0x1000);
        assert_eq!(found, Some(HIGH + 0x1000 - FAR));
    }

    #[test]
    fn a_range_is_found_between_other_mappings() {
        const LOW: u64 = 0x2555_0000_0000;
        let full = LOW - FAR..LOW - 0x100_0000;
        let found = free_range_near(&[full.clone(), LOW..LOW + FAR], LOW..LOW + 0x1000, 0x2000);
        assert_eq!(found, Some(full.end + GUARD));
        let heap = LOW + 0x1000..LOW + 0x10_0000;
        let all = [LOW - FAR..LOW, LOW..LOW + 0x1000, heap.clone()];
        let found = free_range_near(&all, LOW..LOW + 0x1000, 0x2000).unwrap();
        assert!(found >= heap.end + GUARD, "the heap keeps room to grow");
    }
}
