//! Jumps through tables, as compilers make them of a `switch`: which table a jump uses, which entries of it,
//! and where they lead.
//!
//! A table has addresses, or distances from the table itself. The instructions before the jump say which
//! table it is. The conditional jump right before these says how many entries it has: it leads elsewhere if
//! the index is too large. Without one, as where a compiler knows all values, a table of distances ends where
//! an entry leads out of the function, or where something else is referred to.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};
use iced_x86::{
    Code as Opcode, ConditionCode, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind, Register,
};

use super::super::decisions::indirect_decision;
use super::leaders::ways_to;
use super::table_jump::{Kind, TableJump};
use super::values::Values as CopiedValues;
use super::{Leaders, decode};
use crate::elf::LoadedData;
use crate::machine::BranchJump;

/// No table has more entries.
const MOST_ENTRIES: u64 = 1 << 16;

/// An address that code has in a register: known, or what the register had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Address {
    Known(u64),
    In(Register),
}

/// What a register has, as far as a jump through a table needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Unknown,
    Address(Address),
    /// A distance from a table that begins at one of these.
    Distance([Address; 2]),
    /// An entry of a table, as an address.
    Target(Address, Kind),
}

/// The values of the registers in code that runs one instruction after the other.
#[derive(Default)]
struct Values(HashMap<Register, Value>);

impl Values {
    fn of(&self, register: Register) -> Value {
        let register = register.full_register();
        self.0.get(&register).copied().unwrap_or(Value::Address(Address::In(register)))
    }

    fn address_in(&self, register: Register) -> Option<Address> {
        match self.of(register) {
            Value::Address(address) => Some(address),
            _ => None,
        }
    }

    /// What an instruction puts into the register that is its first operand, if that matters.
    fn result(&self, instruction: &Instruction) -> Option<Value> {
        let (base, index) = (instruction.memory_base(), instruction.memory_index());
        let is_stored = instruction.op1_kind() == OpKind::Memory;
        match instruction.code() {
            Opcode::Lea_r64_m if base == Register::RIP => {
                Some(Value::Address(Address::Known(instruction.ip_rel_memory_address())))
            }
            Opcode::Mov_r64_imm64 | Opcode::Mov_r32_imm32 | Opcode::Mov_rm64_imm32
                if instruction.op0_kind() == OpKind::Register =>
            {
                Some(Value::Address(Address::Known(instruction.immediate(1))))
            }
            Opcode::Movsxd_r64_rm32 | Opcode::Mov_r32_rm32
                if is_stored && index != Register::None && instruction.memory_displacement64() == 0 =>
            {
                let address = |register| self.address_in(register);
                let [one, other] = [address(base), address(index)];
                Some(Value::Distance([one.or(other)?, other.or(one)?]))
            }
            Opcode::Mov_r64_rm64 if is_stored => {
                Some(Value::Target(self.entry_of(instruction)?, Kind::Addresses))
            }
            Opcode::Mov_r64_rm64 | Opcode::Mov_rm64_r64 if instruction.op0_kind() == OpKind::Register => {
                Some(self.of(instruction.op1_register()))
            }
            Opcode::Movsxd_r64_rm32 => match self.of(instruction.op1_register()) {
                distance @ Value::Distance(_) => Some(distance),
                _ => None,
            },
            Opcode::Cdqe => match self.of(Register::RAX) {
                distance @ Value::Distance(_) => Some(distance),
                _ => None,
            },
            Opcode::Add_r64_rm64 | Opcode::Add_rm64_r64
                if !is_stored && instruction.op0_kind() == OpKind::Register =>
            {
                let operands = [instruction.op0_register(), instruction.op1_register()];
                match operands.map(|operand| self.of(operand)) {
                    [Value::Distance(from), Value::Address(table)]
                    | [Value::Address(table), Value::Distance(from)]
                        if from.contains(&table) =>
                    {
                        Some(Value::Target(table, Kind::Distances))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Where the table of addresses begins of which an instruction has an entry as its operand.
    fn entry_of(&self, instruction: &Instruction) -> Option<Address> {
        let (base, displacement) = (instruction.memory_base(), instruction.memory_displacement64());
        let is_entry = instruction.memory_index() != Register::None
            && u64::from(instruction.memory_index_scale()) == Kind::Addresses.length();
        match base {
            _ if !is_entry => None,
            Register::None => Some(Address::Known(displacement)),
            _ => self.address_in(base).filter(|_| displacement == 0),
        }
    }

    fn step(&mut self, instruction: &Instruction, factory: &mut InstructionInfoFactory) {
        let result = self.result(instruction);
        for used in factory.info(instruction).used_registers() {
            if !matches!(used.access(), OpAccess::Read | OpAccess::CondRead) {
                self.0.insert(used.register().full_register(), Value::Unknown);
            }
        }
        if let Some(result) = result {
            let register =
                if instruction.code() == Opcode::Cdqe { Register::RAX } else { instruction.op0_register() };
            self.0.insert(register.full_register(), result);
        }
    }
}

impl Leaders<'_, '_> {
    /// Finds the jumps through tables, and where they lead. Nothing of the data has been marked yet.
    pub(super) fn find_table_jumps(&mut self, data: &LoadedData) {
        self.unlisted_marks = self.other_marks.clone();
        self.table_addresses = self.tables.iter().map(|(table, _)| *table).collect();
        self.table_addresses.sort_unstable();
        self.indirect_jumps.sort_unstable();
        for (address, part) in std::mem::take(&mut self.indirect_jumps) {
            match self.read_table_jump(address, data) {
                Some(found) => self.table_jumps.push(found),
                None => self.parts[part].has_unknown_jump = true,
            }
        }
        let listed = self.table_jumps.iter().map(|found| &found.jump);
        let listed = listed.flat_map(|jump| jump.targets.iter().map(|target| (*target, jump.address)));
        self.listed = listed.collect();
        self.listed.sort_unstable();
        let checks = self.table_jumps.iter().filter_map(|found| Some((found.check?, found.jump.address)));
        self.table_checks = checks.collect();
        self.table_checks.sort_unstable();
    }

    /// Marks what words in data refer to. Those in tables of known jumps are listed.
    pub(super) fn mark_data(&mut self, data: &LoadedData) {
        let tables = self.table_jumps.iter().filter(|found| found.kind == Kind::Addresses);
        let words = tables.flat_map(|found| (0..found.entries as u64).map(|entry| found.table + 8 * entry));
        let words: HashSet<u64> = words.collect();
        for &(address, bytes) in data.sections() {
            let skipped = address.wrapping_neg() % 8;
            let aligned = bytes.get(skipped as usize..).unwrap_or_default();
            for (place, word) in (address + skipped..).step_by(8).zip(aligned.as_chunks::<8>().0) {
                let target = u64::from_le_bytes(*word);
                if words.contains(&place) { self.mark_listed(target) } else { self.mark(target) }
            }
        }
    }

    /// The jump at `address`, if that is one of those through tables.
    pub(super) fn table_jump_at(&self, address: u64) -> Option<&TableJump> {
        let index = self.table_jumps.binary_search_by_key(&address, |found| found.jump.address).ok()?;
        Some(&self.table_jumps[index])
    }

    /// The jumps through tables whose bounds the conditional jump at `check` has checked.
    pub(super) fn checked(&self, check: u64) -> impl Iterator<Item = &TableJump> {
        let jumps = ways_to(&self.table_checks, check).iter();
        jumps.filter_map(|(_, jump)| self.table_jump_at(*jump))
    }

    /// The first address behind `table` to which code refers as to a table.
    pub(super) fn next_table(&self, table: u64) -> Option<u64> {
        self.table_addresses.get(self.table_addresses.partition_point(|address| *address <= table)).copied()
    }

    /// Reads the jump at `address`, if it is one through a table, and where it can lead is known.
    fn read_table_jump(&self, address: u64, data: &LoadedData) -> Option<TableJump> {
        let start = self.run_start(address);
        let (mut values, mut factory) = (Values::default(), InstructionInfoFactory::new());
        for before in decode(self.code, start).take_while(|it| it.ip() < address) {
            values.step(&before, &mut factory);
        }
        let jump = decode(self.code, address).next()?;
        let decision = indirect_decision(&jump)?;
        let (table, kind) = match jump.op0_kind() {
            OpKind::Register => match values.of(jump.op0_register()) {
                Value::Target(table, kind) => (table, kind),
                _ => return None,
            },
            _ => (values.entry_of(&jump)?, Kind::Addresses),
        };
        let table = match table {
            Address::Known(table) => table,
            Address::In(register) => self.only_address_in(register, address)?,
        };
        let (check, limit) = self.check_before(start, address).unzip();
        let entries: Vec<u64> = self.entries(table, kind, limit, address, data)?;
        let mut targets = entries.clone();
        targets.sort_unstable();
        targets.dedup();
        let operand = if jump.op0_kind() == OpKind::Memory { jump.memory_displacement64() } else { 0 };
        let jump = BranchJump { address, length: jump.len() as u8, decision, operand, targets };
        Some(TableJump { jump, table, kind, entries: entries.len(), check })
    }

    /// The targets in the table at `table`: `limit` of them, or up to its end. `None` if one is no code.
    fn entries(
        &self,
        table: u64,
        kind: Kind,
        limit: Option<u64>,
        jump: u64,
        data: &LoadedData,
    ) -> Option<Vec<u64>> {
        let targets = kind.targets(table, data.from(table)?);
        if let Some(limit) = limit {
            let entries: Vec<u64> = targets.take(limit as usize).collect();
            let is_whole = entries.len() as u64 == limit;
            return (is_whole && entries.iter().all(|target| self.begins_instruction(*target)))
                .then_some(entries);
        }
        let end = self.next_table(table).unwrap_or(u64::MAX);
        let most = (end - table).div_ceil(kind.length()).min(MOST_ENTRIES);
        let is_target =
            |target: &u64| self.begins_instruction(*target) && self.are_in_one_part(*target, jump);
        let entries: Vec<u64> = targets.take(most as usize).take_while(is_target).collect();
        (kind == Kind::Distances && entries.len() >= 2).then_some(entries)
    }

    /// The conditional jump behind which the code at `start` up to a `jump` runs, if it compares the index of
    /// that with a constant; and how many indexes lead here.
    fn check_before(&self, start: u64, jump: u64) -> Option<(u64, u64)> {
        let (index, at) = self.code.place(start)?;
        let is_continued = !self.islands[index].contains(at);
        let check = match self.jumps_to(start) {
            [] if is_continued => {
                let before = (0..at).rev().take(16).find(|at| self.instructions[index].contains(*at))?;
                self.code.regions()[index].start + before as u64
            }
            [(_, jump)] if !is_continued => *jump,
            _ => return None,
        };
        let before = decode(self.code, self.run_start(check)).take_while(|it| it.ip() < check);
        let compares = before.filter(|it| it.rflags_modified() != 0).last()?;
        let is_constant = matches!(compares.mnemonic(), Mnemonic::Cmp | Mnemonic::Sub)
            && matches!(
                compares.op1_kind(),
                OpKind::Immediate8
                    | OpKind::Immediate16
                    | OpKind::Immediate32
                    | OpKind::Immediate8to16
                    | OpKind::Immediate8to32
                    | OpKind::Immediate8to64
                    | OpKind::Immediate32to64
            );
        let check_jump = decode(self.code, check).next()?;
        let more = match (check_jump.condition_code(), is_continued) {
            (ConditionCode::a, true) | (ConditionCode::be, false) => 1,
            (ConditionCode::ae, true) | (ConditionCode::b, false) => 0,
            _ => return None,
        };
        let limit = is_constant.then(|| compares.immediate(1))?.checked_add(more)?;
        let is_possible = (1..=MOST_ENTRIES).contains(&limit);
        (is_possible && self.is_index_compared(&compares, check, start..jump)).then_some((check, limit))
    }

    /// Is the index with which `code` reads a table what the instruction `compares` compares, before the
    /// conditional jump at `check`?
    fn is_index_compared(&self, compares: &Instruction, check: u64, code: Range<u64>) -> bool {
        let (mut values, mut factory) = (CopiedValues::of_copies(), InstructionInfoFactory::new());
        let mut compared = None;
        for instruction in decode(self.code, self.run_start(check)).take_while(|it| it.ip() < check) {
            if instruction.ip() == compares.ip() {
                compared = Some(values.of_operand(&instruction));
            }
            values.step(&instruction, &mut factory);
        }
        for instruction in decode(self.code, code.start).take_while(|it| it.ip() <= code.end) {
            let (base, index) = (instruction.memory_base(), instruction.memory_index());
            let is_read = instruction.mnemonic() != Mnemonic::Lea && index != Register::None;
            if is_read {
                let mut is_compared = |register| Some(values.of(register)) == compared;
                return is_compared(index) || (base != Register::None && is_compared(base));
            }
            values.step(&instruction, &mut factory);
        }
        false
    }

    /// The address that `register` has wherever the function of the jump at `jump` has set it, if that is one
    /// address.
    fn only_address_in(&self, register: Register, jump: u64) -> Option<u64> {
        let part = self.part_at(jump)?.start;
        let end = self.next_part(jump).unwrap_or(u64::MAX);
        let mut factory = InstructionInfoFactory::new();
        let mut found = None;
        for instruction in decode(self.code, part).take_while(|it| it.ip() < end) {
            let writes = factory.info(&instruction).used_registers().iter().any(|used| {
                used.register().full_register() == register
                    && !matches!(used.access(), OpAccess::Read | OpAccess::CondRead)
            });
            if !writes || instruction.mnemonic() == Mnemonic::Pop {
                continue;
            }
            if instruction.code() != Opcode::Lea_r64_m || instruction.memory_base() != Register::RIP {
                return None;
            }
            let address = instruction.ip_rel_memory_address();
            if found.is_some_and(|found| found != address) {
                return None;
            }
            found = Some(address);
        }
        found
    }

    /// Reads all possible tables of distances. The entries that a known jump uses are listed, unless some
    /// other jump may use the table as well. Where the bounds are checked, there are no more entries.
    pub(super) fn read_tables(&mut self, data: &LoadedData) {
        let mut known: HashMap<u64, (usize, bool)> = HashMap::new();
        for TableJump { table, entries, check, .. } in &self.table_jumps {
            let (most, are_all) = known.entry(*table).or_insert((0, true));
            *most = (*most).max(*entries);
            *are_all &= check.is_some();
        }
        let mut beyond = Vec::new();
        for (table, part) in std::mem::take(&mut self.tables) {
            let Some(bytes) = data.from(table) else { continue };
            let is_sure = !self.parts[part].has_unknown_jump;
            let (listed, are_all) = known.get(&table).copied().filter(|_| is_sure).unwrap_or_default();
            let mut within = 0;
            let targets = Kind::Distances.targets(table, bytes);
            let targets = targets.take_while(|target| self.code.place(*target).is_some());
            let targets: Vec<u64> = targets.collect();
            for (index, &target) in targets.iter().enumerate() {
                match index < listed {
                    true => self.mark_listed(target),
                    false if are_all => beyond.push(target),
                    false => self.mark(target),
                }
                within += usize::from(self.part_index(target) == Some(part));
            }
            // A single entry may be chance.
            self.parts[part].has_table |= within >= 2;
        }
        beyond.sort_unstable();
        beyond.dedup();
        let is_entered = |target: &&u64| self.refers_into(**target, **target + 1);
        self.not_entered = beyond.iter().filter(|target| !is_entered(target)).copied().collect();
        beyond.iter().for_each(|&target| self.mark(target));
    }
}
