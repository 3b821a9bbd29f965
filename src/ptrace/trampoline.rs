//! What a tracee needs to run copies of its code: room near that, a segment of its own for what it counts, and that nobody
//! sees where it is.

use super::inject::wait_for;
use super::{Error, Result, Stopped, Syscalls, Tid};
use crate::machine::{self, COUNTER_BASE, STACK_POINTER};
use nix::errno::Errno;
use std::fs;
use std::ops::Range;

/// How far copies may be from the code: a distance is a signed number of 4 bytes, and what code refers to may lie on its other
/// side.
const FARTHEST: u64 = 1 << 30;
/// Bytes that are left free beside what is there already: what grows must not run into us.
const GUARD: u64 = 1 << 16;
/// Below this nothing can be mapped (vm.mmap_min_addr).
const LOWEST: u64 = 1 << 16;

impl Stopped {
    /// Sets the base of the counters in which it counts, a register that programs do not use.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn set_counter_base(&self, base: u64) -> Result<()> {
        self.poke("set the base of the counters", COUNTER_BASE, base)
    }

    /// Makes it go on in the original of the code that it has run a copy of. If a return address `is_pushed` already, that is
    /// taken back.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn exit_trampoline(&self, original: u64, is_pushed: bool) -> Result<()> {
        if is_pushed {
            let stack = machine::stack_after_return(self.stack_pointer()?);
            self.poke("set the stack pointer", STACK_POINTER, stack)?;
        }
        self.set_program_counter(original)
    }

    /// If its pending signal tells that the instruction at `from` is its reason, it tells so of the one at `to`.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn relocate_fault(&self, from: u64, to: u64) -> Result<()> {
        let info = self.signal_info()?;
        match info.with_address(from, to) {
            Some(info) => self.set_signal_info(info),
            None => Ok(()),
        }
    }

    /// Lets it come to the end of the system call that it is in, of which nothing is left to be done.
    ///
    /// # Errors
    /// As [`Stopped::resume`].
    pub fn finish_syscall(&self) -> Result<()> {
        self.resume_to_syscall()?;
        wait_for(self.tid()).map(drop)
    }
}

impl Syscalls {
    /// Maps `length` bytes of fresh memory near the code in `extent`, which can be run, and written to by forkcov alone.
    ///
    /// # Errors
    /// As [`Syscalls::map`]; `ENOMEM` when there is no room near.
    pub fn map_code_near(&self, task: &Stopped, extent: Range<u64>, length: u64) -> Result<u64> {
        let length = length.next_multiple_of(4096);
        let none = Error::Failed { call: "find room near code", errno: Errno::ENOMEM };
        let address = room_near(&mappings(task.tid()), extent, length).ok_or(none)?;
        let protection = (libc::PROT_READ | libc::PROT_EXEC) as u64;
        let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE) as u64;
        self.plain(task, libc::SYS_mmap, [address, length, protection, flags, u64::MAX, 0])
    }
}

/// What is mapped, ascending.
fn mappings(tid: Tid) -> Vec<Range<u64>> {
    let text = fs::read_to_string(format!("/proc/{tid}/maps")).unwrap_or_default();
    let range = |line: &str| {
        let (start, end) = line.split(' ').next()?.split_once('-')?;
        Some(u64::from_str_radix(start, 16).ok()?..u64::from_str_radix(end, 16).ok()?)
    };
    text.lines().filter_map(range).collect()
}

/// The place for `length` bytes that is nearest below `extent`, or else above it; none too far from either of its ends.
fn room_near(mappings: &[Range<u64>], extent: Range<u64>, length: u64) -> Option<u64> {
    let gaps = || {
        let starts = std::iter::once(LOWEST).chain(mappings.iter().map(|mapping| mapping.end));
        let ends = mappings.iter().map(|mapping| mapping.start).chain([1 << 46]);
        let with_guard = starts.zip(ends).map(|(start, end)| start + GUARD..end.saturating_sub(GUARD));
        with_guard.filter(|gap| gap.start + length <= gap.end)
    };
    let is_near = |address: &u64| {
        let first = extent.start.min(*address);
        let last = extent.end.max(address + length);
        last - first <= FARTHEST
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
    fn room_is_found_below_code_or_else_above_it() {
        let program = [0x40_0000..0x40_8000, 0x7f00_0000_0000..0x7f00_0001_0000];
        let found = room_near(&program, 0x40_1000..0x40_7000, 0x1000);
        assert_eq!(found, Some(0x40_0000 - GUARD - 0x1000));
        let found = room_near(&program, 0x40_1000..0x40_7000, 0x50_0000);
        assert_eq!(found, Some(0x40_8000 + GUARD), "there is not so much below");
        assert_eq!(room_near(&program, 0x40_1000..0x40_7000, 2 << 30), None, "nor near above");
    }

    #[test]
    fn who_is_at_the_heap_has_room_to_grow() {
        let program = [0x5555_0000_0000..0x5555_0000_1000, 0x5555_0000_1000..0x5555_0010_0000];
        let found = room_near(&program, 0x5555_0000_0000..0x5555_0000_1000, 0x2000).unwrap();
        assert!(found + 0x2000 <= 0x5555_0000_0000 - GUARD);
    }
}
