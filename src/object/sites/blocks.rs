//! Basic blocks: sites that are always reached together.
//!
//! Two neighbouring sites are joined if the instructions between them run one after the other, and no
//! task can enter in between. So no instruction there jumps or enters the kernel, and nothing in the
//! object refers to an address after the first site, up to the second ([`Leaders`]). Where references
//! are unknown, nothing is joined.

use std::ops::Range;

use hashbrown::HashSet;
use memchr::memmem;

use crate::elf::Code;
use crate::elf::landing_pads;
use crate::elf::{Elf, Symbol};
use crate::machine::blocks::{self, Leaders};
use crate::machine::{BranchJump, BranchPart, KnownFunctions};
use crate::machine::{Capabilities, Edges, Site, Trampolines};

/// The code in which blocks are found.
pub(crate) struct Blocks<'c> {
    capabilities: Capabilities,
    code: &'c Code<'c>,
    /// Code of compilers that are not known well enough, for example hand-written assembly.
    apart: Vec<Range<u64>>,
    leaders: Option<Leaders<'c, 'c>>,
    /// Are all leaders known, but for those of some functions?
    are_known: bool,
}

/// The symbols of functions.
pub(crate) struct SymbolNames<'n, 's> {
    /// Are there symbols of all functions, and not only of exported ones?
    pub(crate) are_all: bool,
    pub(crate) name: &'n dyn Fn(Symbol) -> Option<&'s [u8]>,
}

impl<'c> Blocks<'c> {
    /// Finds the leaders in the file that is loaded. An instruction begins at each of `instructions`, which
    /// ascend. Checks that compilers insert, and jumps through tables, are only looked for where branches are
    /// read (`with_branches`).
    pub(crate) fn find(
        capabilities: Capabilities,
        elf: &Elf,
        code: &'c Code<'c>,
        apart: Vec<Range<u64>>,
        instructions: &[u64],
        symbols: &SymbolNames,
        with_branches: bool,
    ) -> Self {
        let mut blocks = Self { capabilities, code, apart, leaders: None, are_known: false };
        let Some(data) = elf.loaded_data() else { return blocks };
        let unwinding = landing_pads::read(elf, &data);
        let is_complete = unwinding.is_some();
        let known = known_functions(elf, code, symbols.name, with_branches);
        let unwinding = unwinding.unwrap_or_default();
        let read = (instructions, with_branches);
        let mut leaders = Leaders::find(elf, &data, code, read, &unwinding, &known);
        blocks.are_known =
            is_complete && leaders.mark_unknown_functions(&code.symbols, symbols.are_all, symbols.name);
        blocks.leaders = Some(leaders);
        blocks
    }

    /// Are there several ways to `address`? All tasks that come to the beginning of a function have entered
    /// it, wherever they come from.
    pub(crate) fn is_join(&self, address: u64) -> bool {
        let ways = self.leaders.as_ref().map_or(0, |leaders| leaders.ways_to(address));
        ways > 1 && !self.code.has_function_at(address)
    }

    /// Where the jumps to `address` are, if tasks come there by them alone.
    pub(crate) fn only_jumps_to(&self, address: u64) -> Option<impl Iterator<Item = u64>> {
        self.leaders.as_ref()?.only_jumps_to(address)
    }

    /// Calls `found` with the address and the length of each instruction in `code`, but for the first, to
    /// which there is a jump from elsewhere. `is_own` says of an address that it is not elsewhere, and
    /// `has_clean_ups` that the clean-up code to which the unwinder jumps belongs to the line as well.
    ///
    /// Only functions are searched, within the bounds of their symbols: elsewhere there can be data between
    /// the instructions, and a breakpoint would change it.
    pub(crate) fn jumped_into(
        &self,
        code: Range<u64>,
        has_clean_ups: bool,
        is_own: &dyn Fn(u64) -> bool,
        mut found: impl FnMut(u64, u8),
    ) {
        let Some(leaders) = &self.leaders else { return };
        leaders.jumped_into(code, has_clean_ups, is_own, |address, length| {
            if self.code.is_in_function(address) {
                found(address, length);
            }
        });
    }

    /// Calls `found` with each jump of `code` that can lead to several places, and whether that is in a
    /// function whose bounds are known. Code up to `until` has no line.
    pub(crate) fn branch_jumps(&self, code: Range<u64>, until: u64, mut found: impl FnMut(BranchJump, bool)) {
        let Some(leaders) = &self.leaders else { return };
        leaders.branch_jumps(code, until, |jump| {
            let is_in_function = self.code.is_in_function(jump.address);
            found(jump, is_in_function);
        });
    }

    /// The branches that the `jumps` of a line are, which ascend. `are_beside` says of the jump with
    /// an index whether the code at two addresses is of the same place in a line there.
    pub(crate) fn branches(
        &self,
        jumps: &[&BranchJump],
        are_beside: &dyn Fn(usize, u64, u64) -> bool,
    ) -> Vec<BranchPart> {
        self.leaders.as_ref().map_or_else(Vec::new, |leaders| leaders.branches(jumps, are_beside))
    }

    /// Does `code` do nothing but compare values that the code before it has computed?
    pub(crate) fn only_compares(&self, code: Range<u64>) -> bool {
        self.leaders.as_ref().is_some_and(|leaders| leaders.only_compares(code))
    }

    /// The length of the instruction at `to`, if a task can come there only from one of `jumps`, of which
    /// `from` is one.
    pub(crate) fn reached_only_from(&self, from: &BranchJump, jumps: &[&BranchJump], to: u64) -> Option<u8> {
        let leaders = self.leaders.as_ref().filter(|_| self.are_known)?;
        let is_apart = |address| self.apart.iter().any(|range| range.contains(&address));
        let is_sure = self.code.is_in_function(to) && !is_apart(from.address) && !is_apart(to);
        leaders.reached_only_from(jumps, to).filter(|_| is_sure)
    }

    /// Joins the `sites` of an object, which ascend, where that is certain. Gives the trampolines of its
    /// blocks.
    pub(crate) fn join(&self, sites: &mut [Site], edges: &Edges) -> Trampolines {
        let Some(leaders) = self.leaders.as_ref().filter(|_| self.are_known) else {
            return Trampolines::default();
        };
        for index in 1..sites.len() {
            sites[index - 1].joined = leaders.follows(sites[index - 1].address.0, sites[index].address.0);
        }
        for range in &self.apart {
            let first = sites.partition_point(|site| site.address.0 < range.start).saturating_sub(1);
            let within = sites[first..].iter_mut().take_while(|site| site.address.0 < range.end);
            within.for_each(|site| site.joined = false);
        }
        if !self.capabilities.trampolines {
            return Trampolines::default();
        }
        blocks::plan_trampolines(self.code, leaders, (sites, edges), &self.apart)
    }
}

/// The function that continues the unwinding of the stack (Itanium C++ ABI, "Exception Handling").
const RESUME_UNWINDING: &[u8] = b"_Unwind_Resume";

/// Well-known functions that never return, mangled: of the C library, of that ABI, and of libstdc++.
fn never_returns(name: &[u8]) -> bool {
    let known: [&[u8]; 14] = [
        RESUME_UNWINDING,
        b"__assert_fail",
        b"__cxa_bad_cast",
        b"__cxa_call_unexpected",
        b"__cxa_rethrow",
        b"__cxa_throw",
        b"__cxa_throw_bad_array_new_length",
        b"__longjmp_chk",
        b"__stack_chk_fail",
        b"_exit",
        b"abort",
        b"exit",
        b"longjmp",
        b"siglongjmp",
    ];
    known.contains(&name)
        || name.starts_with(b"_ZSt") && name[4..].iter().skip(2).take(7).eq(b"__throw")
        || name == b"_ZSt9terminatev"
}

/// Functions that compilers call where a check of theirs has failed, by the beginnings of their names: of the
/// stack protector (GCC's manual, `-fstack-protector`), of the sanitizers, of the languages that check
/// indexes and arithmetic (Rust, Go, Ada, D, Fortran), and of Go's stacks and garbage collector.
const OF_CHECKS: [&[u8]; 19] = [
    b"__stack_chk_fail",
    b"__asan_report_",
    b"__asan_stack_free_",
    b"__hwasan_tag_mismatch",
    b"__msan_warning",
    b"__msan_chain_origin",
    b"__msan_set_origin",
    b"__ubsan_handle_",
    b"__sanitizer_ptr_",
    b"__gnat_rcheck_",
    b"_d_arraybounds",
    b"_gfortran_runtime_error",
    b"runtime.morestack",
    b"runtime.gcWriteBarrier",
    b"runtime.panicIndex",
    b"runtime.panicSlice",
    b"runtime.panicBounds",
    b"runtime.panicdivide",
    b"runtime.panicshift",
];

/// Of these, the ones that are called where the source says so: by `__builtin_unreachable()`, at the end of a
/// function without `return`, and by `raise Constraint_Error` in Ada.
fn is_in_source(name: &[u8]) -> bool {
    name.starts_with(b"__ubsan_handle_builtin_unreachable")
        || name.starts_with(b"__ubsan_handle_missing_return")
        || name.ends_with(b"_Explicit_Raise")
}

/// The same of Rust, in the module `core::panicking`.
const OF_CHECKS_OF_RUST: [&[u8]; 4] = [
    b"11panic_const",
    b"18panic_bounds_check",
    b"36panic_misaligned_pointer_dereference",
    b"30panic_null_pointer_dereference",
];

/// That module in both manglings, `_ZN4core9panicking…` and `_RNvNtCs…_4core9panicking…`.
const PANICKING: &[u8] = b"4core9panicking";

fn is_of_check(name: &[u8]) -> bool {
    let is_any = |prefixes: &[&[u8]], name: &[u8]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let in_panicking = || Some(&name[memmem::find(name, PANICKING)? + PANICKING.len()..]);
    is_any(&OF_CHECKS, name) && !is_in_source(name)
        || is_any(&[b"_R", b"_ZN"], name) && in_panicking().is_some_and(|of| is_any(&OF_CHECKS_OF_RUST, of))
}

/// Is it the function that locks the guard of a variable (Itanium C++ ABI, "One-time Construction API"), or
/// one of AddressSanitizer that gives memory for the frame of a function?
fn is_of_guard(name: &[u8]) -> bool {
    name == b"__cxa_guard_acquire" || name.starts_with(b"__asan_stack_malloc_")
}

/// Is it an `operator delete`?
fn is_delete(name: &[u8]) -> bool {
    name.starts_with(b"_ZdlPv") || name.starts_with(b"_ZdaPv")
}

/// GCC makes this function for the variables of a unit. Its arguments are whether to initialise them, and
/// those of which priority.
const INITIALISER: &[u8] = b"_Z41__static_initialization_and_destruction_0";

/// The function of Go's runtime that runs deferred calls. If one of them recovers, the runtime continues its
/// caller at the call (`recovery` in runtime/panic.go; `deferreturn` of `_func`), or behind the call of
/// `deferproc`.
const RUN_DEFERRED: &[u8] = b"runtime.deferreturn";

/// A function of Go's runtime that clears memory. Its callers enter it anywhere, and rely on the flags
/// (`DUFFZERO` of the compiler, whose other calls have `clobberFlags`).
const CLEAR_MEMORY: &[u8] = b"runtime.duffzero";

fn known_functions<'s>(
    elf: &Elf,
    code: &Code,
    name: &dyn Fn(Symbol) -> Option<&'s [u8]>,
    with_branches: bool,
) -> KnownFunctions {
    let named = |is_wanted: &dyn Fn(&[u8]) -> bool| -> Vec<Symbol> {
        let is_wanted = |symbol: &&Symbol| name(**symbol).is_some_and(is_wanted);
        code.symbols.iter().filter(is_wanted).copied().collect()
    };
    let at = |is_wanted: &dyn Fn(&[u8]) -> bool| -> HashSet<u64> {
        named(is_wanted).iter().map(|symbol| symbol.address).collect()
    };
    let or_slots = |is_wanted: &dyn Fn(&[u8]) -> bool| -> HashSet<u64> {
        let functions = at(is_wanted);
        let slots = elf.slots_of(is_wanted).into_iter().chain(elf.slots_with(&functions));
        slots.chain(functions.iter().copied()).collect()
    };
    let for_branches = |is_wanted: &dyn Fn(&[u8]) -> bool| {
        if with_branches { or_slots(is_wanted) } else { HashSet::new() }
    };
    let clearing = named(&|name| name == CLEAR_MEMORY);
    KnownFunctions {
        no_return: or_slots(&never_returns),
        unwinding: or_slots(&|name| name == RESUME_UNWINDING),
        of_checks: for_branches(&is_of_check),
        of_guards: for_branches(&is_of_guard),
        deletes: for_branches(&is_delete),
        initialisers: for_branches(&|name| name.starts_with(INITIALISER)),
        resumed_at_call: at(&|name| name == RUN_DEFERRED),
        keeps_flags: clearing.iter().map(|symbol| symbol.address..symbol.address + symbol.size).collect(),
    }
}
