//! An address space and the breakpoints in it.
//!
//! What was ever inserted is known for ever: a trap at a site whose byte has been put back already, because
//! another thread came first, is recognised, and just rewound. So no thread has to be held while another's
//! breakpoint is removed.

use crate::machine::{OutOfLineCode, SignalCall, Site};
use crate::ptrace::{Memory, Result};
use crate::tracer::signals::syscall_hooks::SyscallHooks;
use crate::tracer::sites::{Mapping, ObjectId, SiteRef};
use crate::tracer::spaces::entry_hooks::{EntryHook, EntryHooks, Probe, ProbeBreakpoint};
use crate::tracer::spaces::linker::DynamicLinker;
use crate::tracer::spaces::module_breakpoints::ModuleBreakpoints;

/// What is mapped into a process.
#[derive(Debug, Clone, Default)]
pub struct MappedObjects {
    /// The objects of which some line is of interest.
    pub mappings: Vec<Mapping>,
    /// The functions after which the recorder wants to look in.
    pub entry_hooks: Vec<EntryHook>,
}

impl MappedObjects {
    /// Is nothing of interest?
    pub fn is_empty(&self) -> bool {
        self.mappings.is_empty() && self.entry_hooks.is_empty()
    }
}

/// What is known of an address.
#[derive(Debug, Clone, Copy)]
pub(in crate::tracer) enum Breakpoint {
    /// A site of an object.
    Site(SiteRef, Site),
    /// Where the dynamic linker tells what it does.
    DynamicLinker,
    /// Where the program is about to make a call that may concern SIGTRAP; and the site that is there too, if a line
    /// begins there.
    Hook(SignalCall, Option<SiteRef>),
    /// Where one has come by often, in the copy of a block, and where it goes on in that.
    Hot(SiteRef, u64),
    /// What belongs to the recorder's probe; and the site that is there too.
    Probe(ProbeBreakpoint, Option<SiteRef>),
}

/// The breakpoints of one address space.
#[derive(Debug, Clone, Default)]
pub(in crate::tracer) struct Space {
    /// Ascending by address; no two overlap.
    pub(super) modules: Vec<ModuleBreakpoints>,
    loader: Option<DynamicLinker>,
    hooks: SyscallHooks,
    entry_hooks: EntryHooks,
    /// Of each object, where it was loaded (its bias), and where copies of it are.
    pub(super) copies: Vec<(ObjectId, u64, OutOfLineCode)>,
    /// The dynamic linker is taking objects away: what is inserted has to be compared with what is mapped before
    /// anything more is inserted.
    stale: bool,
}

impl Space {
    /// Takes in what an exec has mapped: for good, and with the dynamic linker that will map more.
    ///
    /// # Errors
    /// [`crate::ptrace::Error::Gone`] when the process has died.
    pub fn load(
        &mut self,
        memory: &Memory,
        mapped: MappedObjects,
        loader: Option<DynamicLinker>,
    ) -> Result<()> {
        self.loader = loader;
        if let Some(loader) = loader {
            loader.insert(memory)?;
        }
        self.entry_hooks.reconcile(memory, mapped.entry_hooks)?;
        self.add(memory, mapped.mappings, true)
    }

    /// Compares the modules with the objects that are mapped now.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn reconcile(
        &mut self,
        memory: &Memory,
        MappedObjects { mappings, entry_hooks }: MappedObjects,
    ) -> Result<()> {
        self.stale = false;
        let is_mapped = |module: &ModuleBreakpoints| mappings.iter().any(|mapping| module.is_of(mapping));
        self.modules.retain(|module| module.permanent || is_mapped(module));
        if let Some(loader) = self.loader {
            // Where all was in doubt, so was this.
            loader.insert(memory)?;
        }
        self.entry_hooks.reconcile(memory, entry_hooks)?;
        self.add(memory, mappings, false)
    }

    fn add(&mut self, memory: &Memory, mappings: Vec<Mapping>, permanent: bool) -> Result<()> {
        for mapping in mappings {
            if mapping.sites.is_empty() || self.modules.iter().any(|module| module.is_of(&mapping)) {
                continue;
            }
            let mut module = ModuleBreakpoints::new(mapping, permanent);
            let place = self.modules.partition_point(|other| other.start() < module.start());
            let inserted = module.insert(memory);
            self.modules.insert(place, module);
            inserted?;
        }
        Ok(())
    }

    /// Plants the hooks of the objects that are mapped now, if it has a site: nothing else that could disturb the
    /// program's SIGTRAP is inserted without one, but for the watch on the dynamic linker. True if they are its first.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn hook(&mut self, memory: &Memory, calls: &[SignalCall]) -> Result<bool> {
        let was_empty = self.hooks.is_empty();
        calls.iter().try_for_each(|call| self.bar_over(memory, call.address))?;
        self.hooks.reconcile(memory, calls)?;
        Ok(was_empty && !self.hooks.is_empty())
    }

    /// Are returns from signal handlers seen, if that is asked for?
    pub fn sees_returns(&self) -> bool {
        self.hooks.see_returns()
    }

    /// Lifts all hooks for good.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn give_up_hooks(&mut self, memory: &Memory) -> Result<()> {
        let removed = self.hooks.give_up();
        self.unhook(memory, &removed)
    }

    fn unhook(&self, memory: &Memory, hooks: &[SignalCall]) -> Result<()> {
        let others = hooks.iter().filter(|hook| self.inserted_at(hook.address).is_none());
        others.into_iter().try_for_each(|hook| memory.write_patch(hook.address, hook.original))
    }

    /// Has it sites?
    pub fn has_sites(&self) -> bool {
        !self.modules.is_empty()
    }

    /// A hook has been hit. False if those of its kind have been hit so often that they are removed for good.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn visit(&mut self, memory: &Memory, call: &SignalCall) -> Result<bool> {
        let (is_watched, spent) = self.hooks.visit(call);
        self.unhook(memory, &spent)?;
        Ok(is_watched)
    }

    /// SyscallHooks returns from signal handlers too.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn watch_returns(&mut self, memory: &Memory) -> Result<()> {
        self.hooks.watch_returns(memory)
    }

    /// What it has of objects.
    pub fn mappings(&self) -> Vec<Mapping> {
        self.modules.iter().map(|module| module.mapping.clone()).collect()
    }

    /// The dynamic linker begins to take objects away.
    pub fn mark_stale(&mut self) {
        self.stale = true;
    }

    /// Must the modules be compared with the mapped objects?
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// The dynamic linker that is watched.
    pub fn loader(&self) -> Option<DynamicLinker> {
        self.loader
    }

    /// Forgets what is inserted, and whether that is still mapped.
    pub fn doubt(&mut self) {
        self.modules.iter_mut().for_each(|module| {
            module.inserted.clear();
            module.detouring.taken.clear();
        });
        self.stale = true;
    }

    /// Forgets as well that anything of it is there for good: it may be another process's.
    pub fn doubt_all(&mut self) {
        self.doubt();
        self.entry_hooks.doubt();
        self.modules.iter_mut().for_each(|module| {
            module.permanent = false;
            module.detouring.is_off = true;
        });
    }

    /// Plants again all that has been removed.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn reinsert(&mut self, memory: &Memory) -> Result<()> {
        self.modules.iter_mut().try_for_each(|module| module.insert(memory))
    }

    /// Takes out every breakpoint that stands in `memory`, which may be a copy of this space from before, and, if nobody is
    /// about, every detour. What was inserted stays known.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn restore(&mut self, memory: &Memory, with_detours: bool) -> Result<()> {
        if let Some(loader) = self.loader {
            loader.remove(memory)?;
        }
        self.modules.iter_mut().try_for_each(|module| module.restore(memory, with_detours))?;
        self.entry_hooks.restore(memory)?;
        self.hooks.restore(memory)
    }

    /// What it has of the recorder's probe.
    pub fn entry_hooks(&mut self) -> &mut EntryHooks {
        &mut self.entry_hooks
    }

    /// The probe in it.
    pub fn probe(&self) -> Option<Probe> {
        self.entry_hooks.probe()
    }

    /// Lifts the breakpoint at a watched function's entry, and what else is inserted there.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn remove_entry_hook(&mut self, memory: &Memory, watch: EntryHook) -> Result<()> {
        if let Some(at) = self.inserted_at(watch.address) {
            self.remove(memory, at)?;
        }
        memory.write_patch(watch.address, watch.original)
    }

    /// Plants one site again, from which somebody has just made a step.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn insert(&mut self, memory: &Memory, at: SiteRef) -> Result<()> {
        let Some(module) = self.module_mut(at) else { return Ok(()) };
        // A jump could reach over where that one is now.
        module.bar(memory, at.site, false)?;
        module.insert_run(memory, &[at.site])
    }

    /// Is there no breakpoint in it?
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty() && self.loader.is_none() && self.entry_hooks.is_empty()
    }

    /// Is all inserted that can be?
    pub fn is_whole(&self) -> bool {
        self.modules.iter().all(ModuleBreakpoints::is_whole)
    }

    /// What is at `address`, unless the program has put code of its own there.
    pub fn find(&self, address: u64) -> Option<Breakpoint> {
        if self.loader.is_some_and(|loader| loader.notify == address) {
            return Some(Breakpoint::DynamicLinker);
        }
        if let Some(trap) = self.entry_hooks.find(address) {
            return Some(Breakpoint::Probe(trap, self.inserted_at(address)));
        }
        if let Some(call) = self.hooks.find(address) {
            let site = self.inserted_at(address);
            if site.is_none() || self.hooks.is_inserted(address) {
                return Some(Breakpoint::Hook(call, site));
            }
        }
        let Some((module, site)) = self.site_at(address) else {
            return self.modules.iter().find_map(|module| {
                let (site, next) = module.hot(address)?;
                Some(Breakpoint::Hot(module.at(site), next))
            });
        };
        (!module.modified[site]).then(|| Breakpoint::Site(module.at(site), module.mapping.sites[site]))
    }

    fn site_at(&self, address: u64) -> Option<(&ModuleBreakpoints, usize)> {
        let module = &self.modules[self.index(address)?];
        Some((module, module.site_at(address)?))
    }

    /// The site at `address`, if it is inserted.
    fn inserted_at(&self, address: u64) -> Option<SiteRef> {
        let (module, site) = self.site_at(address)?;
        module.inserted[site].then(|| module.at(site))
    }

    /// What a task has come by of the block in the midst of which it is: see [`ModuleBreakpoints::passed`].
    pub fn passed(&self, address: u64, has_begun: bool) -> Option<SiteRef> {
        self.modules[self.index(address)?].passed(address, has_begun)
    }

    /// Gives each site of a block a breakpoint of its own.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn split(&mut self, memory: &Memory, at: SiteRef) -> Result<()> {
        match self.module_mut(at) {
            Some(module) => module.split(memory, at.site),
            None => Ok(()),
        }
    }

    /// Puts the program's own byte back, if that has not been done.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn remove(&mut self, memory: &Memory, at: SiteRef) -> Result<()> {
        self.module_mut(at).map_or(Ok(()), |module| module.remove(memory, at.site))
    }

    /// The last module that begins at `address` or before.
    pub(super) fn index(&self, address: u64) -> Option<usize> {
        self.modules.partition_point(|module| module.start() <= address).checked_sub(1)
    }

    /// `None` when the object has been taken away.
    pub(super) fn module_mut(&mut self, at: SiteRef) -> Option<&mut ModuleBreakpoints> {
        let index = self.index(at.address)?;
        let module = &mut self.modules[index];
        let is_there = module.mapping.object == at.object && module.site_at(at.address) == Some(at.site);
        is_there.then_some(module)
    }
}
