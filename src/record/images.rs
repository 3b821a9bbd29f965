//! What a process has mapped: from files to the sites to plant. Each object is read once per run, however many
//! processes map it.

use super::diagnostics::Diagnostics;
use super::limitations;
use super::maps::{self, Maps};
use super::python::{Interpreters, Loaded};
use super::snapshots::Sources;
use super::terms;
use super::unseen;
use crate::cache::Cache;
use crate::data::RunFiles;
use crate::numbers;
use crate::object::{self, DebugSearch, Identity, Object, Rendezvous, Segments};
use crate::plural::counted;
use crate::ptrace::Tid;
use crate::sources::{SourceFilter, Verdict};
use crate::tracer::{DynamicLinker, MappedObjects, Mapping, ObjectId, Sites};
use hashbrown::HashMap;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An object of which some line is of interest.
#[derive(Debug)]
pub struct Known {
    /// What is to be planted.
    pub sites: Arc<Sites>,
    /// Where it was found.
    pub path: PathBuf,
    /// The name of its table, beside the hit files.
    pub table: String,
    segments: Segments,
}

/// The objects of a run.
#[derive(Debug)]
pub struct Images {
    run: RunFiles,
    filter: SourceFilter,
    cache: Cache,
    /// Whether one breakpoint does for a basic block.
    joins: bool,
    /// By number.
    known: Vec<Known>,
    files: HashMap<Identity, Read>,
    loaders: HashMap<Identity, Option<Arc<Rendezvous>>>,
    interpreters: Interpreters,
    /// Those of all objects, and of the interpreters.
    pub sources: Sources,
    /// What could not be kept, a line each: data is lost.
    pub problems: Vec<String>,
    /// What is covered, what not, and why.
    pub remarks: Diagnostics,
}

/// What was found in a file.
#[derive(Debug, Clone, Copy, Default)]
struct Read {
    /// None when no line of it is of interest.
    object: Option<ObjectId>,
    /// It has LeakSanitizer in it.
    checks_leaks: bool,
}

impl Images {
    /// None is known yet. `joins`: whether one breakpoint does for a basic block.
    pub fn new(run: RunFiles, (filter, cache): (SourceFilter, Cache), joins: bool) -> Self {
        Self {
            run,
            filter,
            cache,
            joins,
            known: Vec::new(),
            files: HashMap::new(),
            loaders: HashMap::new(),
            interpreters: Interpreters::default(),
            sources: Sources::default(),
            problems: Vec::new(),
            remarks: Diagnostics::default(),
        }
    }

    /// What `pid` has mapped at its exec, and where its dynamic linker tells of changes.
    pub fn image(&mut self, pid: Tid) -> (MappedObjects, Option<DynamicLinker>) {
        if let Some(hint) = limitations::privileges(pid) {
            self.remarks.hint(hint);
        }
        let maps = self.maps(pid);
        (self.contents(&maps, &[]), self.loader(&maps))
    }

    /// What `pid` has mapped now; what it had `before` is not looked for again, and need not be found any more.
    pub fn mapped(&mut self, pid: Tid, before: &[Mapping]) -> MappedObjects {
        let maps = self.maps(pid);
        self.contents(&maps, before)
    }

    /// The Python interpreter that `pid` has mapped.
    pub fn interpreter(&mut self, pid: Tid) -> Option<Loaded> {
        let maps = self.maps(pid);
        self.interpreters.loaded(&maps, &mut self.remarks)
    }

    /// Whether a source file counts.
    pub fn wants(&self, source: &Path) -> bool {
        self.filter.wants(source)
    }

    /// Writes the table of the sources in Python below `directories` that are not among `imported`. Gives its name and number
    /// of sites, if there are any.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn unseen(
        &mut self,
        directories: &[PathBuf],
        imported: &HashSet<PathBuf>,
    ) -> io::Result<Option<(String, usize)>> {
        let Some(table) = unseen::table(directories, &self.filter, imported) else { return Ok(None) };
        table.files.iter().for_each(|source| self.sources.see(Path::new(source), &[]));
        let name = table.write(&self.run, self.known.len() as u32)?;
        Ok(Some((name, table.sites as usize)))
    }

    fn contents(&mut self, maps: &Maps, before: &[Mapping]) -> MappedObjects {
        let mappings = self.mappings(maps, before);
        MappedObjects { mappings, entry_hooks: self.interpreters.watches(maps, &mut self.remarks) }
    }

    fn maps(&mut self, pid: Tid) -> Maps {
        Maps::of(pid).unwrap_or_else(|_| {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            self.remarks.lose(format!(
                "no lines of {}: who may not read a program may not look into its memory either (chmod a+r)",
                name.trim_end()
            ));
            Maps::none(pid)
        })
    }

    fn mappings(&mut self, maps: &Maps, before: &[Mapping]) -> Vec<Mapping> {
        let mut mappings: Vec<Mapping> = Vec::new();
        for mapped in &maps.code {
            let same = before.iter().find(|mapping| mapping.region == mapped.region);
            let Some(mapping) = same.cloned().or_else(|| self.mapping(maps, mapped)) else { continue };
            if !mappings.iter().any(|other| other.object == mapping.object && other.bias == mapping.bias) {
                mappings.push(mapping);
            }
        }
        mappings
    }

    /// `None` when no source of that object is of interest.
    fn mapping(&mut self, maps: &Maps, mapped: &maps::Mapped) -> Option<Mapping> {
        let object = self.object(maps, mapped)?;
        let Known { sites, segments, .. } = self.known(object);
        let bias = segments.bias(mapped.region.start, mapped.offset)?;
        Some(Mapping { object, sites: Arc::clone(sites), bias, region: mapped.region })
    }

    fn loader(&mut self, maps: &Maps) -> Option<DynamicLinker> {
        let mapped = maps.loader()?;
        let file = maps.open(mapped).ok()??;
        let rendezvous = self.loaders.entry(file_id(&file)?);
        let rendezvous = rendezvous.or_insert_with(|| Rendezvous::read(&file).map(Arc::new)).clone();
        if rendezvous.is_none() && maps.has_interpreter() {
            let (loader, program) = (mapped.path.display(), executable(maps.pid));
            let program = program.display();
            self.remarks.lose(format!(
                "no lines of the libraries of {program}: {loader} does not tell what it loads"
            ));
        }
        let rendezvous = rendezvous?;
        let bias = rendezvous.segments.bias(mapped.region.start, mapped.offset)?;
        let Rendezvous { notify, original, state, is_pointer, .. } = *rendezvous;
        Some(DynamicLinker { notify: notify.loaded(bias), original, state: state.loaded(bias), is_pointer })
    }

    /// How many sites all objects have that are known.
    pub fn sites(&self) -> usize {
        self.known.iter().map(|known| known.sites.len()).sum()
    }

    /// An object by its number.
    pub fn known(&self, object: ObjectId) -> &Known {
        &self.known[object.0 as usize]
    }

    /// The object whose code is mapped there.
    fn object(&mut self, maps: &Maps, mapped: &maps::Mapped) -> Option<ObjectId> {
        let file = match maps.open(mapped) {
            Ok(file) => file?,
            Err(error) => {
                // Code that the program has made itself can be in a file, too.
                if maps.is_elf(mapped) {
                    self.remarks.lose(format!("no lines of {}: {error}", mapped.path.display()));
                }
                return None;
            }
        };
        let id = file_id(&file)?;
        let read = match self.files.get(&id) {
            Some(read) => *read,
            None => {
                let read = self.read(&file, &mapped.path);
                *self.files.entry(id).insert(read).get()
            }
        };
        if read.checks_leaks && !limitations::checks_no_leaks(maps.pid) {
            self.remarks.hint(format!(
                "LeakSanitizer in {} cannot work, since the program is traced already: set \
                 ASAN_OPTIONS=detect_leaks=0, or LSAN_OPTIONS",
                mapped.path.display()
            ));
        }
        read.object
    }

    /// Removes the tables of all objects.
    pub fn remove_tables(&self) {
        for known in &self.known {
            let _ = fs::remove_file(self.run.data_file.with_file_name(&known.table));
        }
    }

    /// Did any object give a line?
    pub fn any_lines(&self) -> bool {
        !self.known.is_empty()
    }

    fn read(&mut self, file: &File, path: &Path) -> Read {
        let absent = RefCell::new(HashSet::new());
        let wants = |source: &Path| match self.filter.verdict(source) {
            Verdict::Absent => {
                absent.borrow_mut().insert(source.to_owned());
                false
            }
            verdict => verdict == Verdict::Counts,
        };
        let search = if self.filter.leaves_out(path) { DebugSearch::none() } else { DebugSearch::default() };
        let got = match self.cache.read(&search, file, path, &wants) {
            Ok(got) => got,
            Err(error) => {
                match error {
                    object::Error::NotElf { .. } => self.remarks.note(error.to_string()),
                    _ => self.remarks.lose(error.to_string()),
                }
                return Read::default();
            }
        };
        let mut object = got.object;
        self.note(&object, absent.into_inner().len());
        if got.is_cached {
            self.remarks.note(format!("read {} in an earlier run (--no-cache reads anew)", path.display()));
        }
        if let Some(error) = got.failure {
            self.remarks.note(format!("kept nothing of {} for the next run: {error}", path.display()));
        }
        object.lines.retain(|line| line.line < numbers::LIMIT);
        if object.sites.is_empty() {
            return Read { checks_leaks: object.checks_leaks, object: None };
        }
        for (source, compiled) in object.files.iter().zip(&object.compiled) {
            self.sources.see(source, compiled);
        }
        let number = self.known.len() as u32;
        let checks_leaks = object.checks_leaks;
        match terms::table(&object, self.joins).write(&self.run, number) {
            Ok(table) => {
                let sites = terms::sites(&object.sites, std::mem::take(&mut object.trampolines), self.joins);
                self.known.push(Known { sites, path: object.path, table, segments: object.segments });
                Read { checks_leaks, object: Some(ObjectId(number)) }
            }
            Err(error) => {
                self.problems.push(error.to_string());
                Read { checks_leaks, object: None }
            }
        }
    }

    /// Says of an object what is covered of it, and what not.
    fn note(&mut self, object: &Object, absent: usize) {
        let path = object.path.display();
        if absent > 0 {
            let sources = counted(absent, "source", "sources");
            self.remarks.miss(
                absent,
                format!("left out {sources} of {path}, not on this machine (--include '*' takes them)"),
            );
        }
        let mut lines: Vec<_> = object.lines.iter().map(|line| (line.file, line.line)).collect();
        lines.sort_unstable();
        lines.dedup();
        self.remarks.note(match (object.has_units, lines.len()) {
            (false, _) => format!("left out {path}: it has no debug information"),
            (_, 0) => {
                format!("left out {path}: none of its sources counts (--source, --include and --omit choose)")
            }
            (_, lines) => {
                let lines = counted(lines, "line", "lines");
                format!("covers {path}: {lines}, {}", counted(object.sites.len(), "site", "sites"))
            }
        });
        if object.dropped.inside_instruction > 0 {
            let sites = counted(object.dropped.inside_instruction, "site", "sites");
            self.remarks.note(format!("dropped {sites} of {path}: no instruction begins there"));
        }
        if object.dropped.damaged_units > 0 {
            let units = counted(object.dropped.damaged_units, "unit", "units");
            self.remarks
                .lose(format!("lines are missing of {path}: the debug information of {units} is damaged"));
        }
        object.remarks.iter().cloned().for_each(|remark| self.remarks.lose(remark));
        object.notes.iter().cloned().for_each(|note| self.remarks.note(note));
    }
}

/// The path of a process's executable.
pub fn executable(pid: Tid) -> PathBuf {
    fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default()
}

/// A process's argument vector; bytes that are not UTF-8 are replaced.
pub fn argv(pid: Tid) -> Vec<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    bytes.split(|&byte| byte == 0).map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
}

pub(super) fn file_id(file: &File) -> Option<Identity> {
    file.metadata().ok().map(|metadata| Identity::of(&metadata))
}
