//! An address space with its memory open: what inserts and removes breakpoints.
//!
//! The errors of all methods are those of [`Memory::read`] and [`Memory::write`];
//! [`crate::ptrace::Error::Gone`] when the process has died.

use super::code_memory::CodeMemory;
use super::copy_answers::CopyAnswers;
use super::entry_hooks::{EntryHook, EntryHooks, Probe};
use super::linker::{DynamicLinker, LinkerState};
use super::module_breakpoints::ModuleBreakpoints;
use super::prepared::MappedCode;
use super::space::{MappedObjects, Space};
use crate::machine::SignalCall;
use crate::ptrace::{Memory, Result};
use crate::tracer::sites::{Mapping, SiteRef};
use std::ops::Deref;

/// An address space, and its memory.
#[derive(Debug)]
pub struct OpenedSpace<'s> {
    pub(super) space: &'s mut Space,
    pub(super) memory: CodeMemory<'s>,
    /// See [`super::Spaces::generation`].
    pub(super) generation: &'s mut u64,
}

impl Deref for OpenedSpace<'_> {
    type Target = Space;

    fn deref(&self) -> &Space {
        self.space
    }
}

impl<'s> OpenedSpace<'s> {
    /// Its memory.
    pub fn memory(&self) -> &'s Memory {
        self.memory.memory
    }

    /// Inserts the breakpoints of a new image: of what the kernel has mapped, which stays for good, and of
    /// the dynamic linker, which will map more. Those with out-of-line code in `code` get trampolines.
    pub fn load(
        &mut self,
        mapped: MappedObjects,
        linker: Option<DynamicLinker>,
        code: &[MappedCode],
    ) -> Result<()> {
        self.space.linker = linker;
        self.space.calls_ptrace |= mapped.calls_ptrace;
        self.insert_linker_breakpoint()?;
        self.add_below_hooks(mapped.mappings, mapped.entry_hooks, code, true)
    }

    /// Compares the modules with the objects that are mapped now: forgets those that are gone, inserts the
    /// breakpoints of new ones, and trampolines of those with out-of-line code in `code`.
    pub fn reconcile(&mut self, mapped: MappedObjects, code: &[MappedCode]) -> Result<()> {
        let MappedObjects { mappings, entry_hooks, calls_ptrace, .. } = mapped;
        self.space.calls_ptrace |= calls_ptrace;
        self.space.is_stale = false;
        let is_mapped = |module: &ModuleBreakpoints| mappings.iter().any(|mapping| module.is_of(mapping));
        self.space.modules.retain(|module| module.permanent || is_mapped(module));
        // The copy of a space may lack this breakpoint, as any other.
        self.insert_linker_breakpoint()?;
        self.add_below_hooks(mappings, entry_hooks, code, false)
    }

    /// [`Self::add`] in a space with these hooks. A jump to a trampoline would replace a hook that it covers,
    /// so there is none.
    fn add_below_hooks(
        &mut self,
        mappings: Vec<Mapping>,
        hooks: Vec<EntryHook>,
        code: &[MappedCode],
        permanent: bool,
    ) -> Result<()> {
        self.space.entry_hooks.replace(self.memory(), hooks.clone())?;
        self.add(mappings, code, permanent)?;
        for hook in hooks {
            self.forbid_trampoline_over(hook.address)?;
            self.space.entry_hooks.insert(self.memory(), hook)?;
        }
        Ok(())
    }

    fn insert_linker_breakpoint(&self) -> Result<()> {
        self.space.linker.map_or(Ok(()), |linker| linker.insert(self.memory()))
    }

    fn add(&mut self, mappings: Vec<Mapping>, code: &[MappedCode], permanent: bool) -> Result<()> {
        for mut mapping in mappings {
            let is_known = self.space.modules.iter().any(|module| module.is_of(&mapping));
            if mapping.sites.is_empty() || is_known {
                continue;
            }
            let code = code.iter().find(|code| code.is_of(&mapping));
            mapping.region.file = code.and_then(|code| code.stand_in).unwrap_or(mapping.region.file);
            let mut module = ModuleBreakpoints::new(mapping, permanent);
            let place = self.space.modules.partition_point(|other| other.start() < module.start());
            let inserted = match code {
                Some(code) => {
                    self.space.add_code(code);
                    module.insert_with_code(self.memory, code)
                }
                None => module.insert(self.memory),
            };
            self.space.modules.insert(place, module);
            inserted?;
        }
        Ok(())
    }

    /// The dynamic linker has reported a change. True when the change is complete, and it is time to
    /// [`OpenedSpace::reconcile`].
    pub fn is_linker_done(&mut self) -> Result<bool> {
        let state = match self.space.linker {
            Some(linker) => linker.state_of_namespaces(self.memory())?,
            None => LinkerState::Adding,
        };
        self.space.is_stale |= state == LinkerState::Deleting;
        Ok(state == LinkerState::Consistent)
    }

    /// Inserts again every breakpoint that was removed: another process uses the space. If it `is_lent` to
    /// that, [`OpenedSpace::take_back_lent`] removes them again.
    pub fn reinsert(&mut self, is_lent: bool) -> Result<()> {
        self.space.modules.iter_mut().try_for_each(|module| match is_lent {
            true => module.insert_lent(self.memory),
            false => module.insert(self.memory),
        })
    }

    /// The process that the space was lent to has left it. Removes what was inserted for that alone: where
    /// the one that stays `has_hit` a site.
    pub fn take_back_lent(&mut self, has_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        let memory = self.memory;
        self.space.modules.iter_mut().try_for_each(|module| module.take_back_lent(memory, &has_hit))
    }

    /// The breakpoint of a site was removed for a process that shares the space, while others wait for that.
    /// [`OpenedSpace::pay_owed`] inserts it again.
    pub fn note_owed(&mut self, at: SiteRef) {
        self.space.module_mut(at).into_iter().for_each(|module| module.note_owed(at.site));
    }

    /// A process continues that has waited until another left the space. Inserts what was removed for that,
    /// but where it `has_hit` a site. If it `is_alone` then, it is owed nothing more.
    pub fn pay_owed(&mut self, is_alone: bool, has_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        let memory = self.memory;
        self.space.modules.iter_mut().try_for_each(|module| module.pay_owed(memory, &has_hit))?;
        if is_alone {
            self.space.modules.iter_mut().for_each(ModuleBreakpoints::forget_owed);
        }
        Ok(())
    }

    /// Inserts the breakpoint of a site again, over which a task has just stepped.
    pub fn insert(&mut self, at: SiteRef) -> Result<()> {
        let memory = self.memory;
        let Some(module) = self.space.module_mut(at) else { return Ok(()) };
        // A jump to a trampoline could cover the instruction that the task is at now.
        module.forbid_trampoline(memory, at.site, false)?;
        module.insert_run(memory, &[at.site])
    }

    /// Writes the program's own byte back at a site, if that has not been done.
    pub fn remove(&mut self, at: SiteRef) -> Result<()> {
        let memory = self.memory;
        self.space.module_mut(at).map_or(Ok(()), |module| module.remove(memory, at.site))
    }

    /// Gives each site of a block a breakpoint of its own.
    pub fn split(&mut self, at: SiteRef) -> Result<()> {
        let memory = self.memory;
        self.space.module_mut(at).map_or(Ok(()), |module| module.split(memory, at.site))
    }

    /// Removes every breakpoint and jump that is in the memory, which may be an older copy of this space.
    /// What was inserted stays known.
    pub fn restore(&mut self) -> Result<()> {
        if let Some(linker) = self.space.linker {
            linker.remove(self.memory())?;
        }
        self.space.modules.iter_mut().try_for_each(|module| module.restore(self.memory))?;
        self.space.entry_hooks.restore(self.memory())?;
        self.space.signal_call_hooks.restore(self.memory())
    }

    /// Inserts the hooks before system calls that concern signals. True if they are the first ones of the
    /// space.
    pub fn insert_signal_call_hooks(&mut self, calls: &[SignalCall]) -> Result<bool> {
        let was_empty = self.space.signal_call_hooks.is_empty();
        calls.iter().try_for_each(|call| self.forbid_trampoline_over(call.address))?;
        self.space.signal_call_hooks.replace(self.memory(), calls)?;
        Ok(was_empty && !self.space.signal_call_hooks.is_empty())
    }

    /// Inserts the hooks before returns from signal handlers too.
    pub fn hook_returns(&mut self) -> Result<()> {
        self.space.signal_call_hooks.hook_returns(self.memory())
    }

    /// A hook before a system call was hit. False if that has happened so often that such hooks are removed
    /// for good.
    pub fn count_hook_hit(&mut self, call: &SignalCall) -> Result<bool> {
        let (is_watched, removed) = self.space.signal_call_hooks.count_hit(call);
        self.write_back(&removed)?;
        Ok(is_watched)
    }

    /// Removes the hooks before ptrace(2) for good.
    pub fn disable_ptrace_hooks(&mut self) -> Result<()> {
        let removed = self.space.signal_call_hooks.disable_ptrace();
        self.write_back(&removed)
    }

    /// Counts a call of ptrace(2). False if such calls are not looked at any more.
    pub fn count_ptrace_call(&mut self) -> bool {
        self.space.signal_call_hooks.count_ptrace_call()
    }

    /// Removes all hooks before system calls for good.
    pub fn disable_signal_call_hooks(&mut self) -> Result<()> {
        let removed = self.space.signal_call_hooks.disable();
        self.write_back(&removed)
    }

    /// Writes the program's own bytes back where hooks were, but for those where a site has its breakpoint
    /// too.
    fn write_back(&self, hooks: &[SignalCall]) -> Result<()> {
        let others = hooks.iter().filter(|hook| self.inserted_at(hook.address).is_none());
        others.into_iter().try_for_each(|hook| self.memory.write_patch(hook.address, hook.original))
    }

    /// What became of copies of the code.
    pub fn copy_answers(&mut self) -> &mut CopyAnswers {
        self.space.copy_answers()
    }

    /// The probe, and the functions after which it is called.
    pub fn entry_hooks(&mut self) -> &mut EntryHooks {
        &mut self.space.entry_hooks
    }

    /// Inserts the breakpoint at a hooked function's entry again.
    pub fn insert_entry_hook(&mut self, hook: EntryHook) -> Result<()> {
        self.space.entry_hooks.insert(self.memory(), hook)
    }

    /// As [`EntryHooks::install_detour`]; not where an object has sites, which could be at the same code.
    pub fn install_detour(&mut self, hook: EntryHook) -> Result<bool> {
        if self.space.has_site_near(hook.address) {
            return Ok(false);
        }
        self.space.entry_hooks.install_detour(self.memory.memory, hook)
    }

    /// Removes the breakpoint at a hooked function's entry, and what else is inserted there.
    pub fn remove_entry_hook(&mut self, hook: EntryHook) -> Result<()> {
        if let Some(at) = self.inserted_at(hook.address) {
            self.remove(at)?;
        }
        self.memory.write_patch(hook.address, hook.original)
    }

    /// The recorder's probe. If it is not certain that it is in this memory, that is checked first.
    pub fn verified_probe(&mut self) -> Result<Option<Probe>> {
        self.space.entry_hooks.verified_probe(self.memory())
    }
}
