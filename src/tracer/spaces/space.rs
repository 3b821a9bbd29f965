//! What is known of one address space: the objects that are mapped into it, and its breakpoints.
//!
//! A breakpoint that was ever inserted stays known. When two threads run into it at the same time, the second
//! one finds the program's byte there again; it is recognised by the address, and just rewound. So no thread
//! has to be held while a breakpoint is removed for another.

use super::copy_answers::CopyAnswers;
use super::entry_hooks::{EntryHook, EntryHooks, Probe, ProbeBreakpoint};
use super::linker::DynamicLinker;
use super::module_breakpoints::ModuleBreakpoints;
use super::pristine_code::PristineCode;
use crate::machine::{OutOfLineCode, Patch, SignalCall, Site};
use crate::ptrace::Syscalls;
use crate::tracer::signals::signal_call_hooks::SignalCallHooks;
use crate::tracer::sites::{Mapping, ObjectId, SiteRef};
use std::rc::Rc;

/// What is mapped into a process.
#[derive(Debug, Clone, Default)]
pub struct MappedObjects {
    /// The objects that have sites.
    pub mappings: Vec<Mapping>,
    /// The functions after which the recorder's probe is called.
    pub entry_hooks: Vec<EntryHook>,
    /// Does one that was not mapped before use ptrace(2)?
    pub calls_ptrace: bool,
    /// The code of the executable, if its process has just called exec.
    pub pristine: Option<Rc<PristineCode>>,
}

impl MappedObjects {
    /// Is there nothing to insert?
    pub fn is_empty(&self) -> bool {
        self.mappings.is_empty() && self.entry_hooks.is_empty() && !self.calls_ptrace
    }
}

/// What a breakpoint of forkcov's at an address is for.
#[derive(Debug, Clone, Copy)]
pub enum Breakpoint {
    /// A site of an object.
    Site(SiteRef, Site),
    /// The dynamic linker reports that it changes what is mapped.
    Linker,
    /// The program makes a system call next that may concern SIGTRAP; and the site that is there too, if a
    /// line begins there.
    SignalCall(SignalCall, Option<SiteRef>),
    /// It was in the place of a jump for a moment, while that was removed. The program's own code.
    RemovedJump(Patch),
    /// A trampoline has counted a site often. The task continues in the trampoline at the address given.
    Saturated(SiteRef, u64),
    /// It belongs to the recorder's probe; and the site that is there too.
    Probe(ProbeBreakpoint, Option<SiteRef>),
}

/// The breakpoints of one address space. They are inserted and removed by [`super::OpenedSpace`].
#[derive(Debug, Clone, Default)]
pub struct Space {
    /// Ascending by address; no two overlap.
    pub(super) modules: Vec<ModuleBreakpoints>,
    pub(super) linker: Option<DynamicLinker>,
    pub(super) signal_call_hooks: SignalCallHooks,
    /// An object that uses ptrace(2) is mapped, or was.
    pub(super) calls_ptrace: bool,
    pub(super) entry_hooks: EntryHooks,
    /// The out-of-line code of objects that have trampolines, or had them when they were mapped.
    pub(super) code: Vec<ObjectCode>,
    /// Copies of code that have got their original bytes back.
    pub(super) answers: CopyAnswers,
    /// What maps files into the space, if that has been written.
    pub(super) mapping_code: Option<MappingCode>,
    /// The dynamic linker is unmapping objects: the modules have to be compared with what is mapped before
    /// anything more is inserted.
    pub(super) is_stale: bool,
}

/// Where system calls can be made in an address space, and where the code is that maps a file
/// ([`crate::ptrace::FileMapper`]).
#[derive(Debug, Clone, Copy)]
pub struct MappingCode {
    pub calls: Syscalls,
    pub address: u64,
}

/// Out-of-line code of an object in an address space.
#[derive(Debug, Clone, Copy)]
pub struct ObjectCode {
    pub object: ObjectId,
    pub bias: u64,
    pub code: OutOfLineCode,
}

impl Space {
    /// Is something inserted for a process that shares it?
    pub fn has_lent(&self) -> bool {
        self.modules.iter().any(ModuleBreakpoints::has_lent)
    }

    /// Was something removed for a process that shares it?
    pub fn has_owed(&self) -> bool {
        self.modules.iter().any(ModuleBreakpoints::has_owed)
    }

    /// A process has a copy of it for itself.
    pub(super) fn forget_lent_and_owed(&mut self) {
        self.modules.iter_mut().for_each(ModuleBreakpoints::forget_lent_and_owed);
    }

    /// Is there no breakpoint in it?
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty() && self.linker.is_none() && self.entry_hooks.is_empty()
    }

    /// Can there be jumps in a copy of its code?
    pub fn has_code(&self) -> bool {
        self.modules.iter().any(ModuleBreakpoints::has_code)
    }

    /// Is `address` between the first site of an object and the last?
    pub fn covers(&self, address: u64) -> bool {
        self.index(address).is_some_and(|index| self.modules[index].extent().contains(&address))
    }

    /// What became of copies of its code.
    pub fn copy_answers(&mut self) -> &mut CopyAnswers {
        &mut self.answers
    }

    /// Has it sites?
    pub fn has_sites(&self) -> bool {
        !self.modules.is_empty()
    }

    /// Is everything inserted that can be?
    pub fn is_complete(&self) -> bool {
        self.modules.iter().all(ModuleBreakpoints::is_complete)
    }

    /// Must the modules be compared with what is mapped?
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// The mapped objects that have sites.
    pub fn mappings(&self) -> Vec<Mapping> {
        self.modules.iter().map(|module| module.mapping.clone()).collect()
    }

    /// May its program use ptrace(2)?
    pub fn calls_ptrace(&self) -> bool {
        self.calls_ptrace
    }

    /// Does it report returns from signal handlers, once that has been asked for?
    pub fn can_hook_returns(&self) -> bool {
        self.signal_call_hooks.can_hook_returns()
    }

    /// The probe, and the functions after which it is called.
    pub fn entry_hooks(&mut self) -> &mut EntryHooks {
        &mut self.entry_hooks
    }

    /// Is a function's call of the probe a detour?
    pub fn has_detour(&self) -> bool {
        self.entry_hooks.has_detour()
    }

    /// The recorder's probe.
    pub fn probe(&self) -> Option<Probe> {
        self.entry_hooks.probe()
    }

    /// The recorder's probe, if nothing else is or may be inserted that a child would have to get again.
    pub fn probe_alone(&self) -> Option<Probe> {
        self.entry_hooks.certain_probe().filter(|_| self.modules.is_empty() && !self.is_stale)
    }

    /// What the breakpoint at `address` is for. `None` if there is none, or if the program has written code
    /// of its own there.
    pub fn find(&self, address: u64) -> Option<Breakpoint> {
        if self.linker.is_some_and(|linker| linker.notify == address) {
            return Some(Breakpoint::Linker);
        }
        if let Some(breakpoint) = self.entry_hooks.find(address) {
            return Some(Breakpoint::Probe(breakpoint, self.inserted_at(address)));
        }
        if let Some(call) = self.signal_call_hooks.find(address) {
            let site = self.inserted_at(address);
            if site.is_none() || self.signal_call_hooks.is_inserted(address) {
                return Some(Breakpoint::SignalCall(call, site));
            }
        }
        let Some((module, site)) = self.site_at(address) else {
            let saturated = self.modules.iter().find_map(|module| {
                let (site, next) = module.saturated(address)?;
                Some(Breakpoint::Saturated(module.at(site), next))
            });
            return saturated.or_else(|| self.replaced_instruction(address).map(Breakpoint::RemovedJump));
        };
        (!module.modified[site]).then(|| Breakpoint::Site(module.at(site), module.mapping.sites[site]))
    }

    /// The sites that a task inside a block has passed: see [`ModuleBreakpoints::passed`].
    pub fn passed(&self, address: u64, has_begun: bool) -> Option<SiteRef> {
        self.modules[self.index(address)?].passed(address, has_begun)
    }

    /// Forgets what is inserted, and whether that is still mapped.
    pub(super) fn forget_insertions(&mut self) {
        self.modules.iter_mut().for_each(ModuleBreakpoints::forget_insertions);
        self.is_stale = true;
    }

    /// As [`Space::forget_insertions`]; and nothing of it is taken to be mapped at all.
    pub(super) fn distrust(&mut self) {
        self.forget_insertions();
        self.entry_hooks.distrust();
        self.modules.iter_mut().for_each(ModuleBreakpoints::distrust);
    }

    /// The site at `address`, if it is inserted.
    pub(super) fn inserted_at(&self, address: u64) -> Option<SiteRef> {
        let (module, site) = self.site_at(address)?;
        module.inserted[site].then(|| module.at(site))
    }

    fn site_at(&self, address: u64) -> Option<(&ModuleBreakpoints, usize)> {
        let module = &self.modules[self.index(address)?];
        Some((module, module.site_at(address)?))
    }

    /// Are there sites in the object whose code is at `address`?
    pub(super) fn has_site_near(&self, address: u64) -> bool {
        let is_around = |module: &ModuleBreakpoints| {
            let last = module.mapping.sites.last();
            let end = last.map_or(0, |site| site.address.loaded(module.mapping.bias));
            module.start() <= address && address <= end
        };
        self.modules.iter().any(is_around)
    }

    /// The last module that has its first site at `address` or before.
    pub(super) fn index(&self, address: u64) -> Option<usize> {
        self.modules.partition_point(|module| module.start() <= address).checked_sub(1)
    }

    /// The module of a site. `None` when the object has been unmapped.
    pub(super) fn module_mut(&mut self, at: SiteRef) -> Option<&mut ModuleBreakpoints> {
        let index = self.index(at.address)?;
        let module = &mut self.modules[index];
        let is_there = module.mapping.object == at.object && module.site_at(at.address) == Some(at.site);
        is_there.then_some(module)
    }
}
