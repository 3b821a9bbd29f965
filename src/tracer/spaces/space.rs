//! An address space and the breakpoints in it.
//!
//! What was ever planted is known for ever: a trap at a site whose byte has been put back already, because
//! another thread came first, is recognised, and just rewound. So no thread has to be held while another's
//! breakpoint is lifted.

use crate::ptrace::{Memory, Result};
use crate::tracer::detours::Copies;
use crate::tracer::signals::syscall_hooks::{Hooks, SignalCall};
use crate::tracer::sites::{At, Mapping, ObjectId, Site};
use crate::tracer::spaces::entry_hooks::{Probe, Trap, Watch, Watches};
use crate::tracer::spaces::linker::Loader;
use crate::tracer::spaces::module_breakpoints::Planting;

/// What is mapped into a process.
#[derive(Debug, Clone, Default)]
pub struct Mapped {
    /// The objects of which some line is of interest.
    pub mappings: Vec<Mapping>,
    /// The functions after which the recorder wants to look in.
    pub watches: Vec<Watch>,
}

impl Mapped {
    /// Is nothing of interest?
    pub fn is_empty(&self) -> bool {
        self.mappings.is_empty() && self.watches.is_empty()
    }
}

/// What is known of an address.
#[derive(Debug, Clone, Copy)]
pub(in crate::tracer) enum Known {
    /// A site of an object.
    Site(At, Site),
    /// Where the dynamic linker tells what it does.
    Loader,
    /// Where the program is about to make a call that may concern SIGTRAP; and the site that is there too, if a line
    /// begins there.
    Hook(SignalCall, Option<At>),
    /// Where one has come by often, in the copy of a block, and where it goes on in that.
    Hot(At, u64),
    /// What belongs to the recorder's probe; and the site that is there too.
    Probe(Trap, Option<At>),
}

/// The breakpoints of one address space.
#[derive(Debug, Clone, Default)]
pub(in crate::tracer) struct Space {
    /// Ascending by address; no two overlap.
    pub(super) plantings: Vec<Planting>,
    loader: Option<Loader>,
    hooks: Hooks,
    watches: Watches,
    /// Of each object, where it was loaded (its bias), and where copies of it are.
    pub(super) copies: Vec<(ObjectId, u64, Copies)>,
    /// The dynamic linker is taking objects away: what is planted has to be compared with what is mapped before
    /// anything more is planted.
    unsettled: bool,
}

impl Space {
    /// Takes in what an exec has mapped: for good, and with the dynamic linker that will map more.
    ///
    /// # Errors
    /// [`Error::Gone`] when the process has died.
    pub fn load(&mut self, memory: &Memory, mapped: Mapped, loader: Option<Loader>) -> Result<()> {
        self.loader = loader;
        if let Some(loader) = loader {
            loader.plant(memory)?;
        }
        self.watches.settle(memory, mapped.watches)?;
        self.add(memory, mapped.mappings, true)
    }

    /// Compares the plantings with the objects that are mapped now.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn settle(&mut self, memory: &Memory, Mapped { mappings, watches }: Mapped) -> Result<()> {
        self.unsettled = false;
        let is_mapped = |planting: &Planting| mappings.iter().any(|mapping| planting.is_of(mapping));
        self.plantings.retain(|planting| planting.permanent || is_mapped(planting));
        if let Some(loader) = self.loader {
            // Where all was in doubt, so was this.
            loader.plant(memory)?;
        }
        self.watches.settle(memory, watches)?;
        self.add(memory, mappings, false)
    }

    fn add(&mut self, memory: &Memory, mappings: Vec<Mapping>, permanent: bool) -> Result<()> {
        for mapping in mappings {
            if mapping.sites.is_empty() || self.plantings.iter().any(|planting| planting.is_of(&mapping)) {
                continue;
            }
            let mut planting = Planting::new(mapping, permanent);
            let place = self.plantings.partition_point(|other| other.start() < planting.start());
            let planted = planting.plant(memory);
            self.plantings.insert(place, planting);
            planted?;
        }
        Ok(())
    }

    /// Plants the hooks of the objects that are mapped now, if it has a site: nothing else that could disturb the
    /// program's SIGTRAP is planted without one, but for the watch on the dynamic linker. True if they are its first.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn hook(&mut self, memory: &Memory, calls: &[SignalCall]) -> Result<bool> {
        let was_empty = self.hooks.is_empty();
        calls.iter().try_for_each(|call| self.bar_over(memory, call.address))?;
        self.hooks.settle(memory, calls)?;
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
        let lifted = self.hooks.give_up();
        self.unhook(memory, &lifted)
    }

    fn unhook(&self, memory: &Memory, hooks: &[SignalCall]) -> Result<()> {
        let others = hooks.iter().filter(|hook| self.planted_at(hook.address).is_none());
        others.into_iter().try_for_each(|hook| memory.write(hook.address, &[hook.original]))
    }

    /// Has it sites?
    pub fn has_sites(&self) -> bool {
        !self.plantings.is_empty()
    }

    /// A hook has been hit. False if those of its kind have been hit so often that they are lifted for good.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn visit(&mut self, memory: &Memory, call: &SignalCall) -> Result<bool> {
        let (is_watched, spent) = self.hooks.visit(call);
        self.unhook(memory, &spent)?;
        Ok(is_watched)
    }

    /// Hooks returns from signal handlers too.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn watch_returns(&mut self, memory: &Memory) -> Result<()> {
        self.hooks.watch_returns(memory)
    }

    /// What it has of objects.
    pub fn mappings(&self) -> Vec<Mapping> {
        self.plantings.iter().map(|planting| planting.mapping.clone()).collect()
    }

    /// The dynamic linker begins to take objects away.
    pub fn set_unsettled(&mut self) {
        self.unsettled = true;
    }

    /// Must the plantings be compared with the mapped objects?
    pub fn is_unsettled(&self) -> bool {
        self.unsettled
    }

    /// The dynamic linker that is watched.
    pub fn loader(&self) -> Option<Loader> {
        self.loader
    }

    /// Forgets what is planted, and whether that is still mapped.
    pub fn doubt(&mut self) {
        self.plantings.iter_mut().for_each(|planting| {
            planting.planted.clear();
            planting.detouring.taken.clear();
        });
        self.unsettled = true;
    }

    /// Forgets as well that anything of it is there for good: it may be another process's.
    pub fn doubt_all(&mut self) {
        self.doubt();
        self.watches.doubt();
        self.plantings.iter_mut().for_each(|planting| {
            planting.permanent = false;
            planting.detouring.is_off = true;
        });
    }

    /// Plants again all that has been lifted.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn replant(&mut self, memory: &Memory) -> Result<()> {
        self.plantings.iter_mut().try_for_each(|planting| planting.plant(memory))
    }

    /// Takes out every breakpoint that stands in `memory`, which may be a copy of this space from before, and, if nobody is
    /// about, every detour. What was planted stays known.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn restore(&mut self, memory: &Memory, with_detours: bool) -> Result<()> {
        if let Some(loader) = self.loader {
            loader.lift(memory)?;
        }
        self.plantings.iter_mut().try_for_each(|planting| planting.restore(memory, with_detours))?;
        self.watches.restore(memory)?;
        self.hooks.restore(memory)
    }

    /// What it has of the recorder's probe.
    pub fn watches(&mut self) -> &mut Watches {
        &mut self.watches
    }

    /// The probe in it.
    pub fn probe(&self) -> Option<Probe> {
        self.watches.probe()
    }

    /// Lifts the breakpoint at a watched function's entry, and what else is planted there.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn lift_watch(&mut self, memory: &Memory, watch: Watch) -> Result<()> {
        if let Some(at) = self.planted_at(watch.address) {
            self.lift(memory, at)?;
        }
        memory.write(watch.address, &[watch.original])
    }

    /// Plants one site again, from which somebody has just made a step.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn plant(&mut self, memory: &Memory, at: At) -> Result<()> {
        let Some(planting) = self.planting_mut(at) else { return Ok(()) };
        // A jump could reach over where that one is now.
        planting.bar(memory, at.site, false)?;
        planting.plant_run(memory, &[at.site])
    }

    /// Is there no breakpoint in it?
    pub fn is_empty(&self) -> bool {
        self.plantings.is_empty() && self.loader.is_none() && self.watches.is_empty()
    }

    /// Is all planted that can be?
    pub fn is_whole(&self) -> bool {
        self.plantings.iter().all(Planting::is_whole)
    }

    /// What is at `address`, unless the program has put code of its own there.
    pub fn find(&self, address: u64) -> Option<Known> {
        if self.loader.is_some_and(|loader| loader.notify == address) {
            return Some(Known::Loader);
        }
        if let Some(trap) = self.watches.find(address) {
            return Some(Known::Probe(trap, self.planted_at(address)));
        }
        if let Some(call) = self.hooks.find(address) {
            let site = self.planted_at(address);
            if site.is_none() || self.hooks.is_planted(address) {
                return Some(Known::Hook(call, site));
            }
        }
        let Some((planting, site)) = self.site_at(address) else {
            return self.plantings.iter().find_map(|planting| {
                let (site, next) = planting.hot(address)?;
                Some(Known::Hot(planting.at(site), next))
            });
        };
        (!planting.foreign[site]).then(|| Known::Site(planting.at(site), planting.mapping.sites[site]))
    }

    fn site_at(&self, address: u64) -> Option<(&Planting, usize)> {
        let planting = &self.plantings[self.index(address)?];
        Some((planting, planting.site_at(address)?))
    }

    /// The site at `address`, if it is planted.
    fn planted_at(&self, address: u64) -> Option<At> {
        let (planting, site) = self.site_at(address)?;
        planting.planted[site].then(|| planting.at(site))
    }

    /// What a task has come by of the block in the midst of which it is: see [`Planting::passed`].
    pub fn passed(&self, address: u64, has_begun: bool) -> Option<At> {
        self.plantings[self.index(address)?].passed(address, has_begun)
    }

    /// Gives each site of a block a breakpoint of its own.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn split(&mut self, memory: &Memory, at: At) -> Result<()> {
        match self.planting_mut(at) {
            Some(planting) => planting.split(memory, at.site),
            None => Ok(()),
        }
    }

    /// Puts the program's own byte back, if that has not been done.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn lift(&mut self, memory: &Memory, at: At) -> Result<()> {
        self.planting_mut(at).map_or(Ok(()), |planting| planting.lift(memory, at.site))
    }

    /// The last planting that begins at `address` or before.
    pub(super) fn index(&self, address: u64) -> Option<usize> {
        self.plantings.partition_point(|planting| planting.start() <= address).checked_sub(1)
    }

    /// `None` when the object has been taken away.
    pub(super) fn planting_mut(&mut self, at: At) -> Option<&mut Planting> {
        let index = self.index(at.address)?;
        let planting = &mut self.plantings[index];
        let is_there = planting.mapping.object == at.object && planting.site_at(at.address) == Some(at.site);
        is_there.then_some(planting)
    }
}
