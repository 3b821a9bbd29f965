//! Leaders: the addresses at which a basic block may begin other than behind a jump.
//!
//! Every address in code that the object refers to is a leader. References are targets of direct jumps
//! and calls; addresses that an instruction computes (`lea`) or, in a program at fixed addresses,
//! contains as an immediate value; addresses in data and in dynamic relocations; entries of jump tables;
//! landing pads; functions; and calls at which a runtime continues a function.
//!
//! A jump table contains either addresses, which are data like others, or distances from the table. A
//! table of distances begins where an instruction refers to, and is read for as long as its entries lead
//! to code. If a function jumps to an address that it has computed, and refers to no such table, its targets
//! may come from somewhere else, and are unknown.

use std::ops::Range;

use fixedbitset::FixedBitSet;
use hashbrown::HashSet;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};

use super::data_in_code::jumped_over;
use super::register_jumps::{RegisterJump, loaded_from};
use super::table_jump::TableJump;
use crate::elf::landing_pads::UnwindInfo;
use crate::elf::{Code, Region};
use crate::elf::{Elf, LoadedData, Symbol};
use crate::machine::KnownFunctions;

/// What refers to the code of an object.
pub(crate) struct Leaders<'b, 'c> {
    pub(super) code: &'b Code<'c>,
    /// For each region, the offsets that are referred to.
    pub(super) marks: Vec<FixedBitSet>,
    /// Those of them to which something else than a direct jump or the unwinder refers.
    pub(super) other_marks: Vec<FixedBitSet>,
    /// Those of these to which something else than the table of a jump refers that is known. Empty without
    /// branches.
    pub(super) unlisted_marks: Vec<FixedBitSet>,
    /// Where the unwinder continues, ascending.
    pub(super) landing_pads: Vec<u64>,
    /// The direct jumps and calls: target and place, ascending.
    jumps: Vec<(u64, u64)>,
    /// The indirect jumps, and the part that has each.
    pub(super) indirect_jumps: Vec<(u64, usize)>,
    /// Those of them through tables that are known, ascending.
    pub(super) table_jumps: Vec<TableJump>,
    /// The checks of their bounds, and where they are themselves, ascending.
    pub(super) table_checks: Vec<(u64, u64)>,
    /// Where these lead: target and place, ascending.
    pub(super) listed: Vec<(u64, u64)>,
    /// For each region, the offsets at which an instruction begins.
    pub(super) instructions: Vec<FixedBitSet>,
    /// Those of them behind an instruction that jumps, calls, or enters the kernel.
    run_starts: Vec<FixedBitSet>,
    /// Those of them to which no task comes from the instruction before.
    pub(super) islands: Vec<FixedBitSet>,
    /// Ascending.
    pub(super) parts: Vec<FunctionPart>,
    /// Jumps to the function whose address is at a place in memory: where, and that place.
    stubs: Vec<(u64, u64)>,
    /// Calls of the function whose address is at a place in memory: that place, and where.
    slot_calls: Vec<(u64, u64)>,
    /// Calls of [`KnownFunctions::unwinding`].
    resumes: Vec<u64>,
    /// Calls of [`KnownFunctions::of_checks`], of [`KnownFunctions::of_guards`] and of
    /// [`KnownFunctions::deletes`], ascending.
    pub(super) check_calls: Vec<u64>,
    pub(super) guard_calls: Vec<u64>,
    pub(super) delete_calls: Vec<u64>,
    /// See [`KnownFunctions::initialisers`].
    pub(super) initialisers: HashSet<u64>,
    /// See [`KnownFunctions::keeps_flags`].
    keeps_flags: Vec<Range<u64>>,
    /// Possible jump tables, and the part that refers to each.
    pub(super) tables: HashSet<(u64, usize)>,
    /// Addresses to which nothing but what follows the table of a known jump refers, ascending: no task
    /// comes there from elsewhere. They are marked nevertheless, so that lines do not depend on branches.
    pub(super) not_entered: Vec<u64>,
    /// Where they are, ascending. Empty without branches.
    pub(super) table_addresses: Vec<u64>,
    is_at_fixed_addresses: bool,
    /// Some code uses the segment of the counters.
    uses_gs: bool,
}

/// A function, or a part of one, up to the next.
#[derive(Debug, Default)]
pub(super) struct FunctionPart {
    pub(super) start: u64,
    /// It jumps to an address in a register, which it may have computed.
    jumps_by_register: bool,
    /// It jumps to an address that is in memory, which is not always at the same place.
    jumps_by_memory: bool,
    /// It refers to an address within itself.
    has_label: bool,
    /// It refers to a table of distances.
    pub(super) has_table: bool,
    /// It has an indirect jump through no table that is known.
    pub(super) has_unknown_jump: bool,
    /// The targets of its jumps are unknown: each of its sites is a block of its own.
    is_unknown: bool,
}

impl<'b, 'c> Leaders<'b, 'c> {
    /// Reads all code and all data. An instruction begins at each of `sites`, which ascend. Jumps through
    /// tables are only looked for where branches are read (`with_branches`).
    pub(crate) fn find(
        elf: &Elf,
        data: &LoadedData,
        code: &'b Code<'c>,
        (sites, with_branches): (&[u64], bool),
        unwinding: &UnwindInfo,
        known: &KnownFunctions,
    ) -> Self {
        let regions = code.regions();
        let bits = || regions.iter().map(|region| FixedBitSet::with_capacity(region.bytes.len())).collect();
        let starts = code.symbols.iter().map(|symbol| symbol.address).chain(unwinding.starts.iter().copied());
        let mut starts: Vec<u64> = starts.collect();
        starts.extend(regions.iter().map(|region| region.start));
        starts.sort_unstable();
        starts.dedup();
        let mut leaders = Self {
            code,
            marks: bits(),
            other_marks: bits(),
            unlisted_marks: Vec::new(),
            landing_pads: unwinding.landing_pads.clone(),
            jumps: Vec::new(),
            indirect_jumps: Vec::new(),
            table_jumps: Vec::new(),
            table_checks: Vec::new(),
            listed: Vec::new(),
            instructions: bits(),
            run_starts: bits(),
            islands: bits(),
            parts: starts.iter().map(|&start| FunctionPart { start, ..FunctionPart::default() }).collect(),
            stubs: Vec::new(),
            slot_calls: Vec::new(),
            resumes: Vec::new(),
            check_calls: Vec::new(),
            guard_calls: Vec::new(),
            delete_calls: Vec::new(),
            initialisers: known.initialisers.clone(),
            keeps_flags: known.keeps_flags.clone(),
            tables: HashSet::new(),
            table_addresses: Vec::new(),
            not_entered: Vec::new(),
            is_at_fixed_addresses: elf.is_at_fixed_addresses(),
            uses_gs: false,
        };
        starts.iter().for_each(|&start| leaders.mark(start));
        leaders.landing_pads.sort_unstable();
        for (region, at) in unwinding.landing_pads.iter().filter_map(|pad| code.place(*pad)) {
            leaders.marks[region].insert(at);
        }
        for (index, region) in regions.iter().enumerate() {
            leaders.sweep(index, region, sites);
        }
        leaders.jumps.sort_unstable();
        leaders.find_ends(known);
        leaders.check_calls = leaders.calls_of(&known.of_checks);
        leaders.guard_calls = leaders.calls_of(&known.of_guards);
        leaders.delete_calls = leaders.calls_of(&known.deletes);
        leaders.mark_calls(&known.resumed_at_call);
        if with_branches {
            leaders.find_table_jumps(data);
        }
        elf.relocated().for_each(|address| leaders.mark(address));
        leaders.mark_data(data);
        leaders.read_tables(data);
        leaders.join_entered_padding();
        leaders
    }

    /// Marks the functions with unknown jump targets, and all parts of them. False if the parts are not
    /// known.
    pub(crate) fn mark_unknown_functions<'s>(
        &mut self,
        symbols: &[Symbol],
        are_all: bool,
        name: &dyn Fn(Symbol) -> Option<&'s [u8]>,
    ) -> bool {
        for part in &mut self.parts {
            let jumps = part.jumps_by_register || part.jumps_by_memory;
            part.is_unknown = (part.jumps_by_register && !part.has_table) || (jumps && part.has_label);
        }
        if !self.parts.iter().any(|part| part.is_unknown) {
            return true;
        }
        if !are_all {
            return false;
        }
        // GCC and LLVM name the parts that they split off from f `f.cold`, with a number if there are
        // several.
        let whole_name = |symbol: &Symbol| {
            let name = name(*symbol)?;
            let end = name.windows(5).position(|part| part == b".cold").unwrap_or(name.len());
            Some(&name[..end])
        };
        let is_unknown = |symbol: &&Symbol| self.part_at(symbol.address).is_some_and(|part| part.is_unknown);
        let unknown: HashSet<&[u8]> = symbols.iter().filter(is_unknown).filter_map(whole_name).collect();
        let mut named = HashSet::new();
        let mut wholes = Vec::new();
        for symbol in symbols {
            named.insert(symbol.address);
            if whole_name(symbol).is_none_or(|name| unknown.contains(name)) {
                wholes.push(symbol.address);
            }
        }
        // A part without a name may belong to any function.
        wholes.extend(self.parts.iter().map(|part| part.start).filter(|start| !named.contains(start)));
        for start in wholes {
            if let Ok(index) = self.parts.binary_search_by_key(&start, |part| part.start) {
                self.parts[index].is_unknown = true;
            }
        }
        true
    }

    /// Is the instruction at `here` reached only from that at `before`, which is not behind it?
    pub(crate) fn follows(&self, before: u64, here: u64) -> bool {
        let (Some((region, first)), Some((other, last))) = (self.code.place(before), self.code.place(here))
        else {
            return false;
        };
        let between = first + 1..last + 1;
        region == other
            && self.instructions[region].contains(last)
            && !self.run_starts[region].contains_any_in_range(between.clone())
            && !self.marks[region].contains_any_in_range(between)
            && self.is_known(here)
    }

    /// The number of ways to the instruction at `address`: from the instruction before, and from whatever
    /// refers to it. What is no direct jump can stand for several. If it is the head of a loop, the way
    /// around the loop is none: a task that takes it has come to the head before.
    pub(crate) fn ways_to(&self, address: u64) -> usize {
        let Some((index, at)) = self.code.place(address) else { return 0 };
        let jumps = self.jumps_to(address);
        let others = if self.other_marks[index].contains(at) { 2 } else { 0 };
        let others = others + usize::from(!self.islands[index].contains(at));
        let end = jumps.iter().map(|jump| jump.1).max().filter(|end| *end > address);
        let around = jumps.iter().filter(|jump| jump.1 >= address).count();
        match end {
            Some(end) if others + jumps.len() > around && self.is_loop(address, end) => {
                others + jumps.len() - around
            }
            _ => others + jumps.len(),
        }
    }

    /// Where the jumps to `address` are, if tasks come there by them alone.
    pub(crate) fn only_jumps_to(&self, address: u64) -> Option<impl Iterator<Item = u64>> {
        let (index, at) = self.code.place(address)?;
        let jumps = self.jumps_to(address);
        let is_sure = self.islands[index].contains(at) && !self.other_marks[index].contains(at);
        (is_sure && !jumps.is_empty()).then(|| jumps.iter().map(|jump| jump.1))
    }

    pub(super) fn jumps_to(&self, address: u64) -> &[(u64, u64)] {
        ways_to(&self.jumps, address)
    }

    /// Can a task come to the code from `head` up to `end` at its head only?
    fn is_loop(&self, head: u64, end: u64) -> bool {
        let (Some((region, first)), Some((other, last))) = (self.code.place(head), self.code.place(end))
        else {
            return false;
        };
        let is_inner = |at: usize| {
            let jumps = self.jumps_to(head + (at - first) as u64);
            !self.other_marks[region].contains(at)
                && !jumps.is_empty()
                && jumps.iter().all(|jump| (head..=end).contains(&jump.1))
        };
        region == other
            && self.part_index(head) == self.part_index(end)
            && (first + 1..=last).filter(|at| self.marks[region].contains(*at)).all(is_inner)
    }

    /// Calls `found` with the address and the length of each instruction in `code`, but for the first, that
    /// something outside of `code` refers to: not code of which `is_own` is true, and not the instruction
    /// before. Landing pads are included if `has_clean_ups`.
    pub(crate) fn jumped_into(
        &self,
        code: Range<u64>,
        has_clean_ups: bool,
        is_own: &dyn Fn(u64) -> bool,
        mut found: impl FnMut(u64, u8),
    ) {
        let Some((index, at)) = self.code.place(code.start) else { return };
        let region = &self.code.regions()[index];
        let end = code.end.min(self.next_part(code.start).unwrap_or(u64::MAX));
        let end = (end.min(region.end()) - region.start) as usize;
        let (marks, instructions) = (&self.marks[index], &self.instructions[index]);
        if at + 1 >= end || !marks.contains_any_in_range(at + 1..end) {
            return;
        }
        for at in (at + 1..end).filter(|at| marks.contains(*at) && instructions.contains(*at)) {
            let here = region.start + at as u64;
            let is_referred = self.other_marks[index].contains(at)
                || !self.jumps_to(here).iter().all(|jump| is_own(jump.1))
                || (has_clean_ups && self.landing_pads.binary_search(&here).is_ok());
            if is_referred && !self.resumes_unwinding(here) {
                let bytes = &region.bytes[at..];
                let length = Decoder::with_ip(64, bytes, here, DecoderOptions::NONE).decode().len();
                found(here, length as u8);
            }
        }
    }

    /// Does the code from `address` on do nothing but continue the unwinding of the stack? Not every
    /// compiler has a row for that.
    fn resumes_unwinding(&self, address: u64) -> bool {
        let next = self.resumes.partition_point(|call| *call < address);
        self.resumes.get(next).is_some_and(|call| self.run_start(*call) <= address)
    }

    /// Takes note of the instructions behind calls that do not return: no task comes there from the call.
    fn find_ends(&mut self, known: &KnownFunctions) {
        for call in self.calls_of(&known.no_return) {
            let Some((index, at)) = self.code.place(call) else { continue };
            let bytes = &self.code.regions()[index].bytes[at..];
            let next = Decoder::with_ip(64, bytes, call, DecoderOptions::NONE).decode().next_ip();
            if let Some((index, next)) = self.code.place(next) {
                self.islands[index].insert(next);
            }
        }
        self.resumes = self.calls_of(&known.unwinding);
    }

    /// The calls of `functions`, ascending: direct ones, by way of a stub, or by the word in memory that has
    /// the address.
    fn calls_of(&self, functions: &HashSet<u64>) -> Vec<u64> {
        if functions.is_empty() {
            return Vec::new();
        }
        let mut targets = functions.clone();
        let stubs = self.stubs.iter().filter(|(_, slot)| functions.contains(slot));
        // Compilers of code for shadow stacks begin a stub with `endbr64`, of four bytes.
        targets.extend(stubs.flat_map(|(stub, _)| [*stub, stub.wrapping_sub(4)]));
        let calls = self.jumps.iter().chain(&self.slot_calls).filter(|(target, _)| targets.contains(target));
        let is_call = |&call: &u64| {
            let instruction = super::decode(self.code, call).next();
            let flow = instruction.map(|instruction| instruction.flow_control());
            matches!(flow, Some(FlowControl::Call | FlowControl::IndirectCall))
        };
        let mut calls: Vec<u64> = calls.map(|(_, call)| *call).filter(is_call).collect();
        calls.sort_unstable();
        calls
    }

    pub(super) fn begins_instruction(&self, address: u64) -> bool {
        self.code.place(address).is_some_and(|(index, at)| self.instructions[index].contains(at))
    }

    /// Marks the calls of `functions`.
    fn mark_calls(&mut self, functions: &HashSet<u64>) {
        let of_them = |jump: &&(u64, u64)| functions.contains(&jump.0);
        let calls: Vec<u64> = self.jumps.iter().filter(of_them).map(|jump| jump.1).collect();
        calls.into_iter().for_each(|call| self.mark(call));
    }

    /// Is the instruction a call that keeps the flags for its caller?
    pub(crate) fn keeps_flags(&self, instruction: &Instruction) -> bool {
        instruction.op0_kind() == OpKind::NearBranch64
            && self.keeps_flags.iter().any(|code| code.contains(&instruction.near_branch_target()))
    }

    /// Does a direct jump from the same place, or from one behind it, lead to `address`?
    pub(crate) fn is_jumped_back_to(&self, address: u64) -> bool {
        self.jumps_to(address).iter().any(|jump| jump.1 >= address)
    }

    /// The jumps back within a function: target and place, ascending.
    pub(crate) fn jumps_back(&self) -> impl Iterator<Item = (u64, u64)> {
        let is_back = |jump: &&(u64, u64)| jump.0 <= jump.1 && self.are_in_one_part(jump.0, jump.1);
        self.jumps.iter().filter(is_back).copied()
    }

    /// Does a function begin at `address`, or a part of one?
    pub(crate) fn begins_part(&self, address: u64) -> bool {
        self.parts.binary_search_by_key(&address, |part| part.start).is_ok()
    }

    /// Are both addresses in one function, or in one part of it?
    pub(crate) fn are_in_one_part(&self, one: u64, other: u64) -> bool {
        self.part_index(one) == self.part_index(other)
    }

    /// Does the function at `address` refer to a place within itself? It may copy its code from there.
    pub(crate) fn has_label(&self, address: u64) -> bool {
        self.part_at(address).is_none_or(|part| part.has_label)
    }

    /// The instructions to which no task comes from the one before, ascending.
    pub(crate) fn islands(&self) -> impl Iterator<Item = u64> {
        let regions = self.code.regions().iter().zip(&self.islands);
        regions.flat_map(|(region, islands)| islands.ones().map(|at| region.start + at as u64))
    }

    /// Does any instruction use the `gs` segment?
    pub(crate) fn uses_gs(&self) -> bool {
        self.uses_gs
    }

    /// Is all code at the address that the file says, and does each address fit into 31 bits?
    pub(crate) fn has_short_addresses(&self) -> bool {
        let end = self.code.regions().iter().map(Region::end).max().unwrap_or(0);
        self.is_at_fixed_addresses && i32::try_from(end).is_ok()
    }

    /// The first of the instructions that run one after the other up to the one at `address`.
    pub(crate) fn run_start(&self, address: u64) -> u64 {
        let Some((region, at)) = self.code.place(address) else { return address };
        let start = (0..=at).rev().find(|at| self.run_starts[region].contains(*at));
        self.code.regions()[region].start + start.unwrap_or(at) as u64
    }

    /// Does anything refer to an address from `start` up to `end`, or is some of it not code?
    pub(crate) fn refers_into(&self, start: u64, end: u64) -> bool {
        self.code.place(start).is_none_or(|(region, at)| {
            let end = at + (end - start) as usize;
            end > self.marks[region].len() || self.marks[region].contains_any_in_range(at..end)
        })
    }

    /// Can a task come from elsewhere to an address from `start` up to `end`, or is some of it not code?
    pub(crate) fn enters(&self, start: u64, end: u64) -> bool {
        let is_not = |address: u64| self.not_entered.binary_search(&address).is_ok();
        self.refers_into(start, end)
            && (start..end).any(|address| self.refers_into(address, address + 1) && !is_not(address))
    }

    /// Are the jump targets in the function at `address` known?
    pub(crate) fn is_known(&self, address: u64) -> bool {
        self.part_at(address).is_some_and(|part| !part.is_unknown)
    }

    pub(super) fn part_index(&self, address: u64) -> Option<usize> {
        self.parts.partition_point(|part| part.start <= address).checked_sub(1)
    }

    /// Where the next function begins. One that the compiler has made up can have no row of its own.
    pub(super) fn next_part(&self, address: u64) -> Option<u64> {
        let next = self.part_index(address)? + 1;
        self.parts.get(next).map(|part| part.start)
    }

    pub(super) fn part_at(&self, address: u64) -> Option<&FunctionPart> {
        Some(&self.parts[self.part_index(address)?])
    }

    pub(super) fn mark(&mut self, address: u64) {
        if let Some((index, at)) = self.code.place(address) {
            self.marks[index].insert(at);
            self.other_marks[index].insert(at);
            if let Some(marks) = self.unlisted_marks.get_mut(index) {
                marks.insert(at);
            }
        }
    }

    /// Marks where the table of a known jump leads.
    pub(super) fn mark_listed(&mut self, address: u64) {
        if let Some((index, at)) = self.code.place(address) {
            self.marks[index].insert(at);
            self.other_marks[index].insert(at);
        }
    }

    fn mark_jump(&mut self, from: u64, to: u64) {
        if let Some((index, at)) = self.code.place(to) {
            self.marks[index].insert(at);
            self.jumps.push((to, from));
        }
    }

    /// Decodes a region from its beginning to its end. Decoding restarts at each function and each site.
    fn sweep(&mut self, index: usize, region: &Region, sites: &[u64]) {
        let mut decoder = Decoder::with_ip(64, region.bytes, region.start, DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        let mut site = sites.partition_point(|site| *site < region.start);
        let Some(mut part) = self.part_index(region.start) else { return };
        let (mut begins_run, mut is_island) = (true, true);
        // Behind a jump, up to a symbol, a site, or an address that is referred to, there may be data.
        let (mut may_be_data, mut data_end) = (false, None);
        while decoder.can_decode() {
            let here = decoder.ip();
            let at = decoder.position();
            while self.parts.get(part + 1).is_some_and(|next| next.start <= here) {
                part += 1;
            }
            let is_certain = sites.get(site) == Some(&here) || self.parts[part].start == here;
            site += usize::from(sites.get(site) == Some(&here));
            may_be_data &= !is_certain && !self.marks[index].contains(at);
            data_end = data_end.filter(|end| here < *end);
            self.run_starts[index].set(at, begins_run);
            self.islands[index].set(at, is_island);
            decoder.decode_out(&mut instruction);
            let next_site = sites.get(site).copied();
            let next_part = self.parts.get(part + 1).map(|part| part.start);
            // Code ends in front of the signature of the next function, which is skipped.
            let signature = next_part.and_then(|next| self.signature_before(next));
            let code_end =
                signature.as_ref().map(|data| if here < data.start { data.start } else { data.end });
            let next_part = code_end.or(next_part);
            let in_step = next_site.into_iter().chain(next_part).chain(data_end).min().unwrap_or(u64::MAX);
            let is_data = signature.is_some_and(|data| data.contains(&here));
            let skipped_to = if decoder.ip() > in_step || is_data {
                (begins_run, is_island) = (true, false);
                Some(in_step)
            } else {
                self.instructions[index].set(at, !instruction.is_invalid());
                let flow = instruction.flow_control();
                begins_run = instruction.is_invalid() || flow != FlowControl::Next;
                // Padding behind a jump is not reached, either.
                is_island = matches!(
                    flow,
                    FlowControl::UnconditionalBranch | FlowControl::IndirectBranch | FlowControl::Return
                ) || (is_island && instruction.mnemonic() == Mnemonic::Nop);
                let over = jumped_over(&instruction);
                if let Some(data) = over.as_ref().filter(|_| !may_be_data) {
                    data_end = data_end.or(Some(data.end));
                }
                may_be_data |= is_island;
                self.record_references(&instruction, part);
                over.filter(|_| self.has_signature(here)).map(|signature| signature.end)
            };
            if let Some(next) = skipped_to {
                if decoder.set_position((next - region.start) as usize).is_err() {
                    return;
                }
                decoder.set_ip(next);
            }
        }
    }

    /// Joins code with padding in front of it that is reached: without optimisation, GCC makes a `nop` for
    /// `break`, to which there is a jump, behind the jump that ends a loop.
    fn join_entered_padding(&mut self) {
        for (index, region) in self.code.regions().iter().enumerate() {
            let islands: Vec<usize> = self.islands[index].ones().collect();
            for island in islands {
                let mut is_entered = false;
                let padding = super::decode(self.code, region.start + island as u64);
                for nop in padding.take_while(|it| it.mnemonic() == Mnemonic::Nop) {
                    let (at, next) = (nop.ip() - region.start, nop.next_ip() - region.start);
                    is_entered |= self.marks[index].contains(at as usize) || self.begins_part(nop.ip());
                    if is_entered && (next as usize) < region.bytes.len() {
                        self.islands[index].set(next as usize, false);
                    }
                }
            }
        }
    }

    /// Records what an instruction refers to.
    fn record_references(&mut self, instruction: &Instruction, part: usize) {
        match instruction.flow_control() {
            FlowControl::Next => {}
            FlowControl::IndirectBranch if instruction.op0_kind() == OpKind::Register => {
                let start = self.run_start(instruction.ip());
                let before = super::decode(self.code, start).take_while(|it| it.ip() < instruction.ip());
                let kind = RegisterJump::classify(instruction, &before.collect::<Vec<_>>());
                self.parts[part].jumps_by_memory |= kind == RegisterJump::Loaded;
                self.parts[part].jumps_by_register |= kind == RegisterJump::Computed;
                if kind != RegisterJump::TailCall {
                    self.indirect_jumps.push((instruction.ip(), part));
                }
            }
            FlowControl::IndirectBranch => {
                let varies = !instruction.is_ip_rel_memory_operand();
                self.parts[part].jumps_by_memory |= varies;
                if varies {
                    self.indirect_jumps.push((instruction.ip(), part));
                } else {
                    self.stubs.push((instruction.ip(), instruction.ip_rel_memory_address()));
                }
            }
            FlowControl::IndirectCall if instruction.is_ip_rel_memory_operand() => {
                self.slot_calls.push((instruction.ip_rel_memory_address(), instruction.ip()));
            }
            FlowControl::IndirectCall if instruction.op0_kind() == OpKind::Register => {
                let start = self.run_start(instruction.ip());
                let before = super::decode(self.code, start).take_while(|it| it.ip() < instruction.ip());
                let slot = loaded_from(instruction.op0_register(), &before.collect::<Vec<_>>());
                self.slot_calls.extend(slot.map(|slot| (slot, instruction.ip())));
            }
            _ if instruction.op0_kind() == OpKind::NearBranch64 => {
                self.mark_jump(instruction.ip(), instruction.near_branch_target())
            }
            _ => {}
        }
        self.uses_gs |= instruction.segment_prefix() == Register::GS
            || matches!(instruction.mnemonic(), Mnemonic::Rdgsbase | Mnemonic::Wrgsbase);
        if instruction.mnemonic() == Mnemonic::Lea && instruction.memory_base() == Register::RIP {
            self.refer_to(instruction.ip_rel_memory_address(), part);
        }
        if self.is_at_fixed_addresses {
            for operand in 0..instruction.op_count() {
                if matches!(
                    instruction.op_kind(operand),
                    OpKind::Immediate32 | OpKind::Immediate32to64 | OpKind::Immediate64
                ) {
                    self.refer_to(instruction.immediate(operand), part);
                }
            }
        }
    }

    fn refer_to(&mut self, address: u64, part: usize) {
        if self.code.place(address).is_none() {
            self.tables.insert((address, part));
            return;
        }
        self.mark(address);
        let is_within = self.part_index(address) == Some(part) && self.parts[part].start != address;
        self.parts[part].has_label |= is_within;
    }
}

/// Those of `ways`, which ascend, that lead to `address`.
pub(super) fn ways_to(ways: &[(u64, u64)], address: u64) -> &[(u64, u64)] {
    let first = ways.partition_point(|way| way.0 < address);
    let end = ways.partition_point(|way| way.0 <= address);
    &ways[first..end]
}
