//! The branches of an executable, by `objdump`: its conditional jumps, the lines to which they belong, and their
//! numbers. docs/branches.md has the rules.

use crate::line_table::{Place, hexadecimal, output_of};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A direction of a branch: source, line, jump of the line, and way.
pub type Direction = (PathBuf, u32, u32, u32);

/// Where a function begins, and its name without arguments.
type Function = (u64, String);

/// The conditional jumps of an executable.
#[derive(Debug, Default)]
pub struct Branches {
    jumps: BTreeMap<u64, Jump>,
}

/// A conditional jump.
#[derive(Debug, Default)]
struct Jump {
    next: u64,
    target: u64,
    function: Function,
    /// The lines to which it belongs, and its number among the jumps of each.
    lines: Vec<(Place, u32)>,
}

impl Branches {
    /// Those of `executable` whose address belongs to lines, as `lines_of` says.
    pub fn read(executable: &Path, lines_of: &dyn Fn(u64) -> Vec<Place>) -> Result<Self, String> {
        let options = ["--wide", "--disassemble", "--no-show-raw-insn", "--demangle"];
        let text = output_of("objdump", &options, executable)?;
        let mut jumps: BTreeMap<u64, Jump> = BTreeMap::new();
        let mut function = (0, String::new());
        let mut last = None;
        // The name of the function that is called where a run of instructions ends, by each of its addresses.
        let mut ends: HashMap<u64, String> = HashMap::new();
        let mut behind_guards = HashSet::new();
        // Behind the test of how many vector registers have arguments.
        let (mut before, mut may_save, mut saving) = (String::new(), None, HashSet::new());
        let (mut run, mut is_behind_guard): (Vec<u64>, bool) = (Vec::new(), false);
        for line in text.lines().map(str::trim) {
            let header = line.strip_suffix(">:").and_then(|line| line.split_once(" <"));
            if let Some((address, name)) = header.and_then(|(at, name)| Some((hexadecimal(at)?, name))) {
                function = (address, without_arguments(name));
                run.clear();
                continue;
            }
            let Some((address, rest)) = line.split_once(':') else { continue };
            let Some(address) = hexadecimal(address) else { continue };
            if let Some(jump) = last.take().and_then(|last| jumps.get_mut(&last)) {
                jump.next = address;
            }
            run.push(address);
            let words: Vec<&str> = rest.split_whitespace().filter(|word| *word != "bnd").collect();
            let Some(&mnemonic) = words.first() else { continue };
            saving
                .extend(may_save.take().filter(|_| words.get(1).is_some_and(|it| it.starts_with("%xmm0,"))));
            if before == "test %al,%al" {
                may_save = Some(address);
            }
            before = words.join(" ");
            let name = rest.split_once('<').map_or("", |(_, name)| name.trim_end_matches('>'));
            let name = name.trim_end_matches("@plt").to_owned();
            let is_call = mnemonic.starts_with("call");
            if mnemonic.starts_with('j') && !mnemonic.starts_with("jmp") {
                if let Some(target) = words.get(1).and_then(|word| hexadecimal(word)) {
                    let jump = Jump { target, function: function.clone(), ..Jump::default() };
                    jumps.insert(address, jump);
                    last = Some(address);
                }
                if is_behind_guard {
                    behind_guards.insert(address);
                }
            }
            if mnemonic.starts_with('j') || is_call || mnemonic.starts_with("ret") {
                is_behind_guard = is_call && name == "__cxa_guard_acquire";
                ends.extend(run.drain(..).map(|at| (at, if is_call { name.clone() } else { String::new() })));
            }
        }
        let is_of_check = |address: u64| ends.get(&address).is_some_and(|name| is_check(name));
        jumps.retain(|address, jump| {
            jump.lines = lines_of(*address).into_iter().map(|place| (place, 0)).collect();
            !jump.lines.is_empty()
                && jump.target != jump.next
                && !behind_guards.contains(address)
                && !saving.contains(address)
                && !is_of_check(jump.target)
                && !is_of_check(jump.next)
        });
        let mut branches = Self { jumps };
        branches.number();
        Ok(branches)
    }

    /// Numbers the jumps of each line: in each instance of a function from the same number on.
    fn number(&mut self) {
        let mut by_line: BTreeMap<Place, Vec<(u64, Function)>> = BTreeMap::new();
        for (address, jump) in &self.jumps {
            for (place, _) in &jump.lines {
                by_line.entry(place.clone()).or_default().push((*address, jump.function.clone()));
            }
        }
        for (place, jumps) in by_line {
            let mut names: Vec<&String> = Vec::new();
            jumps.iter().for_each(|(_, (_, name))| {
                if !names.contains(&name) {
                    names.push(name);
                }
            });
            let mut first = 0;
            for name in names {
                let of_name: Vec<_> = jumps.iter().filter(|(_, function)| function.1 == *name).collect();
                let mut most = 0;
                for instance in of_name.chunk_by(|a, b| a.1.0 == b.1.0) {
                    most = most.max(instance.len() as u32);
                    for (number, (address, _)) in (first..).zip(instance) {
                        let lines = &mut self.jumps.get_mut(address).expect("a known jump").lines;
                        lines.iter_mut().filter(|line| line.0 == place).for_each(|line| line.1 = number);
                    }
                }
                first += most;
            }
        }
    }

    /// All directions.
    pub fn all(&self) -> impl Iterator<Item = Direction> {
        self.jumps.values().flat_map(|jump| jump.directions(0).chain(jump.directions(1)))
    }

    /// The directions that a task takes that goes from `before` to `here`.
    pub fn taken(&self, before: u64, here: u64) -> BTreeSet<Direction> {
        let way = |jump: &Jump| match here {
            _ if here == jump.next => Some(0),
            _ if here == jump.target => Some(1),
            _ => None,
        };
        let jump = self.jumps.get(&before);
        let taken = jump.and_then(|jump| Some(jump.directions(way(jump)?)));
        taken.into_iter().flatten().collect()
    }
}

impl Jump {
    fn directions(&self, way: u32) -> impl Iterator<Item = Direction> {
        self.lines.iter().map(move |((file, line), number)| (file.clone(), *line, *number, way))
    }
}

/// Do compilers call the function where a check of theirs has failed?
fn is_check(name: &str) -> bool {
    const PREFIXES: [&str; 23] = [
        "__stack_chk_fail",
        "__cxa_guard_acquire",
        "__asan_",
        "__hwasan_",
        "__msan_",
        "__tsan_",
        "__ubsan_",
        "__sanitizer_",
        "operator delete(",
        "operator delete[](",
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
