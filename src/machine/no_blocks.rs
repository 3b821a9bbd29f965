//! The module `blocks` of a machine that has no trampolines: `pub(crate) use super::no_blocks as blocks;` in
//! the port's folder.
//!
//! No block is known. So each site has a breakpoint of its own, which is removed when it has been hit. That
//! is slower than with blocks, and as exact.

use super::{
    BranchJump, BranchPart, Edges, JumpCode, KnownFunctions, OutOfLineCode, PassedMapping, Registers, Site,
    Springboard, Trampoline, Trampolines,
};
use crate::elf::landing_pads::UnwindInfo;
use crate::elf::{Code, Elf, LoadedData, Symbol};
use std::marker::PhantomData;
use std::ops::Range;

/// No register: to set it fails.
pub const COUNTER_BASE: usize = usize::MAX;

/// Nothing is near enough.
pub const REACH: u64 = 0;

/// There is no place for out-of-line code.
pub const OUT_OF_LINE_LIMIT: u64 = 0;

/// Programs may have memory anywhere.
pub const USER_SPACE: u64 = u64::MAX;

/// No leaders are known.
pub(crate) struct Leaders<'b, 'c>(PhantomData<&'b Code<'c>>);

impl<'b, 'c> Leaders<'b, 'c> {
    /// Reads nothing.
    pub(crate) fn find(
        _: &Elf,
        _: &LoadedData,
        _: &'b Code<'c>,
        _: (&[u64], bool),
        _: &UnwindInfo,
        _: &KnownFunctions,
    ) -> Self {
        Self(PhantomData)
    }

    /// The functions are not known.
    pub(crate) fn mark_unknown_functions<'s>(
        &mut self,
        _: &[Symbol],
        _: bool,
        _: &dyn Fn(Symbol) -> Option<&'s [u8]>,
    ) -> bool {
        false
    }

    /// No site is in one block with another.
    pub(crate) fn follows(&self, _: u64, _: u64) -> bool {
        false
    }

    /// No way is known.
    pub(crate) fn ways_to(&self, _: u64) -> usize {
        0
    }

    /// Nor where it begins.
    pub(crate) fn only_jumps_to(&self, _: u64) -> Option<impl Iterator<Item = u64>> {
        None::<std::iter::Empty<u64>>
    }

    /// Nor is any jump.
    pub(crate) fn branch_jumps(&self, _: Range<u64>, _: u64, _: impl FnMut(BranchJump)) {}

    /// So there is no branch.
    pub(crate) fn branches(&self, _: &[&BranchJump], _: &dyn Fn(usize, u64, u64) -> bool) -> Vec<BranchPart> {
        Vec::new()
    }

    /// No code is known.
    pub(crate) fn only_compares(&self, _: Range<u64>) -> bool {
        false
    }

    /// No way is the only one.
    pub(crate) fn reached_only_from(&self, _: &[&BranchJump], _: u64) -> Option<u8> {
        None
    }

    /// No jump is known.
    pub(crate) fn jumped_into(
        &self,
        _: Range<u64>,
        _: bool,
        _: &dyn Fn(u64) -> bool,
        _: impl FnMut(u64, u8),
    ) {
    }
}

/// No block has a trampoline.
pub(crate) fn plan_trampolines(_: &Code, _: &Leaders, _: (&[Site], &Edges), _: &[Range<u64>]) -> Trampolines {
    Trampolines::default()
}

/// There is no out-of-line code.
pub(crate) fn relocate(_: &Trampolines, _: OutOfLineCode, _: u64) -> Vec<u8> {
    Vec::new()
}

/// Nor does any push return addresses.
pub(crate) fn return_addresses(_: &Trampolines, _: u64) -> Vec<u8> {
    Vec::new()
}

/// No file is mapped into a process.
pub(crate) const MAP_PASSED: &[u8] = &[];
pub(crate) const PASSED_SCRATCH: usize = 0;
pub(crate) const SOCKETS_MADE: u64 = 0;
pub(crate) const PASSED_MAPPED: u64 = 0;

/// There is no code to prepare for.
pub(crate) fn passed_message(_: u64, _: &[PassedMapping]) -> [u8; PASSED_SCRATCH] {
    []
}

/// As before.
pub(crate) fn prepare_passing(registers: &Registers, _: u64, _: u64, _: usize) -> Registers {
    *registers
}

/// No such system call exists.
pub(crate) fn passing_result(_: &Registers) -> i64 {
    -i64::from(libc::ENOSYS)
}

/// Nor this one.
pub(crate) fn passed_result(_: &[u8; PASSED_SCRATCH], _: usize) -> i64 {
    -i64::from(libc::ENOSYS)
}

/// No jump is ever inserted.
pub(crate) fn jump(_: &Trampolines, _: &Trampoline, _: OutOfLineCode, _: u64) -> JumpCode {
    JumpCode::default()
}

/// Neither is a springboard.
pub(crate) fn springboard(_: &Trampolines, _: &Springboard, _: OutOfLineCode, _: u64) -> JumpCode {
    JumpCode::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::{FileCache, PositionedFile, Svma, landing_pads};
    use crate::machine::{self, Entrance, Patch, blocks};
    use std::cell::OnceCell;
    use std::fs::File;

    /// The rest of the program calls either module by the same names with the same arguments.
    #[test]
    fn it_finds_no_block_in_a_program_in_which_the_machine_finds_some() {
        let (file, failure) = (File::open("/bin/sh").unwrap(), OnceCell::new());
        let cache = FileCache::new(PositionedFile::new(&file, &failure));
        let elf = machine::open(&cache).ok().unwrap();
        let code = Code::read(&elf, &elf, Vec::new()).unwrap();
        let data = elf.loaded_data().unwrap();
        let unwinding = landing_pads::read(&elf, &data).unwrap();
        let region = code.regions().iter().max_by_key(|region| region.bytes.len()).unwrap();
        let (address, original) = (Svma(region.start), Patch::first(region.bytes).unwrap());
        let sites = [Site { address, original, length: 1, joined: false }; 2];

        let mut leaders = Leaders::find(
            &elf,
            &data,
            &code,
            (&[region.start], true),
            &unwinding,
            &KnownFunctions::default(),
        );
        let mut known = blocks::Leaders::find(
            &elf,
            &data,
            &code,
            (&[region.start], true),
            &unwinding,
            &KnownFunctions::default(),
        );
        let symbols = elf.function_symbols();
        assert!(known.mark_unknown_functions(&symbols, true, &|_| None));
        assert!(!leaders.mark_unknown_functions(&symbols, true, &|_| None));
        let all = region.start..region.end();
        assert!(!leaders.follows(all.start, all.start + 1));
        let (mut none, mut some) = (0, 0);
        for start in all.step_by(64) {
            leaders.jumped_into(start..start + 64, true, &|_| false, |_, _| none += 1);
            known.jumped_into(start..start + 64, true, &|_| false, |_, _| some += 1);
        }
        assert_eq!(leaders.ways_to(region.start), 0);
        let (mut no_jump, mut jumps) = (true, Vec::new());
        for start in (region.start..region.end()).step_by(64) {
            leaders.branch_jumps(start..start + 64, start + 64, |_| no_jump = false);
            known.branch_jumps(start..start + 64, start + 64, |jump| jumps.push(jump));
        }
        assert!(no_jump && jumps.len() > 100, "{}", jumps.len());
        let mut all = region.start..region.end();
        assert!(all.clone().filter(|at| known.only_jumps_to(*at).is_some()).count() > 100);
        assert!(all.all(|at| leaders.only_jumps_to(at).is_none()));
        let only_from = |jump: &BranchJump| leaders.reached_only_from(&[jump], jump.next());
        assert!(jumps.iter().all(|jump| only_from(jump).is_none()));
        assert!(jumps.iter().all(|jump| !leaders.only_compares(jump.address..jump.next())));
        let listed: Vec<_> = jumps.iter().collect();
        assert!(leaders.branches(&listed, &|_, _, _| true).is_empty());
        assert_eq!(known.branches(&listed, &|_, _, _| true).len(), jumps.len());
        assert!(none == 0 && some > 100, "{some}");
        assert_eq!(
            plan_trampolines(&code, &leaders, (&sites, &Edges::default()), &[]),
            Trampolines::default()
        );

        let at = OutOfLineCode { address: 0, counters: 0 };
        let trampolines = Trampolines { code: vec![0; 16], returns: 8, ..Trampolines::default() };
        assert_eq!(blocks::relocate(&trampolines, at, 0).len(), 8);
        assert_eq!(blocks::return_addresses(&trampolines, 0).len(), 8);
        assert!(relocate(&trampolines, at, 0).is_empty() && return_addresses(&trampolines, 0).is_empty());
        let board = Springboard { address: Svma(0), entry: 0, original: 0 };
        let entry = Trampoline { entrance: Entrance::Springboard(0), ..Trampoline::new(0, Svma(0), 5, 0, 0) };
        let trampolines =
            Trampolines { entries: vec![entry], springboards: vec![board], ..Trampolines::default() };
        assert_eq!(blocks::jump(&trampolines, &entry, at, 0).len(), 2);
        assert_eq!(blocks::springboard(&trampolines, &board, at, 0).len(), 5);
        assert!(jump(&trampolines, &entry, at, 0).is_empty());
        assert!(springboard(&trampolines, &board, at, 0).is_empty());
        let constants = [
            (REACH, blocks::REACH),
            (OUT_OF_LINE_LIMIT, blocks::OUT_OF_LINE_LIMIT),
            (blocks::USER_SPACE, USER_SPACE),
        ];
        assert!(constants.iter().all(|(none, some)| none < some));
        assert_ne!(COUNTER_BASE, blocks::COUNTER_BASE);
        let constants = [(SOCKETS_MADE, blocks::SOCKETS_MADE), (PASSED_MAPPED, blocks::PASSED_MAPPED)];
        assert!(constants.iter().all(|(none, some)| none < some));
        assert!(MAP_PASSED.len() < blocks::MAP_PASSED.len());
        assert!(passed_message(0, &[]).is_empty());
        assert_eq!(blocks::passed_result(&blocks::passed_message(0, &[]), 0), 0);
        assert!(passed_result(&[], 0) < 0);
        assert_eq!(size_of_val(&prepare_passing), size_of_val(&blocks::prepare_passing));
        assert_eq!(size_of_val(&passing_result), size_of_val(&blocks::passing_result));
    }
}
