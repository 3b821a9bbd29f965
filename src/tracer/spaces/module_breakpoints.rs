//! The breakpoints of one object in one address space.
//!
//! A basic block has one breakpoint, at its last site. If that is hit, the other sites of the block have been
//! executed before. A block that was split has a breakpoint at each of its sites.

use super::code_memory::CodeMemory;
use super::installed_trampolines::InstalledTrampolines;
use super::shared_bits::{self, SharedBits};
use super::trampoline_state::TrampolineState;
use super::window::Window;
use crate::elf::Svma;
use crate::machine::{BREAKPOINT_LENGTH, Patch, Site};
use crate::ptrace::{Error, Result};
use crate::tracer::sites::{Mapping, SiteRef};
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

const PAGE: u64 = 4096;
/// The most that is read and written at once.
const RUN: u64 = 1 << 20;

/// The sites of a mapped object, and which are inserted.
#[derive(Debug, Clone)]
pub struct ModuleBreakpoints {
    pub mapping: Mapping,
    /// Mapped by the kernel at the exec, and so never unmapped.
    pub permanent: bool,
    /// Sites at which there is a breakpoint, or a jump to a trampoline.
    pub inserted: SharedBits,
    /// Sites at which the memory does not have the object's code: the program has changed it.
    pub modified: SharedBits,
    /// Sites of blocks that were split: each has a breakpoint of its own.
    split: SharedBits,
    pub(super) trampolines: TrampolineState,
    /// How many breakpoints were hit.
    pub(super) stops: u32,
    /// Sites that had been removed, and were inserted for a process that shares the memory.
    lent: Vec<usize>,
    /// Sites that were removed for a process that shares the memory, while those that wait for it have not
    /// hit them.
    owed: Vec<usize>,
}

impl ModuleBreakpoints {
    /// An object of which nothing is inserted yet.
    pub fn new(mapping: Mapping, permanent: bool) -> Self {
        Self {
            mapping,
            permanent,
            inserted: SharedBits::default(),
            modified: SharedBits::default(),
            split: SharedBits::default(),
            trampolines: TrampolineState::default(),
            stops: 0,
            lent: Vec::new(),
            owed: Vec::new(),
        }
    }

    /// The address in the process.
    pub(super) fn loaded(&self, address: Svma) -> u64 {
        address.loaded(self.mapping.bias)
    }

    /// The address before loading.
    pub(super) fn unloaded(&self, address: u64) -> Svma {
        Svma(address.wrapping_sub(self.mapping.bias))
    }

    pub(super) fn address(&self, site: usize) -> u64 {
        self.loaded(self.mapping.sites[site].address)
    }

    /// The address of the first site.
    pub fn start(&self) -> u64 {
        self.address(0)
    }

    /// Is this the object, mapped to this place?
    pub fn is_of(&self, mapping: &Mapping) -> bool {
        self.mapping.object == mapping.object && self.mapping.bias == mapping.bias
    }

    /// The site at `address`.
    pub fn site_at(&self, address: u64) -> Option<usize> {
        let address = self.unloaded(address);
        self.mapping.sites.binary_search_by_key(&address, |site| site.address).ok()
    }

    /// A site, with those before it in its block.
    pub fn at(&self, site: usize) -> SiteRef {
        let (object, first, address) = (self.mapping.object, self.first_of_block(site), self.address(site));
        SiteRef { object, site, first, address }
    }

    /// Is the next site in the same block, so that this one needs no breakpoint?
    fn is_joined(&self, site: usize) -> bool {
        !self.mapping.sites.ends[site] && !self.split[site]
    }

    fn first_of_block(&self, site: usize) -> usize {
        (0..site).rev().take_while(|&before| self.is_joined(before)).last().unwrap_or(site)
    }

    fn last_of_block(&self, site: usize) -> usize {
        (site..).find(|&after| !self.is_joined(after)).unwrap_or(site)
    }

    /// The sites that a task inside a block has passed, if it is about to execute the instruction at
    /// `address`; if it `has_begun` that, with the site there.
    pub fn passed(&self, address: u64, has_begun: bool) -> Option<SiteRef> {
        let address = self.unloaded(address);
        let is_passed = |site: &Site| site.address < address || (has_begun && site.address == address);
        let last = self.mapping.sites.partition_point(is_passed).checked_sub(1)?;
        self.is_joined(last).then(|| self.at(last))
    }

    /// Gives each site of a block a breakpoint of its own, if the block has not been hit.
    pub fn split(&mut self, memory: CodeMemory<'_>, site: usize) -> Result<()> {
        let (first, last) = (self.first_of_block(site), self.last_of_block(site));
        if !self.inserted[last] {
            return Ok(());
        }
        if self.must_keep_jump(memory.others, last) {
            self.trampolines.kept.insert(last, true);
            return Ok(());
        }
        self.set_split(first..=last);
        let members: Vec<_> = (first..=last).collect();
        self.insert_run(memory, &members)
    }

    fn set_split(&mut self, block: RangeInclusive<usize>) {
        block.for_each(|site| self.split.insert(site));
    }

    pub(super) fn is_split(&self, site: usize) -> bool {
        self.split[site]
    }

    /// Is every site inserted that can be?
    pub fn is_complete(&self) -> bool {
        self.pending().next().is_none()
    }

    /// The sites that are not inserted, and can be: the last ones of blocks, and all of split blocks.
    pub(super) fn pending(&self) -> impl Iterator<Item = usize> {
        const BITS: usize = usize::BITS as usize;
        let ends = self.mapping.sites.ends.as_slice();
        ends.iter().enumerate().flat_map(move |(index, ends)| {
            let wanted = ends | self.split.word(index);
            let rest = wanted & !self.inserted.word(index) & !self.modified.word(index);
            shared_bits::ones(rest).map(move |bit| index * BITS + bit)
        })
    }

    /// Inserts every site that is pending.
    pub fn insert(&mut self, memory: CodeMemory<'_>) -> Result<()> {
        let pending = self.pending().collect();
        self.by_runs(pending, |module, run| module.insert_run(memory, run))
    }

    /// Inserts every site that is pending, for a process that shares the memory.
    pub fn insert_lent(&mut self, memory: CodeMemory<'_>) -> Result<()> {
        let pending: Vec<_> = self.pending().collect();
        self.lent.extend(&pending);
        self.by_runs(pending, |module, run| module.insert_run(memory, run))
    }

    /// That process has left. Removes the sites again which the one that stays `has_hit`.
    pub fn take_back_lent(
        &mut self,
        memory: CodeMemory<'_>,
        has_hit: impl Fn(SiteRef) -> bool,
    ) -> Result<()> {
        let mut lent = std::mem::take(&mut self.lent);
        lent.sort_unstable();
        lent.dedup();
        lent.retain(|&site| self.inserted[site] && has_hit(self.at(site)));
        self.remove_all(memory, lent)
    }

    /// The breakpoint of a site was removed for a process that shares the memory, while others wait for that.
    pub fn note_owed(&mut self, site: usize) {
        self.owed.push(site);
    }

    /// A process that has waited continues. Inserts the sites that it is owed, but for those that it
    /// `has_hit`: another may wait for it in turn.
    pub fn pay_owed(&mut self, memory: CodeMemory<'_>, has_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        let mut owed = std::mem::take(&mut self.owed);
        owed.sort_unstable();
        owed.dedup();
        let (hit, mut rest): (Vec<_>, Vec<_>) = owed.into_iter().partition(|&site| has_hit(self.at(site)));
        self.owed = hit;
        rest.retain(|&site| !self.inserted[site] && !self.modified[site]);
        self.by_runs(rest, |module, run| module.insert_run(memory, run))
    }

    pub fn has_lent(&self) -> bool {
        !self.lent.is_empty()
    }

    pub fn has_owed(&self) -> bool {
        !self.owed.is_empty()
    }

    pub fn forget_owed(&mut self) {
        self.owed.clear();
    }

    pub fn forget_lent_and_owed(&mut self) {
        self.lent.clear();
        self.owed.clear();
    }

    /// Writes the program's own code back at a site.
    pub fn remove(&mut self, memory: CodeMemory<'_>, site: usize) -> Result<()> {
        if !self.inserted[site] {
            return self.remove_stale(memory, site);
        }
        if self.has_jump(site) {
            return self.restore_run(memory, &[site]);
        }
        self.inserted.remove(site);
        self.count_stop();
        memory.write_patch(self.address(site), self.mapping.sites[site].original)
    }

    /// A task has stopped for a breakpoint.
    pub fn count_stop(&mut self) {
        self.stops = self.stops.saturating_add(1);
    }

    /// A task has run into the breakpoint of a site that is not inserted any more. If it is there, the
    /// program has saved its code with the breakpoint in it, and has put that back.
    fn remove_stale(&self, memory: CodeMemory<'_>, site: usize) -> Result<()> {
        let (address, original) = (self.address(site), self.mapping.sites[site].original);
        let is_stale = memory.read_patch(address)?.is_breakpoint();
        if is_stale { memory.write_patch(address, original) } else { Ok(()) }
    }

    /// Writes the program's own code back at these sites.
    pub fn remove_all(&mut self, memory: CodeMemory<'_>, sites: Vec<usize>) -> Result<()> {
        self.by_runs(sites, |module, run| module.restore_run(memory, run))
    }

    /// Removes every breakpoint, also at sites that are not known to be inserted, and every jump to a
    /// trampoline.
    pub fn restore(&mut self, memory: CodeMemory<'_>) -> Result<()> {
        self.trampolines.is_disabled = true;
        let all = (0..self.mapping.sites.len()).filter(|&site| !self.modified[site]).collect();
        self.by_runs(all, |module, run| module.restore_run(memory, run))
    }

    /// Nothing is taken to be inserted any more.
    pub fn forget_insertions(&mut self) {
        self.inserted.clear();
        self.trampolines.jumps.clear();
        self.trampolines.draining.clear();
        self.trampolines.kept.clear();
    }

    /// The object may not be mapped at all.
    pub fn distrust(&mut self) {
        self.permanent = false;
        self.trampolines.is_disabled = true;
    }

    /// Does `work` on `sites`, a range of adjacent pages at a time.
    pub(super) fn by_runs(
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
                    // One of its pages is no longer mapped; the others are.
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

    /// How many of the first of `sites` are on adjacent pages.
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

    /// The addresses of all that can be read or written for the sites of `run`, which ascend.
    pub(super) fn span(&self, run: &[usize]) -> Option<Range<u64>> {
        /// What belongs to a trampoline is not further away from its site.
        const NEAR: u64 = 512;
        let installed =
            InstalledTrampolines::of(&self.mapping.sites, self.trampolines.code, self.mapping.bias);
        let (&first, &last) = (run.first()?, run.last()?);
        let start = self.address(self.first_of_block(first));
        let end = self.address(last) + BREAKPOINT_LENGTH as u64;
        let first_ones = run.iter().take_while(|site| self.address(**site) < start + NEAR);
        let last_ones = run.iter().rev().take_while(|site| self.address(**site) + NEAR > end);
        let extents = first_ones.chain(last_ones).filter_map(|site| installed?.extent(*site));
        Some(extents.fold(start..end, |all, one| all.start.min(one.start)..all.end.max(one.end)))
    }

    /// Inserts the sites of `run`, which ascend. If the program has changed the code of a block, it is not
    /// known how the block is passed, and the block is split.
    pub fn insert_run(&mut self, memory: CodeMemory<'_>, run: &[usize]) -> Result<()> {
        let Some(span) = self.span(run) else { return Ok(()) };
        let mut window = Window::read(memory, span)?;
        self.insert_into(&mut window, run);
        window.write()
    }

    pub(super) fn insert_into(&mut self, window: &mut Window<'_>, run: &[usize]) {
        // A jump can cover other sites of its block.
        let sites = Arc::clone(&self.mapping.sites);
        let installed = InstalledTrampolines::of(&sites, self.trampolines.code, self.mapping.bias);
        let is_clear =
            |site: &usize| installed.is_none_or(|installed| self.clear_jump(installed, window, *site));
        let run: Vec<usize> = run.iter().copied().filter(is_clear).collect();
        for &site in &run {
            let block = self.first_of_block(site)..=site;
            if block.clone().count() > 1 && !block.clone().all(|member| self.is_own(window, member)) {
                self.set_split(block.clone());
            }
            for member in block {
                if member == site || self.split[member] {
                    self.insert_site(installed, window, member);
                }
            }
        }
        if let Some(installed) = installed {
            run.iter().for_each(|site| self.insert_hosted(installed, window, *site));
        }
    }

    /// These sites are inserted, some of them with jumps.
    pub(super) fn become_like(&mut self, inserted: &SharedBits, jumps: &SharedBits) {
        self.inserted.clone_from(inserted);
        self.trampolines.jumps.clone_from(jumps);
    }

    /// Does the memory have the object's code at a site? A forked child has its parent's breakpoints already.
    fn is_own(&self, window: &mut Window<'_>, site: usize) -> bool {
        let there = window.patch(self.address(site));
        there == self.mapping.sites[site].original || there.is_breakpoint()
    }

    fn insert_site(
        &mut self,
        installed: Option<InstalledTrampolines<'_>>,
        window: &mut Window<'_>,
        site: usize,
    ) {
        let address = self.address(site);
        if !self.is_own(window, site) {
            return self.modified.insert(site);
        }
        self.inserted.insert(site);
        window.clear(address, self.mapping.sites[site].original);
        if !installed.is_some_and(|installed| self.insert_jump(installed, window, site)) {
            window.set_patch(address, Patch::BREAKPOINT);
        }
    }

    fn restore_run(&mut self, memory: CodeMemory<'_>, run: &[usize]) -> Result<()> {
        let sites = Arc::clone(&self.mapping.sites);
        let installed = InstalledTrampolines::of(&sites, self.trampolines.code, self.mapping.bias);
        let Some(span) = self.span(run) else { return Ok(()) };
        let mut window = Window::read(memory, span)?;
        for &site in run {
            if installed.is_none_or(|installed| self.clear_jump(installed, &mut window, site)) {
                window.clear(self.address(site), self.mapping.sites[site].original);
                self.inserted.remove(site);
            }
        }
        window.write()
    }
}
