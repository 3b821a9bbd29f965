//! The breakpoints of one object in one address space, and the detours that stand in for them.

use crate::elf::Svma;
use crate::machine::{
    self, BREAKPOINT_LENGTH, OriginalPc, OutOfLineCode, Patch, Site, Trampoline, Trampolines,
};
use crate::ptrace::{Error, Memory, Result};
use crate::tracer::detours::{Detouring, Window};
use crate::tracer::sites::{Mapping, SiteRef};
use fixedbitset::FixedBitSet;
use std::ops::{Range, RangeInclusive};

const PAGE: u64 = 4096;
/// The most that is read and written at once when module.
const RUN: u64 = 1 << 20;

/// The sites of a mapped object, and which are inserted.
#[derive(Debug, Clone)]
pub(in crate::tracer) struct ModuleBreakpoints {
    pub mapping: Mapping,
    /// MappedObjects by the kernel at the exec, and so for ever.
    pub permanent: bool,
    /// Where there is a breakpoint, or a detour.
    pub inserted: FixedBitSet,
    /// Sites where the memory holds another byte than the object: the program has changed its code there.
    pub modified: FixedBitSet,
    /// Sites of blocks that are not passed as one any more: each stands alone.
    split: FixedBitSet,
    pub detouring: Detouring,
    /// How many breakpoints have been removed.
    stops: u32,
}

impl ModuleBreakpoints {
    /// Nothing of it is inserted yet.
    pub fn new(mapping: Mapping, permanent: bool) -> Self {
        let inserted = FixedBitSet::with_capacity(mapping.sites.len());
        Self {
            mapping,
            permanent,
            inserted,
            modified: FixedBitSet::new(),
            split: FixedBitSet::new(),
            detouring: Detouring::default(),
            stops: 0,
        }
    }

    fn loaded(&self, address: Svma) -> u64 {
        address.loaded(self.mapping.bias)
    }

    /// The address before loading.
    fn unloaded(&self, address: u64) -> Svma {
        Svma(address.wrapping_sub(self.mapping.bias))
    }

    fn address(&self, site: usize) -> u64 {
        self.loaded(self.mapping.sites[site].address)
    }

    pub fn start(&self) -> u64 {
        self.address(0)
    }

    pub fn is_of(&self, mapping: &Mapping) -> bool {
        self.mapping.object == mapping.object && self.mapping.bias == mapping.bias
    }

    pub fn site_at(&self, address: u64) -> Option<usize> {
        let address = self.unloaded(address);
        self.mapping.sites.binary_search_by_key(&address, |site| site.address).ok()
    }

    /// A site, with those before it in its block.
    pub fn at(&self, site: usize) -> SiteRef {
        SiteRef {
            object: self.mapping.object,
            site,
            first: self.block_before(site),
            address: self.address(site),
        }
    }

    /// Is no breakpoint needed at it, since one stands further on in its block?
    fn is_joined(&self, site: usize) -> bool {
        !self.mapping.sites.ends[site] && !self.split[site]
    }

    /// The first site of the block that `site` is in.
    fn block_before(&self, site: usize) -> usize {
        (0..site).rev().take_while(|&before| self.is_joined(before)).last().unwrap_or(site)
    }

    /// The last site of the block that `site` is in.
    fn block_after(&self, site: usize) -> usize {
        (site..).find(|&after| !self.is_joined(after)).unwrap_or(site)
    }

    /// What a task has come by of the block in the midst of which it is, about to run what is at `address`; or, if it has
    /// begun to, with the site there.
    pub fn passed(&self, address: u64, has_begun: bool) -> Option<SiteRef> {
        let address = self.unloaded(address);
        let is_passed = |site: &Site| site.address < address || (has_begun && site.address == address);
        let last = self.mapping.sites.partition_point(is_passed).checked_sub(1)?;
        self.is_joined(last).then(|| self.at(last))
    }

    /// Gives each site of the block that `site` is in a breakpoint of its own, if the block's has not been reached.
    pub fn split(&mut self, memory: &Memory, site: usize) -> Result<()> {
        let (first, last) = (self.block_before(site), self.block_after(site));
        if !self.inserted[last] {
            return Ok(());
        }
        self.set_split(first..=last);
        let members: Vec<_> = (first..=last).collect();
        self.insert_run(memory, &members)
    }

    fn set_split(&mut self, block: RangeInclusive<usize>) {
        self.split.grow(self.mapping.sites.len());
        self.split.extend(block);
    }

    /// Is each site inserted that can be?
    pub fn is_whole(&self) -> bool {
        self.pending().next().is_none()
    }

    /// The sites that are not inserted, and could be.
    fn pending(&self) -> impl Iterator<Item = usize> {
        const BITS: usize = usize::BITS as usize;
        let word = |set: &FixedBitSet, index: usize| set.as_slice().get(index).copied().unwrap_or(0);
        let ends = &self.mapping.sites.ends;
        (0..ends.as_slice().len()).flat_map(move |index| {
            let wanted = word(ends, index) | word(&self.split, index);
            let mut rest = wanted & !word(&self.inserted, index) & !word(&self.modified, index);
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(index * BITS + bit)
            })
        })
    }

    /// Plants every site that is not inserted, but for those that are joined to the next.
    pub fn insert(&mut self, memory: &Memory) -> Result<()> {
        let pending = self.pending().collect();
        self.by_runs(pending, |module, run| module.insert_run(memory, run))
    }

    /// Puts the program's own code back at a site.
    pub fn remove(&mut self, memory: &Memory, site: usize) -> Result<()> {
        if !self.inserted[site] {
            return Ok(());
        }
        if self.detouring.taken[site] {
            return self.restore_run(memory, &[site]);
        }
        self.inserted.set(site, false);
        self.stops = self.stops.saturating_add(1);
        memory.write_patch(self.address(site), self.mapping.sites[site].original)
    }

    /// Takes out every breakpoint of it, also those that it does not know to be inserted, and, unless somebody may be about,
    /// every detour.
    pub fn restore(&mut self, memory: &Memory, with_detours: bool) -> Result<()> {
        self.detouring.is_off = true;
        let stays = |site: &usize| self.modified[*site] || (!with_detours && self.detouring.taken[*site]);
        let all = (0..self.mapping.sites.len()).filter(|site| !stays(site)).collect();
        self.by_runs(all, |module, run| module.restore_run(memory, run))
    }

    /// Has it just been stopped in for the last of so many times, after which detours are to be taken?
    pub fn wants_detours(&self, stops: u32) -> bool {
        self.stops == stops && self.can_have_detours()
    }

    /// Have children taken detours, so that it is better to have them when another one is made?
    pub fn wants_detours_for_children(&self) -> bool {
        self.detouring.is_taken_by_kin.get() && self.can_have_detours()
    }

    fn can_have_detours(&self) -> bool {
        let has_none = self.detouring.copies.is_none() && !self.detouring.is_off;
        has_none && self.mapping.sites.trampolines.is_some()
    }

    /// Has it detours that may be taken?
    pub fn has_detours(&self) -> bool {
        self.has_copies() && !self.detouring.is_off
    }

    /// Has it copies, whether one still comes to them or not?
    pub fn has_copies(&self) -> bool {
        self.detouring.copies.is_some()
    }

    /// A child that is alone in its copy of the memory may take what its maker could not.
    pub fn renew(&mut self) {
        self.detouring.is_off = false;
        if self.detouring.copies.is_none() {
            self.stops = 0;
        }
    }

    /// Takes detours from now on, to copies that it writes.
    pub fn take_detours(&mut self, memory: &Memory, copies: OutOfLineCode) -> Result<()> {
        let Some(detours) = &self.mapping.sites.trampolines else { return Ok(()) };
        memory.write(copies.address, &machine::relocate(detours, copies, self.mapping.bias))?;
        self.detouring.copies = Some(copies);
        self.detouring.is_taken_by_kin.set(true);
        let sites = &self.mapping.sites;
        let inserted = self.inserted.ones().filter(|site| sites.trampoline(*site).is_some()).collect();
        self.by_runs(inserted, |module, run| module.insert_run(memory, run))
    }

    /// Takes none any more: where nobody has been (`is_hit`), a breakpoint comes instead.
    pub fn leave_detours(&mut self, memory: &Memory, is_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        self.detouring.is_off = true;
        let (hit, rest): (Vec<_>, Vec<_>) =
            self.detouring.taken.ones().partition(|&site| is_hit(self.at(site)));
        self.remove_all(memory, hit)?;
        self.by_runs(rest, |module, run| module.insert_run(memory, run))
    }

    /// Puts the program's own code back at these sites.
    pub fn remove_all(&mut self, memory: &Memory, sites: Vec<usize>) -> Result<()> {
        self.by_runs(sites, |module, run| module.restore_run(memory, run))
    }

    /// A site takes no detour any more. If it had one, a breakpoint does, or nothing if the block is hit already.
    pub fn bar(&mut self, memory: &Memory, site: usize, is_hit: bool) -> Result<()> {
        self.detouring.barred.grow(self.mapping.sites.len());
        self.detouring.barred.insert(site);
        match (self.detouring.taken[site], is_hit) {
            (false, _) => Ok(()),
            (true, true) => self.remove(memory, site),
            (true, false) => self.insert_run(memory, &[site]),
        }
    }

    /// No detour may stand over the code at `address`, nor be taken there: other code of ours is to come there, or somebody will
    /// go on in its midst.
    pub fn bar_over(&mut self, memory: &Memory, address: u64) -> Result<()> {
        let detours = self.mapping.sites.trampolines.as_ref();
        let over = detours.and_then(|detours| detours.over(self.unloaded(address)));
        let Some(site) = over.map(|detour| detour.site as usize) else { return Ok(()) };
        self.bar(memory, site, false)
    }

    /// Where a task is that runs a copy. Addresses are those in the process.
    pub fn whereabouts(&self, address: u64) -> Option<OriginalPc> {
        let (detours, offset) = self.in_copies(address)?;
        detours.original_pc(offset, self.mapping.bias)
    }

    /// The site that whoever has run into the breakpoint at `address`, in a copy, has come by often, and where it goes on in
    /// the copy.
    pub fn hot(&self, address: u64) -> Option<(usize, u64)> {
        let (detours, offset) = self.in_copies(address)?;
        let detour = detours.saturated_at(offset)?;
        Some((detour.site as usize, address - offset + u64::from(detour.resume)))
    }

    fn in_copies(&self, address: u64) -> Option<(&Trampolines, u64)> {
        let detours = self.mapping.sites.trampolines.as_ref()?;
        let offset = address.checked_sub(self.detouring.copies?.address)?;
        (offset < detours.code.len() as u64).then_some((detours, offset))
    }

    /// The detour of a site, and where the copies are, if there are any.
    fn detour(&self, site: usize) -> Option<(&Trampoline, OutOfLineCode)> {
        Some((self.mapping.sites.trampoline(site)?, self.detouring.copies?))
    }

    fn original(&self, detour: &Trampoline) -> &[u8] {
        self.mapping.sites.trampolines.as_ref().map_or(&[], |detours| detours.original(detour))
    }

    /// Does `work` on `sites`, a range of pages at a time.
    fn by_runs(
        &mut self,
        sites: Vec<usize>,
        mut work: impl FnMut(&mut Self, &[usize]) -> Result<()>,
    ) -> Result<()> {
        let mut rest = &sites[..];
        while !rest.is_empty() {
            let (run, later) = rest.split_at(self.run_length(rest));
            rest = later;
            match work(self, run) {
                Err(Error::Failed { .. }) if run.len() > 1 => {
                    // A page of it is not mapped any more: the others are.
                    for site in run {
                        let _ = work(self, &[*site]);
                    }
                }
                Err(Error::Gone) => return Err(Error::Gone),
                _ => {}
            }
        }
        Ok(())
    }

    /// How many of `sites` stand on adjacent pages.
    fn run_length(&self, sites: &[usize]) -> usize {
        let page = |site: &usize| self.address(*site) / PAGE;
        let first = page(&sites[0]);
        sites
            .windows(2)
            .position(|pair| {
                let next = page(&pair[1]);
                next > page(&pair[0]) + 1 || next - first >= RUN / PAGE
            })
            .map_or(sites.len(), |last| last + 1)
    }

    /// The addresses of all that can stand for the sites of `run`, which ascend.
    fn span(&self, run: &[usize]) -> Option<Range<u64>> {
        let (&first, &last) = (run.first()?, run.last()?);
        let of_detour = |site: usize| {
            let (detour, _) = self.detour(site)?;
            let start = self.loaded(detour.start);
            Some(start..start + u64::from(detour.length))
        };
        let start = self.address(self.block_before(first));
        let end = self.address(last) + BREAKPOINT_LENGTH as u64;
        let start = of_detour(first).map_or(start, |detour| detour.start.min(start));
        Some(start..of_detour(last).map_or(end, |detour| detour.end.max(end)))
    }

    /// Plants `run`, ascending, with what else of their blocks must stand alone: where the program has changed its code,
    /// nobody knows how a block is passed.
    pub fn insert_run(&mut self, memory: &Memory, run: &[usize]) -> Result<()> {
        let Some(span) = self.span(run) else { return Ok(()) };
        let mut window = Window::read(memory, span)?;
        // A jump can stand over other sites of its block.
        run.iter().for_each(|&site| self.clear_jump(&mut window, site));
        for &site in run {
            let block = self.block_before(site)..=site;
            if block.clone().count() > 1 && !block.clone().all(|member| self.is_own(&mut window, member)) {
                self.set_split(block.clone());
            }
            for member in block {
                if member == site || self.split[member] {
                    self.put(&mut window, member);
                }
            }
        }
        window.write(memory)
    }

    /// Does the memory have the object's code at a site? A forked child has its parent's breakpoints already.
    fn is_own(&self, window: &mut Window, site: usize) -> bool {
        let there = window.patch(self.address(site));
        there == self.mapping.sites[site].original || there.is_breakpoint()
    }

    fn put(&mut self, window: &mut Window, site: usize) {
        let address = self.address(site);
        if !self.is_own(window, site) {
            return self.modified.grow_and_insert(site);
        }
        self.inserted.insert(site);
        window.clear(address, self.mapping.sites[site].original);
        if self.may_take_detour(window, site)
            && let Some((detour, copies)) = self.detour(site)
        {
            let jump = machine::jump(detour, copies, self.mapping.bias);
            window.at(self.loaded(detour.start), jump.len()).copy_from_slice(&jump);
            self.detouring.taken.grow_and_insert(site);
        } else {
            window.set_patch(address, Patch::BREAKPOINT);
        }
    }

    fn may_take_detour(&self, window: &mut Window, site: usize) -> bool {
        let is_open = !self.detouring.is_off && !self.detouring.barred[site] && !self.split[site];
        is_open
            && self.detour(site).is_some_and(|(detour, _)| {
                let there = window.at(self.loaded(detour.start), detour.length as usize);
                *there == *self.original(detour)
            })
    }

    /// Takes the jump to a copy away, if there is one for this site.
    fn clear_jump(&mut self, window: &mut Window, site: usize) {
        let Some((detour, copies)) = self.detour(site) else { return };
        let jump = machine::jump(detour, copies, self.mapping.bias);
        let there = window.at(self.loaded(detour.start), jump.len());
        if *there == jump {
            there.copy_from_slice(&self.original(detour)[..jump.len()]);
        }
        self.detouring.forget(site);
    }

    fn restore_run(&mut self, memory: &Memory, run: &[usize]) -> Result<()> {
        let Some(span) = self.span(run) else { return Ok(()) };
        let mut window = Window::read(memory, span)?;
        for &site in run {
            self.clear_jump(&mut window, site);
            window.clear(self.address(site), self.mapping.sites[site].original);
            self.inserted.set(site, false);
        }
        window.write(memory)
    }
}
