//! All address spaces of a run: who shares which, and an open descriptor for each that is being written to.

pub(super) mod entry_hooks;
pub(super) mod linker;
pub(super) mod module_breakpoints;
pub(super) mod space;
mod spaces_detours;
mod trampolines;

use crate::machine::SignalCall;
use crate::ptrace::{Error, Memory, Result, Stopped, Tid};
use crate::tracer::sites::{Mapping, SiteRef};
use crate::tracer::spaces::entry_hooks::{EntryHook, Probe};
use crate::tracer::spaces::linker::{DynamicLinker, LinkerState};
use crate::tracer::spaces::space::{Breakpoint, MappedObjects, Space};
use hashbrown::HashMap;
use nix::errno::Errno;

/// Which address space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpaceId(u64);

/// The address spaces of all living processes.
#[derive(Debug, Default)]
pub struct Spaces {
    spaces: HashMap<SpaceId, Shared>,
    created: u64,
    /// Nothing is inserted any more: all processes are being released.
    closed: bool,
}

#[derive(Debug, Default)]
struct Shared {
    space: Space,
    /// Opened when it is needed first, and closed again when descriptors run out.
    memory: Option<Memory>,
    /// Processes that run in it; fork copies, vfork and CLONE_VM share (clone(2)).
    users: usize,
    /// How often something was inserted since the exec, or the fork, that made it.
    generation: u64,
}

impl Spaces {
    /// A new, empty one: a program was executed.
    pub fn create(&mut self) -> SpaceId {
        self.add(Space::default())
    }

    /// A copy: a process was forked.
    pub fn copy(&mut self, from: SpaceId) -> SpaceId {
        let mut space = self.spaces.get(&from).map(|shared| shared.space.clone()).unwrap_or_default();
        space.renew_detours();
        self.add(space)
    }

    /// A copy for a process that may have been forked from another state of the space: what is inserted in it is to
    /// be looked up.
    pub fn copy_unverified(&mut self, from: SpaceId) -> SpaceId {
        let copy = self.copy(from);
        if let Some(shared) = self.spaces.get_mut(&copy) {
            shared.space.doubt();
        }
        copy
    }

    /// A copy for a process whose maker is guessed.
    pub fn copy_of_likely_parent(&mut self, from: SpaceId) -> SpaceId {
        let copy = self.copy(from);
        if let Some(shared) = self.spaces.get_mut(&copy) {
            shared.space.doubt_all();
        }
        copy
    }

    /// How often something was inserted in it, since it was made, that may not have been inserted before.
    pub fn generation(&self, space: SpaceId) -> u64 {
        self.spaces.get(&space).map_or(0, |shared| shared.generation)
    }

    /// The same: a process was made by vfork, or with CLONE_VM.
    pub fn share(&mut self, space: SpaceId) -> SpaceId {
        if let Some(shared) = self.spaces.get_mut(&space) {
            shared.users += 1;
        }
        space
    }

    /// A process has left it, by exec or by its end.
    pub fn release(&mut self, space: SpaceId) {
        if let Some(shared) = self.spaces.get_mut(&space) {
            shared.users -= 1;
            if shared.users == 0 {
                self.spaces.remove(&space);
            }
        }
    }

    /// Its memory, opened by way of `tid`, which runs in it.
    ///
    /// # Errors
    /// As [`Memory::open`].
    pub fn memory(&mut self, space: SpaceId, tid: Tid) -> Result<&Memory> {
        self.open(space, tid)?;
        self.spaces.get(&space).and_then(|shared| shared.memory.as_ref()).ok_or(Error::Gone)
    }

    /// What is known of `address`.
    pub fn find(&self, space: SpaceId, address: u64) -> Option<Breakpoint> {
        self.spaces.get(&space)?.space.find(address)
    }

    /// Takes in what an exec has mapped.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn load(
        &mut self,
        space: SpaceId,
        tid: Tid,
        mapped: MappedObjects,
        loader: Option<DynamicLinker>,
    ) -> Result<()> {
        if self.closed || (mapped.is_empty() && loader.is_none()) {
            return Ok(());
        }
        self.with(space, tid, |space, memory| space.load(memory, mapped, loader))
    }

    /// The dynamic linker has told of a change. True when it is done, so that it is time to [`Spaces::reconcile`].
    ///
    /// # Errors
    /// As [`DynamicLinker::state_of_namespaces`].
    pub fn has_changed(&mut self, space: SpaceId, tid: Tid) -> Result<bool> {
        let mut change = LinkerState::Adding;
        self.with(space, tid, |space, memory| {
            if let Some(loader) = space.loader() {
                change = loader.state_of_namespaces(memory)?;
            }
            if change == LinkerState::Deleting {
                space.mark_stale();
            }
            Ok(())
        })?;
        Ok(change == LinkerState::Consistent)
    }

    /// Are there sites in it?
    pub fn has_sites(&self, space: SpaceId) -> bool {
        self.spaces.get(&space).is_some_and(|shared| shared.space.has_sites())
    }

    /// Are returns from signal handlers seen in it, if that is asked for?
    pub fn sees_returns(&self, space: SpaceId) -> bool {
        self.spaces.get(&space).is_some_and(|shared| shared.space.sees_returns())
    }

    /// Lifts all hooks for good.
    ///
    /// # Errors
    /// As [`Space::give_up_hooks`].
    pub fn give_up_hooks(&mut self, space: SpaceId, tid: Tid) -> Result<()> {
        self.with(space, tid, Space::give_up_hooks)
    }

    /// Plants hooks; true if they are the first.
    ///
    /// # Errors
    /// As [`Space::hook`].
    pub fn hook(&mut self, space: SpaceId, tid: Tid, calls: &[SignalCall]) -> Result<bool> {
        let mut are_first = false;
        self.with(space, tid, |space, memory| {
            are_first = space.hook(memory, calls)?;
            Ok(())
        })?;
        Ok(are_first)
    }

    /// A hook has been hit; false if it is watched no more.
    ///
    /// # Errors
    /// As [`Space::visit`].
    pub fn visit(&mut self, space: SpaceId, tid: Tid, call: &SignalCall) -> Result<bool> {
        let mut is_watched = false;
        self.with(space, tid, |space, memory| {
            is_watched = space.visit(memory, call)?;
            Ok(())
        })?;
        Ok(is_watched)
    }

    /// Hooks returns from signal handlers too.
    ///
    /// # Errors
    /// As [`Space::watch_returns`].
    pub fn watch_returns(&mut self, space: SpaceId, tid: Tid) -> Result<()> {
        self.with(space, tid, Space::watch_returns)
    }

    /// Must the modules be compared with the mapped objects before more is inserted?
    pub fn is_stale(&self, space: SpaceId) -> bool {
        self.spaces.get(&space).is_some_and(|shared| shared.space.is_stale())
    }

    /// The objects that are inserted in it.
    pub fn mappings(&self, space: SpaceId) -> Vec<Mapping> {
        self.spaces.get(&space).map(|shared| shared.space.mappings()).unwrap_or_default()
    }

    /// Compares the modules with the objects that are mapped now.
    ///
    /// # Errors
    /// As [`Space::reconcile`].
    pub fn reconcile(&mut self, space: SpaceId, tid: Tid, mapped: MappedObjects) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        self.grow(space, tid, |space, memory| space.reconcile(memory, mapped))
    }

    /// Lifts the breakpoint at a watched function's entry.
    ///
    /// # Errors
    /// As [`Space::remove_entry_hook`].
    pub fn remove_entry_hook(&mut self, space: SpaceId, tid: Tid, watch: EntryHook) -> Result<()> {
        self.with(space, tid, |space, memory| space.remove_entry_hook(memory, watch))
    }

    /// Plants the breakpoint at a watched function's entry again.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn insert_entry_hook(&mut self, space: SpaceId, tid: Tid, watch: EntryHook) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        self.grow(space, tid, |space, memory| space.entry_hooks().insert(memory, watch))
    }

    /// The recorder's probe in it.
    pub fn probe(&self, space: SpaceId) -> Option<Probe> {
        self.spaces.get(&space)?.space.probe()
    }

    /// The recorder's probe in it, after a look whether it is there if that is not certain.
    ///
    /// # Errors
    /// As [`Space::load`].
    pub fn verified_probe(&mut self, space: SpaceId, tid: Tid) -> Result<Option<Probe>> {
        if self.probe(space).is_none() {
            return Ok(None);
        }
        let mut probe = None;
        self.with(space, tid, |space, memory| {
            probe = space.entry_hooks().verified_probe(memory)?;
            Ok(())
        })?;
        Ok(probe)
    }

    /// The recorder has put its probe there.
    pub fn set_probe(&mut self, space: SpaceId, probe: Probe) {
        if let Some(shared) = self.spaces.get_mut(&space) {
            shared.space.entry_hooks().set_probe(probe);
        }
    }

    /// A watched function will return to the probe, and not to `caller`, where the stack pointer would be `stack`.
    pub fn expect(&mut self, space: SpaceId, stack: u64, caller: u64) {
        if let Some(shared) = self.spaces.get_mut(&space) {
            shared.space.entry_hooks().expect(stack, caller);
        }
    }

    /// The caller that a watched function is to return to.
    pub fn caller(&mut self, space: SpaceId, stack: u64) -> Option<u64> {
        self.spaces.get_mut(&space)?.space.entry_hooks().caller(stack)
    }

    /// From now on nothing is inserted any more.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Takes out every breakpoint in the memory of `tid`, and, unless somebody may be about there, every detour.
    ///
    /// # Errors
    /// As [`Space::restore`].
    pub fn restore(&mut self, space: SpaceId, tid: Tid, with_detours: bool) -> Result<()> {
        if self.is_empty(space) {
            return Ok(());
        }
        self.with(space, tid, |space, memory| space.restore(memory, with_detours))
    }

    /// The space.
    pub fn get(&self, space: SpaceId) -> Option<&Space> {
        self.spaces.get(&space).map(|shared| &shared.space)
    }

    /// Plants again all that has been removed: a process has come to the space.
    ///
    /// # Errors
    /// As [`Space::reinsert`].
    pub fn reinsert(&mut self, space: SpaceId, tid: Tid) -> Result<()> {
        if self.closed || self.spaces.get(&space).is_none_or(|shared| shared.space.is_whole()) {
            return Ok(());
        }
        self.grow(space, tid, |space, memory| space.reinsert(memory))
    }

    /// Plants one site again.
    ///
    /// # Errors
    /// As [`Space::insert`].
    pub fn insert(&mut self, space: SpaceId, tid: Tid, at: SiteRef) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        self.grow(space, tid, |space, memory| space.insert(memory, at))
    }

    /// What a task has come by of the block in the midst of which it is, about to run what is at `address`; or, if it has
    /// begun to, with the site there.
    pub fn passed(&self, space: SpaceId, address: u64, has_begun: bool) -> Option<SiteRef> {
        self.spaces.get(&space)?.space.passed(address, has_begun)
    }

    /// Gives each site of the block at `at` a breakpoint of its own.
    ///
    /// # Errors
    /// As [`Space::split`].
    pub fn split(&mut self, space: SpaceId, tid: Tid, at: SiteRef) -> Result<()> {
        if self.closed {
            return Ok(());
        }
        self.grow(space, tid, |space, memory| space.split(memory, at))
    }

    /// Is there no breakpoint in it?
    pub fn is_empty(&self, space: SpaceId) -> bool {
        self.spaces.get(&space).is_none_or(|shared| shared.space.is_empty())
    }

    /// Do several processes live in it?
    pub fn is_shared(&self, space: SpaceId) -> bool {
        self.spaces.get(&space).is_some_and(|shared| shared.users > 1)
    }

    /// Puts the program's own byte back.
    ///
    /// # Errors
    /// As [`Space::remove`].
    pub fn remove(&mut self, space: SpaceId, tid: Tid, at: SiteRef) -> Result<()> {
        self.with(space, tid, |space, memory| space.remove(memory, at))
    }

    pub(super) fn grow(
        &mut self,
        id: SpaceId,
        tid: Tid,
        work: impl FnOnce(&mut Space, &Memory) -> Result<()>,
    ) -> Result<()> {
        if let Some(shared) = self.spaces.get_mut(&id) {
            shared.generation += 1;
        }
        self.with(id, tid, work)
    }

    pub(super) fn with(
        &mut self,
        id: SpaceId,
        tid: Tid,
        work: impl FnOnce(&mut Space, &Memory) -> Result<()>,
    ) -> Result<()> {
        self.open(id, tid)?;
        match self.spaces.get_mut(&id) {
            Some(Shared { space, memory: Some(memory), .. }) => work(space, memory),
            _ => Ok(()),
        }
    }

    /// Opens the memory of a process at its first stop, when even one that is not to be looked into can be made to
    /// allow it.
    ///
    /// # Errors
    /// As [`Memory::open_at_first_stop`].
    pub fn open_at_first_stop(&mut self, space: SpaceId, task: &Stopped) -> Result<()> {
        if self.is_empty(space) { Ok(()) } else { self.open_by(space, || Memory::open_at_first_stop(task)) }
    }

    fn open(&mut self, space: SpaceId, tid: Tid) -> Result<()> {
        self.open_by(space, || Memory::open(tid))
    }

    fn open_by(&mut self, space: SpaceId, open: impl Fn() -> Result<Memory>) -> Result<()> {
        if self.spaces.get(&space).is_none_or(|shared| shared.memory.is_some()) {
            return Ok(());
        }
        let memory = match open() {
            Err(Error::Failed { errno: Errno::EMFILE | Errno::ENFILE, .. }) => {
                self.spaces.values_mut().for_each(|shared| shared.memory = None);
                open()
            }
            other => other,
        }?;
        if let Some(shared) = self.spaces.get_mut(&space) {
            shared.memory = Some(memory);
        }
        Ok(())
    }

    fn add(&mut self, space: Space) -> SpaceId {
        let id = SpaceId(self.created);
        self.created += 1;
        self.spaces.insert(id, Shared { space, memory: None, users: 1, generation: 0 });
        id
    }
}
