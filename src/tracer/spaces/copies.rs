//! Copies that a program has made of its own code.
//!
//! Code that is read as data before it is run cannot be seen beforehand, and the copy has forkcov's
//! breakpoints and jumps in it. A breakpoint in a copy raises SIGTRAP where no site is; a jump leads beside
//! the out-of-line code, as far as the copy is from the original. Both places show where the original is: the
//! bytes around them are its bytes, but for what forkcov has inserted. Then the copy gets the original bytes,
//! as far as it is one.

use super::copy_answers::RestoredCode;
use super::installed_trampolines::{InstalledTrampolines, Jump};
use super::module_breakpoints::ModuleBreakpoints;
use super::opened::OpenedSpace;
use crate::machine::{BREAKPOINT_LENGTH, Patch};
use crate::ptrace::{MappedRegion, Memory};
use crate::tracer::sites::ObjectId;
use std::ops::Range;

/// So many bytes on either side of a breakpoint are compared at once. What is further away is compared when
/// the task gets there.
const AROUND: u64 = 1 << 16;
/// The most that is read of the code of an object.
const MOST: u64 = 1 << 28;
/// So many bytes must be those of the original, beside forkcov's, in a copy that has no end in sight...
const EVIDENCE: usize = 8;
/// ... and so many in one between bytes that fill up memory.
const EVIDENCE_ALONE: usize = 2;

/// A copy, and what has to be written into it.
#[derive(Debug)]
pub struct CopiedCode {
    /// The object with the original.
    pub object: ObjectId,
    /// Where the task continues: at the instruction that forkcov has replaced.
    pub address: u64,
    /// What has to be written.
    pub restored: Vec<RestoredCode>,
    /// The bytes that are the original's, beside those that forkcov has replaced.
    evidence: usize,
}

/// A breakpoint or jump of forkcov's, by its addresses in the original code.
type Inserted = Range<u64>;

/// Some memory of a process.
struct Bytes {
    start: u64,
    bytes: Vec<u8>,
}

/// The code of an object without anything that forkcov has inserted.
struct Original<'m> {
    module: &'m ModuleBreakpoints,
    text: Bytes,
}

/// A part of memory that is compared with the code of an object.
struct Comparison<'a> {
    original: &'a Original<'a>,
    copy: &'a Bytes,
    /// An address in the original plus this is the address in the copy.
    distance: u64,
}

impl OpenedSpace<'_> {
    /// The memory around `address` that can be read, as far as its mapping reaches.
    fn readable_around(&self, regions: &[MappedRegion], address: u64) -> Option<Bytes> {
        let region = regions.iter().find(|region| region.range.contains(&address))?;
        let around = address.saturating_sub(AROUND).max(region.range.start)
            ..address.saturating_add(AROUND).min(region.range.end);
        Bytes::readable(self.memory(), around).into_iter().find(|run| run.byte(address).is_some())
    }

    /// The copy in which a task has run into a breakpoint at `address`. `None` if it is none, or if it cannot
    /// be told of which code.
    pub fn copied_breakpoint(&self, regions: &[MappedRegion], address: u64) -> Option<CopiedCode> {
        let copy = self.readable_around(regions, address)?;
        Patch::first(copy.at(address, BREAKPOINT_LENGTH)?).filter(|patch| patch.is_breakpoint())?;
        let mut found: Vec<CopiedCode> = Vec::new();
        for module in self.modules.iter().filter(|module| !module.extent().contains(&address)) {
            let Some(original) = Original::of(module, self.memory()) else { continue };
            let candidates = module.breakpoints().filter_map(|site| {
                let comparison =
                    Comparison { original: &original, copy: &copy, distance: address.wrapping_sub(site) };
                comparison.copied(site..site + BREAKPOINT_LENGTH as u64, site, EVIDENCE_ALONE, EVIDENCE)
            });
            found.extend(candidates);
        }
        likeliest(found)
    }

    /// The copy in which a task has run into a jump that led it to `target`; the task has not executed
    /// anything there.
    pub fn copied_jump(&self, regions: &[MappedRegion], target: u64) -> Option<CopiedCode> {
        let mut found: Vec<CopiedCode> = Vec::new();
        for module in &self.modules {
            let Some(span) = module.jumps_to(target) else { continue };
            let is_candidate = |region: &&MappedRegion| {
                let is_near = region.range.start < span.end && span.start < region.range.end;
                region.is_executable && is_near && !region.range.contains(&module.start())
            };
            let candidates: Vec<&MappedRegion> = regions.iter().filter(is_candidate).collect();
            let original = if candidates.is_empty() { None } else { Original::of(module, self.memory()) };
            let Some(original) = original else { continue };
            for region in candidates {
                let range = region.range.start.max(span.start.saturating_sub(AROUND))
                    ..region.range.end.min(span.end.saturating_add(AROUND));
                for copy in Bytes::readable(self.memory(), range) {
                    found.extend(original.copies_with_jump(&copy, target));
                }
            }
        }
        likeliest(found)
    }

    /// The same for a jump at `address` itself, which the processor has refused to make: it leads to where no
    /// program can have memory.
    pub fn copied_jump_at(&self, regions: &[MappedRegion], address: u64) -> Option<CopiedCode> {
        let copy = self.readable_around(regions, address)?;
        let mut found = Vec::new();
        for module in self.modules.iter().filter(|module| !module.extent().contains(&address)) {
            let is_here = |jump: &Jump<'_>| jump.is_in(&copy, address.wrapping_sub(jump.address));
            let long = module.jumps().filter(|jump| jump.target.is_some());
            let jumps: Vec<Jump<'_>> = long.filter(is_here).collect();
            if jumps.is_empty() {
                continue;
            }
            let Some(original) = Original::of(module, self.memory()) else { continue };
            found.extend(jumps.iter().filter_map(|jump| {
                let distance = address.wrapping_sub(jump.address);
                Comparison { original: &original, copy: &copy, distance }.copied_jump(jump)
            }));
        }
        likeliest(found)
    }
}

/// The copy with most evidence. `None` if others have as much, and other bytes.
fn likeliest(mut found: Vec<CopiedCode>) -> Option<CopiedCode> {
    found.sort_by_key(|copied| std::cmp::Reverse(copied.evidence));
    if let [first, second, ..] = found.as_slice()
        && first.evidence == second.evidence
        && first.restored[0] != second.restored[0]
    {
        return None;
    }
    found.into_iter().next()
}

impl ModuleBreakpoints {
    /// The addresses from its first site to its last.
    pub fn extent(&self) -> Range<u64> {
        self.start()..self.loaded(self.mapping.sites[self.mapping.sites.len() - 1].address) + 1
    }

    /// The addresses at which there can have been breakpoints.
    fn breakpoints(&self) -> impl Iterator<Item = u64> {
        let sites = self.mapping.sites.iter().filter(|site| !site.original.is_breakpoint());
        sites.map(|site| self.loaded(site.address))
    }

    /// The trampolines that there can have been jumps to.
    fn installed(&self) -> Option<InstalledTrampolines<'_>> {
        InstalledTrampolines::of(&self.mapping.sites, self.trampolines.code, self.mapping.bias)
    }

    /// The jumps that there can have been.
    fn jumps(&self) -> impl Iterator<Item = Jump<'_>> {
        self.installed().into_iter().flat_map(InstalledTrampolines::all)
    }

    /// The addresses at which a copied jump may be that led to `target`.
    fn jumps_to(&self, target: u64) -> Option<Range<u64>> {
        let distances = self.jumps().filter_map(|jump| Some((jump.address, jump.target?)));
        let starts = distances.map(|(start, led_to)| start.wrapping_add(target).wrapping_sub(led_to));
        let span = starts.fold(None, |span: Option<(u64, u64)>, start| {
            let (first, last) = span.unwrap_or((start, start));
            Some((first.min(start), last.max(start)))
        });
        span.map(|(first, last)| first..last.saturating_add(1))
    }

    /// What forkcov may have inserted over `address`, if `copy` has it `distance` away.
    fn inserted_over(&self, address: u64, copy: &Bytes, distance: u64) -> Option<Inserted> {
        let breakpoint = address..address + BREAKPOINT_LENGTH as u64;
        let site = self.site_at(address).map(|site| self.mapping.sites[site].original);
        if site.is_some_and(|original| !original.is_breakpoint())
            && copy.has(address.wrapping_add(distance), &Patch::BREAKPOINT.0)
        {
            return Some(breakpoint);
        }
        let jumps = self.installed()?.over(address).find(|jump| jump.is_in(copy, distance));
        jumps.map(|jump| jump.range())
    }
}

impl Jump<'_> {
    /// Are these its bytes in `memory`, `distance` away?
    fn is_in(&self, memory: &Bytes, distance: u64) -> bool {
        memory.has(self.address.wrapping_add(distance), &self.code)
    }
}

impl<'m> Original<'m> {
    fn of(module: &'m ModuleBreakpoints, memory: &Memory) -> Option<Self> {
        /// What comes behind the last site belongs to a copy of its code, too.
        const BEHIND: u64 = 64;
        let extent = module.extent();
        if extent.end - extent.start > MOST {
            return None;
        }
        let mut text =
            Bytes::read(memory, extent.start..extent.end + BEHIND).or_else(|| Bytes::read(memory, extent))?;
        for site in module.mapping.sites.iter() {
            let there = text.at_mut(module.loaded(site.address), BREAKPOINT_LENGTH);
            if let Some(there) = there.filter(|there| Patch::first(there).is_some_and(Patch::is_breakpoint)) {
                there.copy_from_slice(&site.original.0);
            }
        }
        let mut original = Self { module, text };
        original.remove_jumps();
        Some(original)
    }

    fn remove_jumps(&mut self) {
        let module = self.module;
        for jump in module.jumps().filter(|jump| jump.is_in(&self.text, 0)).collect::<Vec<_>>() {
            let there = self.text.at_mut(jump.address, jump.code.len());
            there.into_iter().for_each(|there| there.copy_from_slice(&jump.original[..jump.code.len()]));
        }
    }

    fn copies_with_jump<'a>(&'a self, copy: &'a Bytes, target: u64) -> impl Iterator<Item = CopiedCode> + 'a {
        self.module.jumps().filter_map(move |jump| {
            let distance = target.wrapping_sub(jump.target?);
            let is_there = jump.is_in(copy, distance);
            is_there.then(|| Comparison { original: self, copy, distance }.copied_jump(&jump))?
        })
    }
}

impl Comparison<'_> {
    /// The copy with a jump. It is evidence by its target.
    fn copied_jump(&self, jump: &Jump<'_>) -> Option<CopiedCode> {
        // The task has run into the block, and perhaps by a short jump.
        let block = self.original.module.loaded(jump.entry.start);
        self.copied(jump.range(), block, 0, 0)
    }

    /// Compares from `first` on, which forkcov has inserted, in both directions. The task continues at the
    /// copy of the instruction at `resumed`. There have to be `enough` equal bytes, or `alone` in a copy
    /// between bytes that fill up memory.
    fn copied(&self, first: Inserted, resumed: u64, alone: usize, enough: usize) -> Option<CopiedCode> {
        let (mut inserted, mut evidence) = (vec![first.clone()], 0);
        let end = self.extend(first.end, true, &mut inserted, &mut evidence);
        let start = self.extend(first.start, false, &mut inserted, &mut evidence);
        let is_alone = self.is_filler(start.wrapping_sub(1)) && self.is_filler(end);
        let enough = if is_alone { alone } else { enough };
        inserted.retain(|place| start <= place.start && place.end <= end);
        self.add_dependants(&mut inserted);
        let restored = inserted.into_iter().map(|place| self.restored(place)).collect::<Option<Vec<_>>>()?;
        let (object, address) = (self.original.module.mapping.object, resumed.wrapping_add(self.distance));
        (evidence >= enough).then_some(CopiedCode { object, address, restored, evidence })
    }

    /// A jump may not stay if the code that it needs is restored.
    fn add_dependants(&self, inserted: &mut Vec<Inserted>) {
        let Some(installed) = self.original.module.installed() else { return };
        let mut next = 0;
        while let Some(place) = inserted.get(next).cloned() {
            let jump = installed.over(place.start).find(|jump| jump.range() == place);
            for dependant in jump.iter().flat_map(|jump| installed.dependants(jump)) {
                if dependant.is_in(self.copy, self.distance) && !inserted.contains(&dependant.range()) {
                    inserted.push(dependant.range());
                }
            }
            next += 1;
        }
    }

    fn restored(&self, place: Inserted) -> Option<RestoredCode> {
        let module = self.original.module;
        let (address, length) = (place.start.wrapping_add(self.distance), (place.end - place.start) as usize);
        let jump = module.installed().and_then(|all| all.over(place.start).find(|it| it.range() == place));
        let (stops_at, resumed) = match jump {
            Some(jump) => (jump.target.unwrap_or(place.start), module.loaded(jump.entry.start)),
            None => (place.start, place.start),
        };
        Some(RestoredCode {
            address,
            bytes: self.original.text.at(place.start, length)?.to_vec(),
            stops_at: stops_at.wrapping_add(self.distance),
            resumed: resumed.wrapping_add(self.distance),
        })
    }

    /// Compares byte by byte from `from` on, or before it. Gives where the last equal byte ends, or the first
    /// begins. What forkcov has inserted beyond that is not known to be of the copy.
    fn extend(&self, from: u64, is_forward: bool, inserted: &mut Vec<Inserted>, evidence: &mut usize) -> u64 {
        let (mut at, mut last) = (from, from);
        loop {
            let next = if is_forward { at } else { at.wrapping_sub(1) };
            let (Some(original), Some(copy)) = (self.original.text.byte(next), self.byte(next)) else {
                break;
            };
            if original == copy {
                *evidence += usize::from(!is_filling(copy));
                at = if is_forward { next + 1 } else { next };
                last = at;
                continue;
            }
            let Some(over) = self.original.module.inserted_over(next, self.copy, self.distance) else {
                break;
            };
            at = if is_forward { over.end } else { over.start };
            inserted.push(over);
        }
        last
    }

    fn byte(&self, address: u64) -> Option<u8> {
        self.copy.byte(address.wrapping_add(self.distance))
    }

    fn is_filler(&self, address: u64) -> bool {
        self.byte(address).is_none_or(is_filling)
    }
}

/// Does memory that holds nothing have this byte? Zero, an instruction that does nothing, or a breakpoint.
fn is_filling(byte: u8) -> bool {
    let is_first = |patch: Patch| patch.0.first() == Some(&byte);
    byte == 0 || is_first(Patch::NO_OPERATION) || is_first(Patch::BREAKPOINT)
}

impl Bytes {
    fn read(memory: &Memory, range: Range<u64>) -> Option<Self> {
        let mut bytes = vec![0; usize::try_from(range.end.checked_sub(range.start)?).ok()?];
        memory.read(range.start, &mut bytes).ok()?;
        Some(Self { start: range.start, bytes })
    }

    /// The readable runs of pages in `range`: behind the end of a file, a mapping of it has none.
    fn readable(memory: &Memory, range: Range<u64>) -> Vec<Self> {
        const PAGE: u64 = 4096;
        if let Some(all) = Self::read(memory, range.clone()) {
            return vec![all];
        }
        let mut runs: Vec<Self> = Vec::new();
        let mut start = range.start;
        while start < range.end {
            let end = (start + 1).next_multiple_of(PAGE).min(range.end);
            match (Self::read(memory, start..end), runs.last_mut()) {
                (Some(page), Some(run)) if run.end() == start => run.bytes.extend(page.bytes),
                (Some(page), _) => runs.push(page),
                (None, _) => {}
            }
            start = end;
        }
        runs
    }

    fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    fn at(&self, address: u64, length: usize) -> Option<&[u8]> {
        self.bytes.get(usize::try_from(address.checked_sub(self.start)?).ok()?..)?.get(..length)
    }

    fn at_mut(&mut self, address: u64, length: usize) -> Option<&mut [u8]> {
        self.bytes.get_mut(usize::try_from(address.checked_sub(self.start)?).ok()?..)?.get_mut(..length)
    }

    fn has(&self, address: u64, bytes: &[u8]) -> bool {
        self.at(address, bytes.len()) == Some(bytes)
    }

    fn byte(&self, address: u64) -> Option<u8> {
        self.at(address, 1).map(|bytes| bytes[0])
    }
}
