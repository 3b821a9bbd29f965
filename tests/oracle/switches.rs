//! Which jumps of a line are one branch with more than two ways, and where each way leads. docs/branches.md has the
//! rules.

use crate::disassembly::{Disassembly, Instruction};
use crate::line_table::hexadecimal;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A jump through a table.
#[derive(Debug, Clone)]
pub struct TableJump {
    pub targets: BTreeSet<u64>,
    /// The conditional jump that looks at the bounds of the table, and where it goes on to the table.
    pub check: Option<(u64, u64)>,
}

/// The jumps through tables of an executable, by address. `bytes` are those that it has at an address.
pub fn table_jumps<'b>(
    code: &Disassembly,
    bytes: &dyn Fn(u64) -> Option<&'b [u8]>,
) -> BTreeMap<u64, TableJump> {
    let is_code = |address: u64| code.index(address).is_some();
    let leas = code.instructions.iter().filter(|it| it.mnemonic == "lea");
    let referred: BTreeSet<u64> = leas.filter_map(|it| it.refers).filter(|at| !is_code(*at)).collect();
    let mut jumps_to: BTreeMap<u64, Vec<&Instruction>> = BTreeMap::new();
    for jump in &code.instructions {
        jump.target.into_iter().for_each(|target| jumps_to.entry(target).or_default().push(jump));
    }
    let mut found = BTreeMap::new();
    for (index, jump) in code.instructions.iter().enumerate() {
        if !jump.is_jump() || !jump.operands.starts_with('*') || jump.refers.is_some() {
            continue;
        }
        let run = code.run(index);
        let Some((table, length)) = table_of(code, run, &is_code) else { continue };
        let check = check_of(code, jump.address, &jumps_to);
        let entry = |entry: &[u8]| match entry.try_into() {
            Ok(distance) => table.wrapping_add_signed(i32::from_le_bytes(distance).into()),
            Err(_) => u64::from_le_bytes(entry.try_into().unwrap()),
        };
        let entries = bytes(table).unwrap_or_default().chunks_exact(length).map(entry);
        let targets: Vec<u64> = match check {
            Some((_, _, count)) => entries.take(count as usize).collect(),
            None if length == 8 => continue,
            None => {
                let end = referred.range(table + 1..).next().copied().unwrap_or(u64::MAX);
                let is_own = |target: &u64| {
                    let function = code.from(*target).first().map(|it| it.function.0);
                    function == Some(jump.function.0)
                };
                let most = ((end - table).div_ceil(4)).min(1 << 16);
                entries.take(most as usize).take_while(is_own).collect()
            }
        };
        let is_table = if check.is_some() { !targets.is_empty() } else { targets.len() > 1 };
        if is_table && targets.iter().all(|target| is_code(*target)) {
            let check = check.map(|(check, to, _)| (check, to));
            found.insert(jump.address, TableJump { targets: targets.into_iter().collect(), check });
        }
    }
    found
}

/// The table from which the jump at the end of a run gets its target, and the length of its entries.
fn table_of(code: &Disassembly, run: &[Instruction], is_code: &dyn Fn(u64) -> bool) -> Option<(u64, usize)> {
    let (jump, before) = run.split_last()?;
    let absolute = |operand: &str| {
        let place = operand.trim_start_matches('*').strip_suffix(",8)")?;
        let (displacement, registers) = place.split_once('(')?;
        if registers.starts_with(',') {
            return hexadecimal(displacement).filter(|at| *at != 0);
        }
        let base = registers.split(',').next()?;
        let lea = before.iter().rev().find(|it| it.destination() == base)?;
        lea.refers.filter(|_| lea.mnemonic == "lea" && displacement.is_empty())
    };
    if jump.operands.ends_with(')') {
        return absolute(&jump.operands).map(|table| (table, 8));
    }
    let register = jump.operands.trim_start_matches('*');
    let last = before.iter().rev().find(|it| it.destination() == register)?;
    if last.mnemonic == "mov" {
        let source = last.operands.strip_suffix(register)?.strip_suffix(',')?;
        return absolute(source).map(|table| (table, 8));
    }
    if last.mnemonic != "add" {
        return None;
    }
    let load = before
        .iter()
        .rev()
        .find(|it| (it.mnemonic == "movslq" || it.mnemonic == "mov") && it.operands.starts_with('('))?;
    let address = load.operands.split(')').next()?;
    let has = |it: &&Instruction| it.mnemonic == "lea" && address.contains(it.destination());
    let known = |it: &Instruction| it.refers.filter(|at| !is_code(*at));
    if let Some(table) = before.iter().rev().filter(has).find_map(known) {
        return Some((table, 4));
    }
    // The address has been put into a register long before.
    let base = address.trim_start_matches('(').split(',').next()?;
    let function = code.instructions.iter().filter(|it| it.function.0 == jump.function.0);
    let all: BTreeSet<u64> =
        function.filter(|it| has(it) && it.destination() == base).filter_map(known).collect();
    all.iter().next().filter(|_| all.len() == 1).map(|table| (*table, 4))
}

/// The conditional jump before the code that ends with the jump at `jump`, where it goes on, and how many indexes it
/// lets pass.
fn check_of(
    code: &Disassembly,
    jump: u64,
    jumps_to: &BTreeMap<u64, Vec<&Instruction>>,
) -> Option<(u64, u64, u64)> {
    let start = code.run(code.index(jump)?)[0].address;
    let before = &code.instructions[code.index(start)?.checked_sub(1)?];
    let is_continued = !before.is_jump() && !before.mnemonic.starts_with("ret");
    let jumps = jumps_to.get(&start).map_or(&[][..], Vec::as_slice);
    let check = match jumps {
        [] if is_continued => before,
        [one] if !is_continued => *one,
        _ => return None,
    };
    let more = match (check.mnemonic.as_str(), is_continued) {
        ("ja", true) | ("jbe", false) => 1,
        ("jae", true) | ("jb", false) => 0,
        _ => return None,
    };
    let run = code.run(code.index(check.address)?);
    let sets_flags = |it: &&Instruction| {
        ["cmp", "sub", "add", "and", "or", "xor", "test", "sh", "inc", "dec", "sar"]
            .iter()
            .any(|prefix| it.mnemonic.starts_with(prefix))
    };
    let compares = run[..run.len() - 1].iter().rev().find(sets_flags)?;
    let is_constant = compares.mnemonic.starts_with("cmp") || compares.mnemonic.starts_with("sub");
    let limit = hexadecimal(compares.operands.strip_prefix('$')?.split(',').next()?)?;
    let is_index = is_constant && compares_index(run, code, jump);
    (is_index && limit < 1 << 16).then_some((check.address, start, limit + more))
}

/// Is what is compared before the conditional jump at the end of `run` the index with which a jump reads a table?
fn compares_index(run: &[Instruction], code: &Disassembly, jump: u64) -> bool {
    let mut values = Values::default();
    values.run(run);
    let compared = values.compared;
    for instruction in code.run(code.index(jump).unwrap_or(0)) {
        let address = instruction.operands.split_once('(').and_then(|(_, it)| Some(it.split_once(')')?.0));
        let registers: Vec<&str> = address.into_iter().flat_map(|it| it.split(',')).collect();
        if registers.len() > 1 && instruction.mnemonic != "lea" {
            return registers.iter().filter(|it| it.starts_with('%')).any(|it| values.of(it) == compared);
        }
        values.run(std::slice::from_ref(instruction));
    }
    false
}

/// The part of a jump in a branch.
#[derive(Debug, Clone)]
pub struct Part {
    /// The first jump of the branch.
    pub first: u64,
    /// The way that each place to which the jump leads is.
    pub ways: BTreeMap<u64, u32>,
}

/// The jumps of a line, and what is known of the code around them.
pub struct OfLine<'a> {
    pub code: &'a Disassembly,
    pub tables: &'a BTreeMap<u64, TableJump>,
    pub jumps: &'a BTreeSet<u64>,
    /// Is the code at both addresses of the same place in a line?
    pub are_beside: &'a dyn Fn(u64, u64) -> bool,
}

impl OfLine<'_> {
    /// The part of each jump.
    pub fn parts(&self) -> BTreeMap<u64, Part> {
        let mut first: BTreeMap<u64, u64> = self.jumps.iter().map(|jump| (*jump, *jump)).collect();
        let united = self.united();
        let mut unite = |one: u64, other: u64| {
            let (one, other) = (first[&one], first[&other]);
            let low = one.min(other);
            first.values_mut().filter(|it| **it == one || **it == other).for_each(|it| *it = low);
        };
        for &(jump, next) in &united {
            unite(jump, next);
        }
        let is_inside =
            |jump: u64, to: u64| self.next(jump, to).is_some_and(|next| first[&next] == first[&jump]);
        let equalities = self.equalities();
        let mut parts = BTreeMap::new();
        for &jump in self.jumps {
            let members: Vec<u64> =
                self.jumps.iter().copied().filter(|it| first[it] == first[&jump]).collect();
            let leaves = |jump: u64| {
                let targets = self.targets(jump).into_iter();
                targets.filter(move |to| !is_inside(jump, *to)).map(move |to| (to, self.leaf(jump, to)))
            };
            let all: BTreeSet<u64> =
                members.iter().flat_map(|it| leaves(*it)).map(|(_, leaf)| leaf).collect();
            let has_table = members.iter().any(|it| self.tables.contains_key(it));
            let is_loop = !has_table && members.iter().any(|it| comes_back(&united, *it));
            let part = if (all.len() > 2 && !is_loop) || (has_table && all.len() == 2) {
                let way = |leaf: u64| all.iter().position(|it| *it == leaf).unwrap() as u32;
                Part { first: first[&jump], ways: leaves(jump).map(|(to, leaf)| (to, way(leaf))).collect() }
            } else if let Some(&(one, other)) = equalities.get(&jump) {
                let ends: Vec<u64> = self.targets(other).into_iter().map(|to| self.leaf(other, to)).collect();
                let way = |to: u64| ends.iter().position(|end| *end == self.leaf(jump, to));
                let own = self.targets(jump).into_iter();
                let ways = own.filter_map(|to| Some((to, way(to)? as u32))).collect();
                Part { first: one.min(other), ways }
            } else if self.tables.contains_key(&jump) {
                Part { first: jump, ways: BTreeMap::new() }
            } else {
                Part { first: jump, ways: self.targets(jump).into_iter().zip(0..).collect() }
            };
            parts.insert(jump, part);
        }
        parts
    }

    /// The jumps that lead directly into each other, and compare the same value.
    fn united(&self) -> Vec<(u64, u64)> {
        let next = |jump: u64| {
            let targets = self.targets(jump).into_iter();
            targets.filter_map(move |to| Some((self.next(jump, to)?, self.leaf(jump, to))))
        };
        let led_to: BTreeSet<u64> =
            self.jumps.iter().flat_map(|jump| next(*jump)).map(|(next, _)| next).collect();
        let heads = self.jumps.iter().filter(|jump| !led_to.contains(jump)).chain(self.jumps);
        let (mut united, mut done) = (Vec::new(), BTreeSet::new());
        for &head in heads {
            let Some(index) = self.code.index(head) else { continue };
            let (mut pending, mut values) = (Vec::new(), Values::default());
            values.run(self.code.run(index));
            if done.insert(head) {
                pending.push((head, values));
            }
            while let Some((jump, values)) = pending.pop() {
                for (next, from) in next(jump) {
                    if self.tables.contains_key(&next) {
                        united.push((jump, next));
                        continue;
                    }
                    let mut there = values.clone();
                    let code = self.code.from(from);
                    let count = code.iter().position(|it| it.address == next).unwrap_or(0);
                    there.run(&code[..=count]);
                    if there.compared.is_some() && there.compared == values.compared {
                        united.push((jump, next));
                        if done.insert(next) {
                            pending.push((next, there));
                        }
                    }
                }
            }
        }
        united
    }

    /// The pairs of jumps that decide whether floating-point numbers are equal, for both of them: the second one looks
    /// at the comparison of the first, or at the same one made again.
    fn equalities(&self) -> BTreeMap<u64, (u64, u64)> {
        let compares = |it: &&Instruction| ["ucomi", "comi"].iter().any(|of| it.mnemonic.starts_with(of));
        let text = |it: &Instruction| {
            (it.mnemonic.clone(), it.refers.map_or(it.operands.clone(), |to| to.to_string()))
        };
        let mut pairs = BTreeMap::new();
        for &one in self.jumps {
            for to in self.targets(one) {
                let Some(other) = self.next(one, to) else { continue };
                let mnemonic = |jump: u64| self.code.from(jump)[0].mnemonic.as_str();
                let is_parity = |jump: u64| matches!(mnemonic(jump), "jp" | "jnp");
                let is_zero = |jump: u64| matches!(mnemonic(jump), "je" | "jne");
                if !(is_parity(one) && is_zero(other) || is_zero(one) && is_parity(other)) {
                    continue;
                }
                let run = self.code.run(self.code.index(one).unwrap());
                let before: Vec<_> = run[..run.len() - 1].iter().map(text).collect();
                let from = self.leaf(one, to);
                let between = self.code.from(from).iter().take_while(|it| it.address < other);
                let between: Vec<_> = between.map(text).collect();
                let is_again = before.ends_with(&between) || between.iter().all(|it| it.0.starts_with("mov"));
                if is_again && run.iter().rev().take(3).any(|it| compares(&it)) && !pairs.contains_key(&one) {
                    pairs.insert(one, (one, other));
                    pairs.insert(other, (one, other));
                }
            }
        }
        pairs
    }

    /// Where a jump leads: a conditional one to the next instruction and to its target.
    fn targets(&self, jump: u64) -> Vec<u64> {
        match (self.tables.get(&jump), self.code.from(jump).first()) {
            (Some(table), _) => table.targets.iter().copied().collect(),
            (None, Some(instruction)) => vec![instruction.next, instruction.target.unwrap_or(0)],
            _ => Vec::new(),
        }
    }

    /// Where a task is at last that goes from a jump to `to`, if there are nothing but jumps there.
    fn leaf(&self, jump: u64, mut to: u64) -> u64 {
        for _ in 0..4 {
            let Some(hop) = self.code.from(to).first().filter(|it| it.is_jump()) else { break };
            let Some(target) = hop.target.filter(|_| !self.tables.contains_key(&jump)) else { break };
            if !(self.are_beside)(to, jump) && !(self.are_beside)(to, target) {
                break;
            }
            to = target;
        }
        to
    }

    /// The jump of the same `switch` to which a jump leads by way of `to`.
    fn next(&self, jump: u64, to: u64) -> Option<u64> {
        if self.tables.contains_key(&jump) {
            return None;
        }
        let to = self.leaf(jump, to);
        let checked = self.tables.iter().find(|(_, table)| table.check == Some((jump, to)));
        if let Some((table, _)) = checked.filter(|(table, _)| self.jumps.contains(table)) {
            return Some(*table);
        }
        let code = self.code.from(to);
        let count = code.iter().take(16).position(|it| self.jumps.contains(&it.address))?;
        let (between, next) = (&code[..count], code[count].address);
        let is_plain = |it: &Instruction| {
            let compares = ["cmp", "test", "nop"].iter().any(|prefix| it.mnemonic.starts_with(prefix));
            let is_stored = it.destination().ends_with(')') && !compares;
            !it.ends_run() && !is_stored && !it.mnemonic.starts_with("pu") && !it.mnemonic.starts_with("po")
        };
        let is_one = !self.tables.contains_key(&next)
            && code[..=count].iter().all(|it| (self.are_beside)(jump, it.address))
            && between.iter().all(is_plain);
        is_one.then_some(next)
    }
}

/// Do some of these steps from jump to jump lead from `jump` back to it?
fn comes_back(steps: &[(u64, u64)], jump: u64) -> bool {
    let mut reached = BTreeSet::from([jump]);
    loop {
        let next = steps.iter().filter(|(from, _)| reached.contains(from)).map(|(_, to)| *to);
        let next: BTreeSet<u64> = next.collect();
        if next.contains(&jump) {
            return true;
        }
        let before = reached.len();
        reached.extend(next);
        if reached.len() == before {
            return false;
        }
    }
}

/// Which operands have values that are computed of one value, by number, and of constants.
#[derive(Debug, Clone, Default)]
struct Values {
    known: HashMap<String, Option<u32>>,
    /// What has been compared last.
    compared: Option<u32>,
    last: u32,
}

impl Values {
    fn run(&mut self, code: &[Instruction]) {
        code.iter().filter(|it| !it.ends_run()).for_each(|it| self.step(it));
    }

    fn of(&mut self, operand: &str) -> Option<u32> {
        if operand.starts_with('$') {
            return None;
        }
        if let Some(inner) = operand.strip_suffix(')').and_then(|it| Some(it.split_once('(')?.1))
            && !inner.starts_with("%rbp")
            && !inner.starts_with("%rsp")
        {
            // It may be another place than before.
            self.last += 1;
            return Some(self.last);
        }
        let last = &mut self.last;
        let new = || {
            *last += 1;
            Some(*last)
        };
        *self.known.entry(whole_register(operand)).or_insert_with(new)
    }

    fn step(&mut self, instruction: &Instruction) {
        let destination = instruction.destination().to_owned();
        let source = instruction.operands.strip_suffix(&destination).unwrap_or("").trim_end_matches(',');
        let value = match instruction.mnemonic.as_str() {
            it if it.starts_with("set") => self.compared,
            it if it.starts_with("mov") => self.of(source),
            "lea" => {
                let registers = source.split_once('(').map_or("", |(_, it)| it.trim_end_matches(')'));
                let registers: Vec<&str> = registers.split(',').filter(|it| it.starts_with('%')).collect();
                let values: BTreeSet<Option<u32>> = registers.iter().map(|it| self.of(it)).collect();
                self.one_of(values)
            }
            it if it.starts_with("nop") || matches!(it, "cltq" | "cwtl" | "xchg" | "data16") => return,
            _ => {
                let operands = [self.of(source).filter(|_| !source.is_empty()), self.of(&destination)];
                self.one_of(operands.into_iter().collect())
            }
        };
        let compares = ["cmp", "test", "bt"].iter().any(|it| instruction.mnemonic.starts_with(it));
        if compares || !(["mov", "lea", "set"].iter().any(|it| instruction.mnemonic.starts_with(it))) {
            self.compared = value;
        }
        if !compares {
            self.known.insert(whole_register(&destination), value);
        }
    }

    /// The value of a result that is computed of these.
    fn one_of(&mut self, mut values: BTreeSet<Option<u32>>) -> Option<u32> {
        values.remove(&None);
        if values.len() > 1 {
            self.last += 1;
            return Some(self.last);
        }
        values.into_iter().next().flatten()
    }
}

/// One name for all parts of a register.
fn whole_register(operand: &str) -> String {
    let Some(name) = operand.strip_prefix('%') else { return operand.to_owned() };
    let digits = name.trim_start_matches('r').trim_end_matches(['d', 'w', 'b']);
    if name.starts_with('r') && digits.parse::<u32>().is_ok() {
        return format!("%r{digits}");
    }
    let name = name.trim_start_matches(['r', 'e']);
    let letters = name.trim_end_matches(['x', 'l', 'h']);
    format!("%{}", if name.len() == 2 && letters.len() == 1 { letters } else { name.trim_end_matches('l') })
}
