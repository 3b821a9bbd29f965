//! Leaders: the addresses at which a basic block may begin other than behind a jump.
//!
//! Every address in code that the object refers to is a leader. References are targets of direct jumps
//! and calls; addresses that an instruction computes (`lea`) or, in a program at fixed addresses,
//! contains as an immediate value; addresses in data and in dynamic relocations; entries of jump tables;
//! landing pads; and functions.
//!
//! A jump table contains either addresses, which are data like others, or distances from the table. A
//! table of distances begins where an instruction refers to, and is read for as long as its entries lead
//! to code. If a function jumps to an address in a register, and refers to no such table, its targets
//! may come from somewhere else, and are unknown.

use fixedbitset::FixedBitSet;
use hashbrown::HashSet;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};

use crate::elf::landing_pads::UnwindInfo;
use crate::elf::{Code, Region};
use crate::elf::{Elf, LoadedData, Symbol};
use crate::machine::Site;

/// What refers to the code of an object.
pub(crate) struct Leaders<'b, 'c> {
    code: &'b Code<'c>,
    /// For each region, the offsets that are referred to.
    marks: Vec<FixedBitSet>,
    /// Ascending.
    parts: Vec<FunctionPart>,
    /// Sites that follow the previous site without a jump in between.
    follow: FixedBitSet,
    /// For each site, the first of the instructions that run one after the other up to it.
    runs: Vec<u64>,
    /// Possible jump tables, and the part that refers to each.
    tables: HashSet<(u64, usize)>,
    is_at_fixed_addresses: bool,
    /// Some code uses the segment of the counters.
    uses_gs: bool,
}

/// A function, or a part of one, up to the next.
#[derive(Debug, Default)]
struct FunctionPart {
    start: u64,
    /// It jumps to an address in a register.
    jumps_by_register: bool,
    /// It jumps to an address in memory, which is not always at the same place.
    jumps_by_memory: bool,
    /// It refers to an address within itself.
    has_label: bool,
    /// It refers to a table of distances.
    has_table: bool,
    /// The targets of its jumps are unknown: each of its sites is a block of its own.
    is_unknown: bool,
}

impl<'b, 'c> Leaders<'b, 'c> {
    /// Reads all code and all data. `sites` ascend.
    pub(crate) fn find(
        elf: &Elf,
        data: &LoadedData,
        code: &'b Code<'c>,
        sites: &[Site],
        unwinding: &UnwindInfo,
    ) -> Self {
        let regions = code.regions();
        let marks = regions.iter().map(|region| FixedBitSet::with_capacity(region.bytes.len())).collect();
        let starts = code.symbols.iter().map(|symbol| symbol.address).chain(unwinding.starts.iter().copied());
        let mut starts: Vec<u64> = starts.collect();
        starts.extend(regions.iter().map(|region| region.start));
        starts.sort_unstable();
        starts.dedup();
        let mut leaders = Self {
            code,
            marks,
            parts: starts.iter().map(|&start| FunctionPart { start, ..FunctionPart::default() }).collect(),
            follow: FixedBitSet::with_capacity(sites.len()),
            runs: sites.iter().map(|site| site.address.0).collect(),
            tables: HashSet::new(),
            is_at_fixed_addresses: elf.is_at_fixed_addresses(),
            uses_gs: false,
        };
        starts.iter().chain(&unwinding.landing_pads).for_each(|&start| leaders.mark(start));
        for region in regions {
            leaders.sweep(region, sites);
        }
        elf.relocated().for_each(|address| leaders.mark(address));
        for &(address, bytes) in data.sections() {
            let aligned = bytes.get(address.wrapping_neg() as usize % 8..).unwrap_or_default();
            let (words, _) = aligned.as_chunks::<8>();
            words.iter().for_each(|word| leaders.mark(u64::from_le_bytes(*word)));
        }
        for (table, part) in std::mem::take(&mut leaders.tables) {
            leaders.read_table(table, part, data);
        }
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

    /// Is site `index` of `sites` reached only from the previous site?
    pub(crate) fn follows(&self, sites: &[Site], index: usize) -> bool {
        let (before, here) = (sites[index - 1].address.0, sites[index].address.0);
        let (Some((region, first)), Some((other, last))) = (self.code.place(before), self.code.place(here))
        else {
            return false;
        };
        self.follow[index]
            && region == other
            && !self.marks[region].contains_any_in_range(first + 1..last + 1)
            && self.is_known(here)
    }

    /// Does any instruction use the `gs` segment?
    pub(crate) fn uses_gs(&self) -> bool {
        self.uses_gs
    }

    /// The first of the instructions that run one after the other up to site `index`.
    pub(crate) fn run_start(&self, index: usize) -> u64 {
        self.runs[index]
    }

    /// Does anything refer to an address from `start` up to `end`, or is some of it not code?
    pub(crate) fn refers_into(&self, start: u64, end: u64) -> bool {
        self.code.place(start).is_none_or(|(region, at)| {
            let end = at + (end - start) as usize;
            end > self.marks[region].len() || self.marks[region].contains_any_in_range(at..end)
        })
    }

    /// Are the jump targets in the function at `address` known?
    pub(crate) fn is_known(&self, address: u64) -> bool {
        self.part_at(address).is_some_and(|part| !part.is_unknown)
    }

    fn part_index(&self, address: u64) -> Option<usize> {
        self.parts.partition_point(|part| part.start <= address).checked_sub(1)
    }

    fn part_at(&self, address: u64) -> Option<&FunctionPart> {
        Some(&self.parts[self.part_index(address)?])
    }

    fn mark(&mut self, address: u64) {
        if let Some((index, at)) = self.code.place(address) {
            self.marks[index].insert(at);
        }
    }

    /// Decodes a region from its beginning to its end. Decoding restarts at each function and each site.
    fn sweep(&mut self, region: &Region, sites: &[Site]) {
        let mut decoder = Decoder::with_ip(64, region.bytes, region.start, DecoderOptions::NONE);
        let mut instruction = Instruction::default();
        let mut site = sites.partition_point(|site| site.address.0 < region.start);
        let Some(mut part) = self.part_index(region.start) else { return };
        let (mut is_straight, mut run) = (false, region.start);
        while decoder.can_decode() {
            let here = decoder.ip();
            while self.parts.get(part + 1).is_some_and(|next| next.start <= here) {
                part += 1;
            }
            if sites.get(site).is_some_and(|site| site.address.0 == here) {
                self.follow.set(site, is_straight);
                self.runs[site] = run;
                is_straight = true;
                site += 1;
            }
            decoder.decode_out(&mut instruction);
            let next_site = sites.get(site).map(|site| site.address.0);
            let next_part = self.parts.get(part + 1).map(|part| part.start);
            let in_step = next_site.into_iter().chain(next_part).min().unwrap_or(u64::MAX);
            if decoder.ip() > in_step {
                is_straight = false;
                let position = (in_step - region.start) as usize;
                if decoder.set_position(position).is_err() {
                    return;
                }
                decoder.set_ip(in_step);
                run = in_step;
            } else {
                let goes_on = !instruction.is_invalid() && instruction.flow_control() == FlowControl::Next;
                is_straight &= goes_on;
                run = if goes_on { run } else { decoder.ip() };
                self.record_references(&instruction, part);
            }
        }
    }

    /// Records what an instruction refers to.
    fn record_references(&mut self, instruction: &Instruction, part: usize) {
        match instruction.flow_control() {
            FlowControl::Next => {}
            FlowControl::IndirectBranch if instruction.op0_kind() == OpKind::Register => {
                self.parts[part].jumps_by_register = true;
            }
            FlowControl::IndirectBranch => {
                let varies = !instruction.is_ip_rel_memory_operand();
                self.parts[part].jumps_by_memory |= varies;
            }
            _ if instruction.op0_kind() == OpKind::NearBranch64 => {
                self.mark(instruction.near_branch_target())
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

    /// Reads a possible table of distances.
    fn read_table(&mut self, table: u64, part: usize, data: &LoadedData) {
        let Some(bytes) = data.from(table) else { return };
        let (entries, _) = bytes.as_chunks::<4>();
        let mut within = 0;
        for entry in entries {
            let target = table.wrapping_add_signed(i32::from_le_bytes(*entry).into());
            if self.code.place(target).is_none() {
                break;
            }
            self.mark(target);
            within += usize::from(self.part_index(target) == Some(part));
        }
        // A single entry may be chance.
        self.parts[part].has_table |= within >= 2;
    }
}
