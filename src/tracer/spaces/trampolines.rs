//! The trampolines of one address space.

use super::code_memory::OtherTasks;
use super::module_breakpoints::ModuleBreakpoints;
use super::opened::OpenedSpace;
use super::prepared::MappedCode;
use super::space::{MappingCode, ObjectCode, Space};
use crate::machine::{OriginalPc, OutOfLineCode, Patch};
use crate::ptrace::Result;
use crate::tracer::sites::{Mapping, ObjectId, SiteRef};

impl Space {
    /// If `address` is in the code of a trampoline: its last site, and where the task would be in the
    /// original.
    pub fn original_pc(&self, address: u64) -> Option<(SiteRef, OriginalPc)> {
        self.modules.iter().find_map(|module| {
            let found = module.original_pc(address)?;
            Some((module.at(found.site), found))
        })
    }

    /// If a trampoline replaces the instruction at `address`, its original.
    pub fn replaced_instruction(&self, address: u64) -> Option<Patch> {
        self.modules.iter().find_map(|module| module.replaced_instruction(address))
    }

    /// The process is about to have threads.
    pub fn note_threads(&self) {
        self.modules.iter().for_each(ModuleBreakpoints::note_threads);
    }

    /// Must jumps be removed because a process with a copy of the same memory has threads?
    pub fn must_serve_threads(&self) -> bool {
        self.modules.iter().any(ModuleBreakpoints::must_serve_threads)
    }

    /// Has the object at `at` had so many stops that its trampolines are to be installed?
    pub fn wants_trampolines(&self, at: SiteRef, stops: u32) -> bool {
        self.index(at.address).is_some_and(|index| self.modules[index].wants_trampolines(stops))
    }

    /// A site of each object whose trampolines are to be installed for children to come.
    pub fn wanted_for_children(&self) -> Vec<SiteRef> {
        let wanted = self.modules.iter().filter(|module| module.wants_trampolines_for_children());
        wanted.map(|module| module.at(0)).collect()
    }

    /// The mapped object at `at`.
    pub fn mapping(&self, at: SiteRef) -> Option<&Mapping> {
        self.index(at.address).map(|index| &self.modules[index].mapping)
    }

    /// Is there out-of-line code of the object at `at`?
    pub fn has_code_at(&self, at: SiteRef) -> bool {
        self.index(at.address).is_some_and(|index| self.modules[index].has_code())
    }

    /// Is the object known?
    pub fn has_module(&self, mapping: &Mapping) -> bool {
        self.modules.iter().any(|module| module.is_of(mapping))
    }

    /// Index of the counter that can be saturated by the trampoline of a site.
    pub fn counter(&self, at: SiteRef) -> Option<usize> {
        let trampoline = self.mapping(at)?.sites.trampoline(at.site)?;
        Some(trampoline.counter as usize)
    }

    /// Where the code of an object's trampolines is already: the object was unmapped, and is mapped again.
    pub fn code_of(&self, mapping: &Mapping) -> Option<OutOfLineCode> {
        let is_same = |of: &&ObjectCode| (of.object, of.bias) == (mapping.object, mapping.bias);
        self.code.iter().find(is_same).map(|of| of.code)
    }

    pub(super) fn add_code(&mut self, &MappedCode { object, bias, code, .. }: &MappedCode) {
        self.code.push(ObjectCode { object, bias, code });
    }

    /// May one more object have trampolines? Their code stays when the object is unmapped.
    pub fn has_room_for_code(&self) -> bool {
        const MOST: usize = 64;
        self.code.len() < MOST
    }

    /// Are there trampolines in use?
    pub fn has_trampolines(&self) -> bool {
        self.modules.iter().any(ModuleBreakpoints::has_trampolines)
    }

    /// What maps files into the space, if that has been written.
    pub fn mapping_code(&self) -> Option<MappingCode> {
        self.mapping_code
    }

    /// How many counters the mapped objects need that can have trampolines.
    pub fn counters(&self) -> usize {
        let countable = self.modules.iter().filter(|module| module.mapping.sites.trampolines.is_some());
        countable.map(|module| module.mapping.sites.counters()).sum()
    }

    /// Trampolines may be installed: the space is a copy, in which one task runs.
    pub(super) fn reenable_trampolines(&mut self) {
        self.modules.iter_mut().for_each(ModuleBreakpoints::reenable_trampolines);
    }
}

impl OpenedSpace<'_> {
    /// Installs the trampolines of the object at `at`, with their code at `code`.
    pub fn install_trampolines(&mut self, at: SiteRef, code: OutOfLineCode) -> Result<()> {
        let memory = self.memory;
        self.space.module_mut(at).map_or(Ok(()), |module| module.install_trampolines(memory, code))
    }

    /// Notes out-of-line code that has been mapped.
    pub fn add_code(&mut self, code: &MappedCode) {
        self.space.add_code(code);
    }

    /// Notes where the code is that maps files into the space.
    pub fn set_mapping_code(&mut self, code: MappingCode) {
        self.space.mapping_code = Some(code);
    }

    /// No trampoline is used any more. A site that is hit already (`is_hit`) gets nothing instead, others a
    /// breakpoint.
    pub fn disable_trampolines(&mut self, is_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        self.note_replaced_jumps();
        self.space.modules.iter_mut().try_for_each(|module| module.disable_trampolines(self.memory, &is_hit))
    }

    /// The trampolines of the object at `at` could not be installed. They will be after more stops, or
    /// (`for_good`) never.
    pub fn postpone_trampolines(&mut self, at: SiteRef, for_good: bool) {
        let module = self.space.module_mut(at);
        module.into_iter().for_each(|module| module.postpone_trampolines(for_good));
    }

    /// Removes the jumps to trampolines that only one task at a time can use. A site that is hit already
    /// (`is_hit`) gets nothing instead, others a breakpoint.
    pub fn serve_threads(&mut self, is_hit: impl Fn(SiteRef) -> bool) -> Result<()> {
        let memory = self.memory;
        let modules = self.space.modules.iter_mut().filter(|module| module.must_serve_threads());
        modules.into_iter().try_for_each(|module| module.serve_threads(memory, &is_hit))
    }

    /// Breakpoints take the place of jumps. In the memory of a process that another task is forking meanwhile
    /// there may be the jumps.
    fn note_replaced_jumps(&mut self) {
        if self.memory.others == OtherTasks::Running && self.space.has_trampolines() {
            *self.generation += 1;
        }
    }

    /// Is there a jump to a trampoline at a site?
    pub fn has_jump(&mut self, at: SiteRef) -> bool {
        self.space.module_mut(at).is_some_and(|module| module.has_jump(at.site))
    }

    /// The process has stopped as it has run the trampoline of the site at `at` often. Removes it, and what
    /// else the process does not need any more, as the counters of an object say (`counts`). Unless the site
    /// has been hit (`is_hit`), a breakpoint is inserted instead. If another jump needs it (`is_support`), it
    /// stays.
    pub fn remove_worn(
        &mut self,
        at: SiteRef,
        (is_hit, is_support): (bool, bool),
        counts: impl Fn(ObjectId) -> Vec<u16>,
    ) -> Result<()> {
        let memory = self.memory;
        let draining = self.space.draining();
        let with_code = self.space.modules.iter_mut().filter(|module| module.has_code());
        with_code.into_iter().try_for_each(|module| {
            let worn = module.worn(&counts(module.mapping.object));
            module.remove_all(memory, worn)
        })?;
        if self.space.draining() > draining {
            self.note_replaced_jumps();
        }
        match self.inserted_at(at.address) {
            _ if is_support => Ok(()),
            Some(_) if is_hit => self.remove(at),
            Some(_) => self.forbid_trampoline(at, false),
            None => Ok(()),
        }
    }

    /// The site at `at` has no trampoline any more.
    pub fn forbid_trampoline(&mut self, at: SiteRef, is_hit: bool) -> Result<()> {
        let memory = self.memory;
        if self.has_jump(at) {
            self.note_replaced_jumps();
        }
        self.space.module_mut(at).map_or(Ok(()), |module| module.forbid_trampoline(memory, at.site, is_hit))
    }

    /// No jump to a trampoline may be inserted that has `address` inside it: a task continues there.
    pub fn forbid_trampoline_inside(&mut self, address: u64) -> Result<()> {
        let begins_there = self.space.replaced_instruction(address).is_some();
        if begins_there { Ok(()) } else { self.forbid_trampoline_over(address) }
    }

    /// No jump to a trampoline may cover the code at `address`.
    pub fn forbid_trampoline_over(&mut self, address: u64) -> Result<()> {
        match self.space.modules.iter().find_map(|module| module.trampoline_over(address)) {
            Some(at) => self.forbid_trampoline(at, false),
            None => Ok(()),
        }
    }
}
