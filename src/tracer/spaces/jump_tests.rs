//! Random changes of what is inserted in an object: after each of them, the memory is what the state says.
//! The memory is this process's own, and is not run.

use super::code_memory::{CodeMemory, OtherTasks};
use super::installed_trampolines::InstalledTrampolines;
use super::module_breakpoints::ModuleBreakpoints;
use crate::elf::Svma;
use crate::machine::{
    BREAKPOINT, BREAKPOINT_LENGTH, Edges, Entrance, OutOfLineCode, Patch, Site, Springboard, Trampoline,
    Trampolines,
};
use crate::ptrace::Memory;
use crate::tracer::sites::{Mapping, ObjectId, Region, SiteRef, Sites};
use std::ops::Range;
use std::sync::Arc;

/// The address of the first byte in the object.
const START: u64 = 0x1000;
const JUMP: u64 = 5;

/// Numbers that look random, from a seed (Marsaglia, "Xorshift RNGs").
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.below(range.end - range.start)
    }
}

/// An object of long blocks, short ones, single bytes and padding, and its code.
fn object(random: &mut Random) -> (Sites, Vec<u8>) {
    let (mut sites, mut all, mut at) = (Vec::new(), Trampolines::default(), START);
    let (mut bytes, mut free, mut short): (Vec<u8>, Vec<Range<u64>>, Vec<usize>) = Default::default();
    for _ in 0..200 {
        let (length, entrance) = match random.below(6) {
            0 | 1 => (random.within(JUMP..40), Some(Entrance::Jump)),
            2 | 3 => (random.within(2..5), Some(Entrance::Springboard(u32::MAX))),
            4 => (1, Some(Entrance::Copies)),
            _ => (random.within(1..12), None),
        };
        let code: Vec<u8> = (0..length).map(|_| random.within(0x20..0x80) as u8).collect();
        match entrance {
            None => free.push(at..at + length),
            Some(entrance) => {
                if entrance == Entrance::Jump {
                    free.push(at + JUMP..at + length);
                }
                let last = at + random.below(length);
                for address in [at, last] {
                    let original = Patch::first(&code[(address - at) as usize..]).unwrap();
                    let joined = address != last;
                    if joined
                        || address == last && sites.last().is_none_or(|site: &Site| site.address.0 != last)
                    {
                        sites.push(Site { address: Svma(address), original, length: 1, joined });
                    }
                }
                let (site, start, copy) = (sites.len() as u32 - 1, Svma(at), all.entries.len() as u32 * 16);
                let original = all.originals.len() as u32;
                all.originals.extend(&code);
                if matches!(entrance, Entrance::Springboard(_)) {
                    short.push(all.entries.len());
                }
                all.entries.push(Trampoline {
                    entrance,
                    ..Trampoline::new(site, start, length as u32, original, copy)
                });
            }
        }
        bytes.extend(code);
        at += length;
    }
    all.code = vec![0; all.entries.len() * 16];
    all.returns = all.code.len() as u32;
    for index in short {
        let from = all.entries[index].start.0 + 2;
        let near = |place: &Range<u64>| {
            place.end >= place.start + JUMP && place.start.wrapping_sub(from).wrapping_add(128) < 256
        };
        let place = free.iter().position(near);
        let address = place.map(|place| free[place].start);
        if let (Some(place), Some(address)) = (place, address) {
            free[place].start += JUMP;
            let original = all.originals.len() as u32;
            all.originals.extend(&bytes[(address - START) as usize..][..JUMP as usize]);
            all.springboards.push(Springboard { address: Svma(address), entry: index as u32, original });
        } else {
            all.entries[index].entrance = Entrance::Copies;
        }
    }
    all.sort_springboards();
    (Sites::new(sites, Edges::default(), Some(all)), bytes)
}

/// An address space with one object.
struct Process {
    bytes: Box<[u8]>,
    original: Vec<u8>,
    module: ModuleBreakpoints,
}

impl Process {
    fn new(sites: Arc<Sites>, original: Vec<u8>) -> Self {
        let bytes: Box<[u8]> = original.clone().into();
        let (object, region) = (ObjectId(0), Region { start: 0, file: (0, 0) });
        let mapping = Mapping { object, sites, bias: 0, region };
        Self { bytes, original, module: ModuleBreakpoints::new(mapping, true) }.moved()
    }

    fn moved(mut self) -> Self {
        let bias = (self.bytes.as_ptr() as u64).wrapping_sub(START);
        self.module.mapping.bias = bias;
        if self.module.has_code() {
            self.module.trampolines.code = Some(code(bias));
        }
        self
    }

    fn fork(&self) -> Self {
        let (bytes, original) = (self.bytes.clone(), self.original.clone());
        Self { bytes, original, module: self.module.clone() }.moved()
    }

    /// Compares the memory with the state.
    fn check(&self) {
        let module = &self.module;
        let (bias, sites) = (module.mapping.bias, &module.mapping.sites);
        let installed = InstalledTrampolines::of(sites, module.trampolines.code, bias);
        let mut expected = self.original.clone();
        let mut put = |address: u64, code: &[u8]| {
            let at = (address - bias - START) as usize;
            assert_eq!(expected[at..at + code.len()], self.original[at..at + code.len()], "nothing overlaps");
            expected[at..at + code.len()].copy_from_slice(code);
        };
        for site in module.inserted.ones() {
            if module.has_jump(site) {
                let (jump, springboard) = installed.unwrap().jumps_of(site).unwrap();
                put(jump.address, &jump.code);
                if let Some(springboard) = springboard {
                    put(springboard.address, &springboard.code);
                    let host = installed.unwrap().host(&springboard);
                    assert!(host.is_none_or(|host| module.has_jump(host)), "its host is out of line");
                }
            } else {
                put(sites[site].address.loaded(bias), &BREAKPOINT);
            }
        }
        let trampolines = sites.trampolines.as_ref().unwrap();
        for jump in installed.into_iter().flat_map(InstalledTrampolines::all) {
            // Other tasks may have been at a springboard when it was not used any more.
            let at = jump.range().start - bias - START..jump.range().end - bias - START;
            let at = at.start as usize..at.end as usize;
            let is_left = jump.is_springboard() && self.bytes[at.clone()] == *jump.code;
            if is_left && installed.unwrap().host(&jump).is_none_or(|host| module.has_jump(host)) {
                expected[at].copy_from_slice(&jump.code);
            }
        }
        assert!(module.modified.is_empty());
        assert!(module.trampolines.jumps.ones().all(|site| module.inserted[site]));
        assert_eq!(*self.bytes, *expected);
        for springboard in &trampolines.springboards {
            let entry = trampolines.entry_of(springboard);
            let pc = module.original_pc(springboard.address.loaded(bias));
            let has_host = trampolines.over(springboard.address).is_some();
            let site = entry.site as usize;
            let is_draining = module.trampolines.draining.contains(&site);
            assert_eq!(pc.is_some(), !has_host || module.has_jump(site) || is_draining);
            assert!(!(is_draining && module.has_jump(site)));
            let host = trampolines.over(springboard.address).map(|host| host.site as usize);
            assert!(
                !is_draining || host.is_some_and(|host| module.has_jump(host)),
                "a host stays until then"
            );
            assert!(pc.is_none_or(|pc| pc.address == entry.start.loaded(bias)));
        }
    }

    fn change(&mut self, random: &mut Random, memory: &Memory) {
        let sites = self.module.mapping.sites.len() as u64;
        let others = if random.below(4) == 0 { OtherTasks::Running } else { OtherTasks::Stopped };
        let (memory, site) = (CodeMemory { memory, others }, random.below(sites) as usize);
        let module = &mut self.module;
        match random.below(40) {
            0 => module.install_trampolines(memory, code(module.mapping.bias)),
            1 | 2 => module.insert(memory),
            3 => module.forbid_trampoline(memory, site, random.below(2) == 0),
            4 => {
                let address = module.mapping.bias + START + random.below(self.original.len() as u64);
                let over = module.trampoline_over(address);
                over.map_or(Ok(()), |at| module.forbid_trampoline(memory, at.site, false))
            }
            5 => module.split(memory, site),
            6 if random.below(20) == 0 => {
                let odd = random.below(2);
                module.disable_trampolines(memory, |at| at.site as u64 % 2 == odd)
            }
            7 => {
                module.reenable_trampolines();
                Ok(())
            }
            8 => {
                let some = (0..sites as usize).filter(|site| module.inserted[*site] && random.below(9) == 0);
                let some = some.collect();
                module.remove_all(memory, some)
            }
            9 | 10 => {
                let odd = random.below(2);
                let is_hit = |at: SiteRef| at.site as u64 % 2 == odd;
                module.evict(memory, is_hit).unwrap();
                self.check();
                let module = &mut self.module;
                let kept = module.trampolines.kept.clone();
                module.trampolines.draining.clear();
                let done = module.remove_kept(memory, is_hit);
                assert!(
                    module.trampolines.kept.is_empty(),
                    "nothing is kept when nothing is at a springboard"
                );
                let goes = |&&host: &&usize| is_hit(module.at(host)) || module.trampolines.is_disabled;
                assert!(!kept.keys().filter(goes).any(|&host| module.has_jump(host)));
                done
            }
            _ if module.inserted[site] => module.remove(memory, site),
            _ => Ok(()),
        }
        .unwrap();
        self.check();
    }
}

fn code(bias: u64) -> OutOfLineCode {
    OutOfLineCode { address: bias.wrapping_add(0x10_0000), counters: 0 }
}

#[test]
fn the_memory_is_always_what_is_known_of_it() {
    let memory = Memory::open(std::process::id().cast_signed()).unwrap();
    let alone = CodeMemory { memory: &memory, others: OtherTasks::Stopped };
    let (mut springboards, mut jumps) = (0, 0);
    for seed in 1..40 {
        let mut random = Random(seed * 0x9e37_79b9);
        let (sites, original) = object(&mut random);
        springboards += sites.trampolines.as_ref().unwrap().springboards.len();
        let mut processes = vec![Process::new(Arc::new(sites), original)];
        for _ in 0..300 {
            let index = random.below(processes.len() as u64) as usize;
            processes[index].change(&mut random, &memory);
            if processes.len() < 4 && random.below(50) == 0 {
                processes.push(processes[index].fork());
            }
            jumps += processes[index].module.trampolines.jumps.ones().count();
        }
        for mut process in processes {
            // A child of which it is not known what its parent had inserted.
            process.module.forget_insertions();
            process.module.insert(alone).unwrap();
            process.check();
            process.module.restore(alone).unwrap();
            assert_eq!(*process.bytes, *process.original);
        }
    }
    assert!(springboards > 500 && jumps > 10_000, "{springboards} {jumps}");
    assert_eq!(BREAKPOINT.len(), BREAKPOINT_LENGTH);
}
