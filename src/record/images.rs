//! What a process has mapped: from the files to the sites where breakpoints are inserted.

use super::diagnostics::{Diagnostic, Diagnostics};
use super::frameworks::FrameworkFunctions;
use super::interpreters::{Interpreters, MappedInterpreter, ProbeWork};
use super::limitations;
use super::linkers::DynamicLinkers;
use super::maps::{FileMapping, Maps};
use super::objects::Objects;
use super::process_info;
use super::sources::SourceFiles;
use super::unimported;
use crate::data::RunFiles;
use crate::ptrace::Tid;
use crate::runtime::Runtime;
use crate::tracer::{DynamicLinker, MappedObjects, Mapping, ObjectId};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// The images of the processes of a run.
#[derive(Debug)]
pub struct Images {
    run: RunFiles,
    /// The objects that have been mapped.
    pub objects: Objects,
    linkers: DynamicLinkers,
    interpreters: Interpreters,
    frameworks: FrameworkFunctions,
    /// The source files of the objects and of the interpreters.
    pub sources: SourceFiles,
    /// What was read last of a process.
    last_maps: Option<Maps>,
    wanted: ProbeWork,
    diagnostics: Diagnostics,
}

impl Images {
    /// Those of a run with these objects, in which tests of these frameworks are followed; none has been
    /// mapped yet.
    pub fn new(
        run: RunFiles,
        objects: Objects,
        frameworks: FrameworkFunctions,
        wanted: ProbeWork,
        diagnostics: Diagnostics,
    ) -> Self {
        Self {
            run,
            objects,
            linkers: DynamicLinkers::default(),
            interpreters: Interpreters::new(wanted),
            frameworks,
            sources: SourceFiles::default(),
            last_maps: None,
            wanted,
            diagnostics,
        }
    }

    /// What `pid` has mapped at its exec, and its dynamic linker.
    pub fn image(&mut self, pid: Tid) -> (MappedObjects, Option<DynamicLinker>) {
        if let Some(lost) = limitations::lost_privileges(pid) {
            self.diagnostics.report(lost);
        }
        let maps = self.maps(pid);
        let mut mapped = self.mapped_objects(&maps, &[]);
        if !mapped.mappings.is_empty() {
            mapped.pristine = maps.executable_code().map(Rc::new);
        }
        let linker = self.linkers.linker(&maps, &self.diagnostics);
        self.last_maps = Some(maps);
        (mapped, linker)
    }

    /// What `pid` has mapped now. Mappings that it had `before` are taken over, and their files are not
    /// opened again.
    pub fn mapped(&mut self, pid: Tid, before: &[Mapping]) -> MappedObjects {
        let maps = self.maps(pid);
        let mapped = self.mapped_objects(&maps, before);
        self.last_maps = Some(maps);
        mapped
    }

    /// The mappings of `pid`. If [`Self::image`] or [`Self::mapped`] has just been called for it, they are
    /// not read again.
    pub fn last_maps(&mut self, pid: Tid) -> Maps {
        self.last_maps.take().filter(|maps| maps.pid == pid).unwrap_or_else(|| self.maps(pid))
    }

    /// The interpreter that `pid` has mapped.
    pub fn interpreter(&mut self, pid: Tid) -> Option<MappedInterpreter> {
        let maps = self.maps(pid);
        self.interpreters.find(&maps, &self.diagnostics)
    }

    /// Writes the table of the sources of `runtime` below `directories` that are not among `imported`. It is
    /// the `number`-th after the tables of objects. Gives its name and number of sites, if there are such
    /// sources.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add_unimported(
        &mut self,
        runtime: &dyn Runtime,
        number: u32,
        directories: &[PathBuf],
        imported: &HashMap<PathBuf, u32>,
    ) -> io::Result<Option<(String, usize)>> {
        let table =
            unimported::table(runtime, directories, self.objects.filter(), imported, self.wanted.branches);
        let Some(table) = table else { return Ok(None) };
        table.files.iter().for_each(|source| self.sources.add(Path::new(source), &[], None));
        let name = table.write(&self.run, self.objects.next_number() + number)?;
        Ok(Some((name, table.sites as usize)))
    }

    fn maps(&mut self, pid: Tid) -> Maps {
        Maps::of(pid).unwrap_or_else(|_| {
            self.diagnostics.report(Diagnostic::UnreadableExecutable { program: process_info::name(pid) });
            Maps::none(pid)
        })
    }

    fn mapped_objects(&mut self, maps: &Maps, before: &[Mapping]) -> MappedObjects {
        let mut calls_ptrace = false;
        let mappings = self.mappings(maps, before, &mut calls_ptrace);
        let mut entry_hooks = self.interpreters.entry_hooks(maps, &self.diagnostics);
        entry_hooks.extend(self.frameworks.entry_hooks(maps));
        MappedObjects { mappings, entry_hooks, calls_ptrace, pristine: None }
    }

    /// One mapping of each object and bias: an object can have several executable segments. Notes whether a
    /// new one calls ptrace(2).
    fn mappings(&mut self, maps: &Maps, before: &[Mapping], calls_ptrace: &mut bool) -> Vec<Mapping> {
        let mut mappings: Vec<Mapping> = Vec::new();
        for mapped in &maps.code {
            let same = before.iter().find(|mapping| mapping.region == mapped.region);
            let found = same.cloned().or_else(|| self.mapping(maps, mapped, calls_ptrace));
            let Some(mapping) = found else { continue };
            if !mappings.iter().any(|other| other.object == mapping.object && other.bias == mapping.bias) {
                mappings.push(mapping);
            }
        }
        mappings
    }

    /// `None` when no source of that object is selected.
    fn mapping(&mut self, maps: &Maps, mapped: &FileMapping, calls_ptrace: &mut bool) -> Option<Mapping> {
        let identity = maps.identity(mapped).ok().flatten();
        let found = match identity.and_then(|file| self.objects.known(file)) {
            Some(known) => known,
            None => {
                let file = self.open(maps, mapped)?;
                self.objects.in_file(&file, &mapped.path, &mut self.sources)
            }
        };
        *calls_ptrace |= found.calls_ptrace;
        if found.has_leak_sanitizer && !limitations::has_leak_check_off(maps.pid) {
            self.diagnostics.report(Diagnostic::LeakSanitizer { path: mapped.path.clone() });
        }
        let object: ObjectId = found.object?;
        let recorded = self.objects.get(object);
        let bias = recorded.segments.bias(mapped.region.start, mapped.offset)?;
        Some(Mapping { object, sites: Arc::clone(&recorded.sites), bias, region: mapped.region })
    }

    /// The file that is mapped there, if it is a regular one.
    fn open(&self, maps: &Maps, mapped: &FileMapping) -> Option<std::fs::File> {
        maps.open(mapped).unwrap_or_else(|error| {
            // A program can also map a file of code that it has generated itself.
            if maps.is_elf(mapped) {
                let (path, reason) = (mapped.path.clone(), error.to_string());
                self.diagnostics.report(Diagnostic::UnopenedObject { path, reason });
            }
            None
        })
    }
}
