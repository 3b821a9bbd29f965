//! The branches of an executable, by `objdump`: its jumps that can lead to several places, the lines to which they
//! belong, and their numbers. docs/branches.md has the rules.

use crate::disassembly::{Disassembly, Instruction};
use crate::line_table::Place;
use crate::switches::{self, OfLine, Part};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// A direction of a branch: source, line, branch of the line, and way.
pub type Direction = (PathBuf, u32, u32, u32);

/// What the rows of an executable say of its code.
pub trait Rows {
    /// The lines to which the jump at an address belongs.
    fn lines_of_jump(&self, address: u64) -> Vec<Place>;

    /// The lines to which a jump at `address` belongs in whose code there is no line, if code with one runs from
    /// `start` up to it.
    fn lines_before(&self, start: u64, address: u64) -> Vec<Place>;

    /// Is the code at both addresses of the same place in a line?
    fn are_beside(&self, one: u64, other: u64) -> bool;

    /// The line of the operand that a conditional jump of a line depends on, if that is another one.
    fn line_of_operand(&self, place: &Place, jump: &Instruction, code: &Disassembly) -> Option<Place>;
}

/// The branches of an executable.
#[derive(Debug, Default)]
pub struct Branches {
    /// For each jump and each place to which it leads, the directions that are taken then.
    directions: BTreeMap<u64, BTreeMap<u64, BTreeSet<Direction>>>,
}

/// A branch of a line.
#[derive(Debug)]
struct Branch {
    first: u64,
    /// For each jump and each place to which it leads, the way.
    ways: Vec<(u64, u64, u32)>,
}

impl Branches {
    /// Those of `executable`; `bytes` are those at an address.
    pub fn read<'b>(
        executable: &Path,
        rows: &dyn Rows,
        bytes: &dyn Fn(u64) -> Option<&'b [u8]>,
    ) -> Result<Self, String> {
        let code = Disassembly::read(executable)?;
        let tables = switches::table_jumps(&code, bytes);
        let mut by_line: BTreeMap<Place, BTreeSet<u64>> = BTreeMap::new();
        for jump in conditional_jumps(&code) {
            let lines = rows.lines_of_jump(jump.address);
            let checked = tables
                .iter()
                .filter(|(_, table)| table.check.is_some_and(|(check, _)| check == jump.address));
            let jumps = [jump.address].into_iter().chain(checked.map(|(table, _)| *table));
            for (place, jump) in jumps.flat_map(|jump| lines.iter().map(move |place| (place, jump))) {
                by_line.entry(place.clone()).or_default().insert(jump);
            }
        }
        for (address, _) in tables.iter().filter(|(_, table)| table.check.is_none()) {
            let mut lines = rows.lines_of_jump(*address);
            if lines.is_empty() {
                let run = code.run(code.index(*address).unwrap_or(0));
                lines = rows.lines_before(run[0].address, *address);
            }
            for place in lines {
                by_line.entry(place).or_default().insert(*address);
            }
        }
        let mut branches: BTreeMap<Place, Vec<Branch>> = BTreeMap::new();
        for (place, jumps) in &by_line {
            let are_beside = |one, other| rows.are_beside(one, other);
            let of_line = OfLine { code: &code, tables: &tables, jumps, are_beside: &are_beside };
            let parts = of_line.parts();
            for (first, members) in by_first(&parts) {
                let jump = &code.from(first)[0];
                let is_alone = members.len() == 1 && jump.is_conditional();
                let moved = rows.line_of_operand(place, jump, &code).filter(|_| is_alone);
                let ways = members
                    .iter()
                    .flat_map(|(jump, part)| part.ways.iter().map(|(to, way)| (*jump, *to, *way)));
                let ways: Vec<_> = ways.collect();
                if !ways.is_empty() {
                    branches.entry(moved.unwrap_or(place.clone())).or_default().push(Branch { first, ways });
                }
            }
        }
        let mut all = Self::default();
        for (place, mut of_line) in branches {
            of_line.sort_by_key(|branch| branch.first);
            let numbers = numbers(of_line.iter().map(|branch| &code.from(branch.first)[0].function));
            for (branch, number) in of_line.iter().zip(numbers) {
                for (jump, to, way) in &branch.ways {
                    let direction = (place.0.clone(), place.1, number, *way);
                    let directions = all.directions.entry(*jump).or_default().entry(*to).or_default();
                    directions.insert(direction);
                }
            }
        }
        Ok(all)
    }

    /// All directions.
    pub fn all(&self) -> impl Iterator<Item = Direction> {
        self.directions.values().flat_map(BTreeMap::values).flatten().cloned()
    }

    /// The directions that a task takes that goes from `before` to `here`.
    pub fn taken(&self, before: u64, here: u64) -> BTreeSet<Direction> {
        let taken = self.directions.get(&before).and_then(|ways| ways.get(&here));
        taken.cloned().unwrap_or_default()
    }
}

/// The parts of jumps in branches, by the first jump of each branch.
fn by_first(parts: &BTreeMap<u64, Part>) -> BTreeMap<u64, Vec<(u64, &Part)>> {
    let mut found: BTreeMap<u64, Vec<(u64, &Part)>> = BTreeMap::new();
    for (jump, part) in parts {
        found.entry(part.first).or_default().push((*jump, part));
    }
    found
}

/// The conditional jumps, but for those of checks that compilers insert.
fn conditional_jumps(code: &Disassembly) -> Vec<&Instruction> {
    // The name of the function that is called where a run of instructions ends.
    let called_at = |address: u64| {
        let end = code.from(address).iter().find(|it| it.ends_run());
        end.filter(|it| it.mnemonic.starts_with("call")).map_or("", |it| it.name.as_str())
    };
    // A jump can lead to a jump.
    let called = |address: u64| {
        let first = |address: u64| code.from(address).iter().find(|it| !it.is_padding());
        let mut at = address;
        while called_at(at).is_empty()
            && let Some(to) = first(at).filter(|it| it.is_jump()).and_then(|it| it.target)
            && to != at
        {
            at = to;
        }
        called_at(at)
    };
    let mut behind_guards = HashSet::new();
    let mut guard = false;
    for instruction in code.instructions.iter().filter(|it| it.ends_run()) {
        if guard && instruction.is_conditional() {
            behind_guards.insert(instruction.address);
        }
        guard = instruction.mnemonic.starts_with("call") && instruction.name == "__cxa_guard_acquire";
    }
    let saves_vectors = |index: usize| {
        let [before, after] = [index.wrapping_sub(1), index + 1].map(|at| code.instructions.get(at));
        before.is_some_and(|it| it.mnemonic == "test" && it.operands == "%al,%al")
            && after.is_some_and(|it| it.operands.starts_with("%xmm0,"))
    };
    // Whether an argument of `va_arg` is in a register: less than 48 or 176 bytes of them have been read.
    let finds_argument = |index: usize| {
        let jump = &code.instructions[index];
        let compare = code.instructions.get(index.wrapping_sub(1));
        let is_limit = compare.is_some_and(|it| {
            let limits = ["$0x2f,", "$0x27,", "$0x28,", "$0xaf,", "$0x9f,", "$0xa0,"];
            it.mnemonic.starts_with("cmp") && limits.iter().any(|limit| it.operands.starts_with(limit))
        });
        let on_stack = jump.target.map_or(&[][..], |target| code.from(target));
        let advances = |it: &Instruction| it.operands.starts_with("0x8(") || it.operands.starts_with("$0x8,");
        jump.mnemonic == "ja" && is_limit && on_stack.iter().take(6).any(advances)
    };
    let frees = |address: u64| called_at(address).starts_with("operator delete");
    let leads_around_delete = |index: usize| {
        let jump = &code.instructions[index];
        let target = jump.target.unwrap_or_default();
        let end = code.from(jump.next).iter().find(|it| it.ends_run());
        let tests_null = code.instructions.get(index.wrapping_sub(1)).is_some_and(|it| {
            let of_register = it.operands.split_once(',').is_some_and(|(one, other)| one == other);
            (it.mnemonic == "test" && of_register && it.operands.starts_with("%r"))
                || it.mnemonic == "cmpq" && it.operands.starts_with("$0x0,")
        });
        (frees(jump.next) && end.is_some_and(|end| end.address < target))
            || (jump.mnemonic == "jne" && tests_null && frees(target))
    };
    // What an initialiser of variables compares: its arguments.
    let is_of_initialiser = |index: usize| {
        let compare = code.instructions.get(index.wrapping_sub(1));
        code.instructions[index].function.1.starts_with("__static_initialization_and_destruction_0")
            && compare.is_some_and(|it| {
                let of = ["-0x4(%rbp)", "-0x8(%rbp)", "%edi", "%esi"];
                it.mnemonic.starts_with("cmp") && of.contains(&it.destination())
            })
    };
    let divides_by_minus_one = |index: usize| {
        let compare = code.instructions.get(index.wrapping_sub(1));
        let negates = code.instructions[index].target.and_then(|target| code.from(target).first());
        code.instructions[index].mnemonic == "je"
            && compare.is_some_and(|it| it.mnemonic == "cmp" && it.operands.starts_with("$0xffffffff"))
            && negates.is_some_and(|it| it.mnemonic.starts_with("neg"))
    };
    // A conversion of an unsigned number of 64 bits: what the processor takes for negative is halved before and
    // doubled behind, or 2^63 is subtracted or added.
    let converts = |index: usize| {
        let jump = &code.instructions[index];
        let side = |address: u64| -> Vec<&str> {
            let run = code.from(address).iter().take(12).take_while(|it| !it.ends_run());
            run.map(|it| it.mnemonic.as_str()).collect()
        };
        let before: Vec<&str> = code.run(index).iter().map(|it| it.mnemonic.as_str()).collect();
        let sides = [side(jump.next), side(jump.target.unwrap_or_default())];
        let has = |run: &[&str], wanted: &str| run.iter().any(|it| it.starts_with(wanted));
        let doubles = |run: &[&str]| has(run, "cvtsi2s") && has(run, "adds") && has(run, "shr");
        match jump.mnemonic.as_str() {
            "js" | "jns" => {
                doubles(&sides[0])
                    || doubles(&sides[1])
                    || doubles(&before)
                    || has(&before, "fild")
                        && sides.iter().any(|it| it.iter().take(2).any(|it| it.starts_with("fadd")))
            }
            "jae" | "jb" => {
                let truncates = |run: &Vec<&str>| has(run, "cvtts") || has(run, "fistp");
                sides.iter().all(truncates) && sides.iter().any(|it| has(it, "subs") || has(it, "fsub"))
            }
            _ => false,
        }
    };
    let jumps = code.instructions.iter().enumerate().filter(|(index, jump)| {
        jump.is_conditional()
            && jump.target.is_some_and(|target| target != jump.next && !is_check(called(target)))
            && !behind_guards.contains(&jump.address)
            && !saves_vectors(*index)
            && !finds_argument(*index)
            && !leads_around_delete(*index)
            && !is_of_initialiser(*index)
            && !divides_by_minus_one(*index)
            && !converts(*index)
            && !is_check(called(jump.next))
    });
    jumps.map(|(_, jump)| jump).collect()
}

/// Numbers the branches of a line: in each instance of a function from the same number on.
fn numbers<'f>(functions: impl Iterator<Item = &'f (u64, String)>) -> Vec<u32> {
    let functions: Vec<(u64, String)> = functions.map(|(at, name)| (*at, without_arguments(name))).collect();
    let mut names: Vec<&String> = Vec::new();
    for (_, name) in &functions {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut numbers = vec![0; functions.len()];
    let mut first = 0;
    for name in names {
        let of_name: Vec<usize> = (0..functions.len()).filter(|at| functions[*at].1 == *name).collect();
        let mut most = 0;
        for instance in of_name.chunk_by(|a, b| functions[*a].0 == functions[*b].0) {
            most = most.max(instance.len() as u32);
            instance.iter().zip(first..).for_each(|(at, number)| numbers[*at] = number);
        }
        first += most;
    }
    numbers
}

/// Do compilers call the function where a check of theirs has failed?
fn is_check(name: &str) -> bool {
    const PREFIXES: [&str; 21] = [
        "__stack_chk_fail",
        "__cxa_guard_acquire",
        "__asan_report_",
        "__asan_stack_malloc_",
        "__hwasan_tag_mismatch",
        "__msan_warning",
        "__ubsan_handle_",
        "__sanitizer_ptr_",
        "core::panicking::panic_const::",
        "core::panicking::panic_bounds_check",
        "core::panicking::panic_misaligned_pointer_dereference",
        "core::panicking::panic_null_pointer_dereference",
        "__gnat_rcheck_",
        "_d_arraybounds",
        "_gfortran_runtime_error",
        "runtime.morestack",
        "runtime.gcWriteBarrier",
        "runtime.panicIndex",
        "runtime.panicSlice",
        "runtime.panicdivide",
        "runtime.panicshift",
    ];
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// A name without what is in brackets.
fn without_arguments(name: &str) -> String {
    let mut depth = 0_i32;
    let mut kept = String::new();
    for character in name.chars() {
        match character {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = (depth - 1).max(0),
            other if depth == 0 => kept.push(other),
            _ => {}
        }
    }
    kept
}
