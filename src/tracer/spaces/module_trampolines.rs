//! The trampolines of one object in one address space.
//!
//! The machine plans trampolines for an object ([`crate::machine::Trampolines`]). Their out-of-line code is
//! in memory of its own near the original code, from where a jump leads to it. Counters are relative to a
//! register that programs do not use, so that a forked child has counters of its own as soon as that register
//! is set. A jump is longer than a breakpoint: it is inserted only while all tasks that run in the address
//! space are stopped, and none of them will continue inside it. It can be removed at any time
//! ([`super::window`]).

use super::code_memory::{CodeMemory, OtherTasks};
use super::installed_trampolines::{InstalledTrampolines, Jump};
use super::module_breakpoints::ModuleBreakpoints;
use super::window::Window;
use crate::machine::{BREAKPOINT_LENGTH, Entrance, OriginalPc, OutOfLineCode, Patch, Trampolines};
use crate::ptrace::Result;
use crate::tracer::sites::SiteRef;

/// A site with this count is executed often: its trampoline is removed when the process stops for another
/// such site.
const OFTEN: u16 = 1024;
/// How often the installation is tried, each time after eight times as many stops.
const MOST_TRIES: u32 = 5;

impl ModuleBreakpoints {
    /// Has the object had so many stops, after which its trampolines are to be installed?
    pub fn wants_trampolines(&self, stops: u32) -> bool {
        let least = stops.saturating_mul(1 << (3 * self.trampolines.tries.min(MOST_TRIES)));
        stops > 0 && self.stops >= least && self.can_have_trampolines()
    }

    /// Its trampolines could not be installed. They will be after more stops, or (`for_good`) never.
    pub fn postpone_trampolines(&mut self, for_good: bool) {
        self.trampolines.tries = if for_good { MOST_TRIES } else { self.trampolines.tries + 1 };
    }

    /// Have children installed trampolines, so that they had better inherit them?
    pub fn wants_trampolines_for_children(&self) -> bool {
        self.trampolines.relatives.have_trampolines.get() && self.can_have_trampolines()
    }

    fn can_have_trampolines(&self) -> bool {
        let has_none = self.trampolines.code.is_none() && !self.trampolines.is_disabled;
        has_none && self.trampolines.tries < MOST_TRIES && self.mapping.sites.trampolines.is_some()
    }

    /// Can there be jumps to trampolines?
    pub fn has_trampolines(&self) -> bool {
        self.has_code() && !self.trampolines.is_disabled
    }

    /// Is there out-of-line code, whether a jump leads to it or not?
    pub fn has_code(&self) -> bool {
        self.trampolines.code.is_some()
    }

    /// Is there a jump to the trampoline of this site?
    pub fn has_jump(&self, site: usize) -> bool {
        self.trampolines.jumps[site]
    }

    /// A child that is alone in its copy of the memory may have the trampolines that its parent could not
    /// have.
    pub fn reenable_trampolines(&mut self) {
        self.trampolines.is_disabled = false;
        self.trampolines.draining.clear();
        self.trampolines.kept.clear();
        if self.trampolines.code.is_none() {
            self.stops = 0;
            self.trampolines.tries = 0;
        }
    }

    /// The process is about to have threads.
    pub fn note_threads(&self) {
        self.trampolines.relatives.have_threads.set(true);
    }

    /// Is a jump still to be removed because a process with a copy of the same memory has threads?
    pub fn must_serve_threads(&self) -> bool {
        self.trampolines.relatives.have_threads.get() && !self.trampolines.serves_threads && self.has_code()
    }

    /// Removes the jumps to trampolines that only one task at a time can use. A site that has not been hit
    /// (`is_hit`) gets a breakpoint instead.
    pub fn serve_threads(&mut self, memory: CodeMemory<'_>, is_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        self.trampolines.serves_threads = true;
        let jumps = &self.trampolines.jumps;
        let jumps = self.mapping.sites.for_one_task().ones().filter(|&site| jumps[site]).collect();
        self.replace_jumps(memory, jumps, is_hit)
    }

    /// Removes these jumps. A site that has not been hit (`is_hit`) gets a breakpoint instead, if a jump is
    /// not to be inserted any more.
    pub(super) fn replace_jumps(
        &mut self,
        memory: CodeMemory<'_>,
        jumps: Vec<usize>,
        is_hit: impl Fn(SiteRef) -> bool,
    ) -> Result<()> {
        let (hit, rest): (Vec<_>, Vec<_>) = jumps.into_iter().partition(|&site| is_hit(self.at(site)));
        self.remove_all(memory, hit)?;
        self.by_runs(rest, |module, run| module.insert_run(memory, run))
    }

    /// What need not be inserted any more in a process that has these counters: jumps where it comes often,
    /// or where a relative has; those that never stop it, and those that need such a jump; and any
    /// breakpoint. A site at which an edge has not been counted is needed, with what leads to its trampoline.
    pub fn worn(&self, counts: &[u16]) -> Vec<usize> {
        let sites = &self.mapping.sites;
        let Some(installed) = InstalledTrampolines::of(sites, self.trampolines.code, self.mapping.bias)
        else {
            return Vec::new();
        };
        let counted = nonzero(&counts[..counts.len().min(sites.len())]);
        let passes = |site: usize| {
            let counter = sites.trampoline(site).map_or(site, |trampoline| trampoline.counter as usize);
            counts[site].max(counts.get(counter).copied().unwrap_or(0))
        };
        let mut busy = self.trampolines.relatives.busy.borrow_mut();
        busy.grow(sites.len());
        busy.extend(counted.iter().copied().filter(|&site| passes(site) >= OFTEN));
        let is_often = |site: usize| counts[site] > 0 && busy[site];
        let never_stops = |site| sites.trampoline(site).is_some_and(|trampoline| !trampoline.saturates());
        let has_edges =
            |site: &usize| sites.edges_of(*site).all(|edge| counts.get(edge).is_some_and(|count| *count > 0));
        let supports = self.supports(installed, counts);
        let is_worn = |site: &usize| {
            !self.has_jump(*site)
                || is_often(*site)
                || never_stops(*site)
                || installed.host_of(*site).is_some_and(is_often)
        };
        let inserted = counted.into_iter().filter(|site| self.inserted[*site] && !supports[*site]);
        inserted.filter(has_edges).filter(is_worn).collect()
    }

    /// Inserts jumps to out-of-line code instead of breakpoints.
    pub fn install_trampolines(&mut self, memory: CodeMemory<'_>, code: OutOfLineCode) -> Result<()> {
        self.trampolines.code = Some(code);
        self.trampolines.relatives.have_trampolines.set(true);
        self.trampolines.serves_threads |= self.trampolines.relatives.have_threads.get();
        let sites = &self.mapping.sites;
        let inserted = self.inserted.ones().filter(|site| sites.trampoline(*site).is_some()).collect();
        self.by_runs(inserted, |module, run| module.insert_run(memory, run))
    }

    /// Removes all jumps for good. A site that has not been hit (`is_hit`) gets a breakpoint instead.
    pub fn disable_trampolines(
        &mut self,
        memory: CodeMemory<'_>,
        is_hit: impl Fn(SiteRef) -> bool,
    ) -> Result<()> {
        self.trampolines.is_disabled = true;
        let jumps = self.trampolines.jumps.ones().collect();
        self.replace_jumps(memory, jumps, is_hit)
    }

    /// A site gets no jump any more. If it has one, that is removed. Unless the block has been hit, a
    /// breakpoint is inserted instead.
    pub fn forbid_trampoline(&mut self, memory: CodeMemory<'_>, site: usize, is_hit: bool) -> Result<()> {
        self.trampolines.forbidden.insert(site);
        match (self.has_jump(site), is_hit) {
            (false, _) => Ok(()),
            (true, true) => self.remove(memory, site),
            (true, false) => self.insert_run(memory, &[site]),
        }
    }

    /// The site whose trampoline replaces the code at `address`, if it has one.
    pub fn trampoline_over(&self, address: u64) -> Option<SiteRef> {
        let trampolines = self.mapping.sites.trampolines.as_ref()?;
        Some(self.at(trampolines.over(self.unloaded(address))?.site as usize))
    }

    /// The place in the original code, if `address` is in the out-of-line code, or is a springboard.
    pub fn original_pc(&self, address: u64) -> Option<OriginalPc> {
        let bias = self.mapping.bias;
        if let Some((trampolines, offset)) = self.in_code(address) {
            return trampolines.original_pc(offset, bias);
        }
        let trampolines = self.mapping.sites.trampolines.as_ref()?;
        let springboard = trampolines.springboard_at(self.unloaded(address))?;
        // A springboard in padding can stay when the short jump is removed.
        let has_host = trampolines.over(springboard.address).is_some();
        let is_used = |site: usize| self.has_jump(site) || self.trampolines.draining.contains(&site);
        let entry = trampolines.entry_of(springboard);
        let (site, address) = (entry.site as usize, entry.start.loaded(bias));
        let pc = OriginalPc { site, address, counted_early: false, return_pushed: false };
        (!has_host || is_used(site)).then_some(pc)
    }

    /// Is there a springboard at `address`, if that is used?
    pub fn is_springboard(&self, address: u64) -> bool {
        let trampolines = self.mapping.sites.trampolines.as_ref().filter(|_| self.has_code());
        trampolines.is_some_and(|all| all.springboard_at(self.unloaded(address)).is_some())
    }

    /// If `address` is that of the breakpoint for a saturated counter: the site, and where a task continues.
    pub fn saturated(&self, address: u64) -> Option<(usize, u64)> {
        let (trampolines, offset) = self.in_code(address)?;
        let trampoline = trampolines.saturated_at(offset)?;
        Some((trampoline.site as usize, address - offset + u64::from(trampoline.resume)))
    }

    /// Does a trampoline replace the instruction at `address`, which is not a breakpoint? Then its original.
    pub fn replaced_instruction(&self, address: u64) -> Option<Patch> {
        let trampolines = self.mapping.sites.trampolines.as_ref().filter(|_| self.has_code())?;
        let start = self.unloaded(address);
        let trampoline = trampolines.over(start).filter(|trampoline| trampoline.start == start)?;
        if trampoline.entrance == Entrance::Copies {
            return None;
        }
        Patch::first(trampolines.original(trampoline)).filter(|original| !original.is_breakpoint())
    }

    fn in_code(&self, address: u64) -> Option<(&Trampolines, u64)> {
        let trampolines = self.mapping.sites.trampolines.as_ref()?;
        let offset = address.checked_sub(self.trampolines.code?.address)?;
        (offset < trampolines.code.len() as u64).then_some((trampolines, offset))
    }

    /// Inserts the jump for a site, if it may have one. False if it gets a breakpoint.
    pub(super) fn insert_jump(
        &mut self,
        installed: InstalledTrampolines<'_>,
        window: &mut Window<'_>,
        site: usize,
    ) -> bool {
        let state = &self.trampolines;
        if state.is_disabled || state.forbidden[site] || self.is_split(site) {
            return false;
        }
        if state.serves_threads && self.mapping.sites.for_one_task()[site] {
            return false;
        }
        if window.others() == OtherTasks::Running && state.draining.contains(&site) {
            return false;
        }
        let Some((jump, springboard)) = installed.jumps_of(site) else { return false };
        let host = springboard.and_then(|springboard| installed.host(&springboard));
        let jumps = springboard.into_iter().chain([jump]);
        let can_be_written = |jump: Jump<'_>| {
            let is_there = |code: &[u8]| *window.at(jump.address, code.len()) == *code;
            // A springboard in padding can have been left there.
            let is_free = is_there(jump.original) || (jump.is_springboard() && is_there(&jump.code));
            is_free && window.may_insert(jump.address, &jump.code)
        };
        if host.is_some_and(|host| !self.has_jump(host)) || !jumps.clone().all(can_be_written) {
            return false;
        }
        jumps.for_each(|jump| window.replace(jump.address, &jump.code));
        self.trampolines.jumps.insert(site);
        self.trampolines.draining.remove(&site);
        true
    }

    /// If the jump for a site is in place, inserts those to springboards in the code that it makes free,
    /// instead of breakpoints.
    pub(super) fn insert_hosted(
        &mut self,
        installed: InstalledTrampolines<'_>,
        window: &mut Window<'_>,
        host: usize,
    ) {
        for site in installed.hosted_by(host) {
            if self.has_jump(host) && self.inserted[site] && !self.has_jump(site) {
                let (address, original) = (self.address(site), self.mapping.sites[site].original);
                window.clear(address, original);
                if !self.insert_jump(installed, window, site) {
                    window.set_patch(address, Patch::BREAKPOINT);
                }
            }
        }
    }

    /// Removes the jump for a site, if there is one. Before it, those to springboards in the code that it
    /// makes free are replaced by breakpoints. False if nothing is removed yet, as another task may be at
    /// such a springboard.
    pub(super) fn clear_jump(
        &mut self,
        installed: InstalledTrampolines<'_>,
        window: &mut Window<'_>,
        site: usize,
    ) -> bool {
        if self.keeps_jump(installed, window.others(), site) {
            self.trampolines.kept.entry(site).or_default();
            return false;
        }
        for hosted in installed.hosted_by(site) {
            self.clear_jump_alone(installed, window, hosted, true);
            self.trampolines.draining.remove(&hosted);
            if self.inserted[hosted] {
                window.set_patch(self.address(hosted), Patch::BREAKPOINT);
            }
        }
        // Another task may be at a springboard, which can stay where it is.
        let with_springboard = window.others() == OtherTasks::Stopped;
        if !with_springboard && self.has_jump(site) && installed.host_of(site).is_some() {
            self.trampolines.draining.insert(site);
        }
        self.clear_jump_alone(installed, window, site, with_springboard);
        true
    }

    fn clear_jump_alone(
        &mut self,
        installed: InstalledTrampolines<'_>,
        window: &mut Window<'_>,
        site: usize,
        with_springboard: bool,
    ) {
        let Some((jump, springboard)) = installed.jumps_of(site) else { return };
        let springboard = springboard.filter(|_| with_springboard);
        for jump in [jump].into_iter().chain(springboard) {
            let length = jump.code.len();
            let (there, original) = (window.at(jump.address, length), &jump.original[..length]);
            // A process that was forked meanwhile has a copy in the first of the steps in which one is
            // removed.
            let rest = BREAKPOINT_LENGTH..;
            let is_half_removed = window.patch(jump.address).is_breakpoint()
                && there[rest.clone()] == jump.code[rest.clone()]
                && there[rest.clone()] != original[rest];
            if *there == *jump.code || is_half_removed {
                window.replace(jump.address, original);
            }
        }
        self.trampolines.jumps.remove(site);
    }
}

/// The indexes of the counts that are not 0. Most are: several are tested at once.
fn nonzero(counts: &[u16]) -> Vec<usize> {
    const STRIDE: usize = 32;
    let strides = counts.chunks(STRIDE).enumerate();
    let strides = strides.filter(|(_, stride)| stride.iter().fold(0, |all, one| all | one) != 0);
    let counted = strides.flat_map(|(index, stride)| {
        let counted = stride.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(move |(offset, _)| index * STRIDE + offset)
    });
    counted.collect()
}
