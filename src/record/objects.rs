//! The objects of a run: each file is read once, however many processes map it.

use super::convert;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::granularity::Granularity;
use super::left_out::LeftOutSources;
use super::maps::file_identity;
use super::sources::SourceFiles;
use crate::cache::{Cache, EntryId};
use crate::data::RunFiles;
use crate::data::combine::{Beginning, Template};
use crate::numbers;
use crate::object::{self, DebugSearch, FileIdentity, Object, Segments};
use crate::plain::stream::Stored;
use crate::sources::{SourceFilter, Verdict};
use crate::tracer::{ObjectId, Sites};
use hashbrown::HashMap;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An object of which at least one line is recorded.
#[derive(Debug)]
pub struct RecordedObject {
    /// Where its breakpoints are inserted.
    pub sites: Arc<Sites>,
    /// Where its file is.
    pub path: PathBuf,
    /// The name of its table, which is in the directory of the hit files.
    pub table: String,
    /// Its segments, which give the bias of a mapping.
    pub segments: Segments,
    /// Its entry in the cache.
    entry: Option<EntryId>,
}

/// The objects of a run.
#[derive(Debug)]
pub struct Objects {
    run: RunFiles,
    filter: SourceFilter,
    cache: Cache,
    granularity: Granularity,
    branches: bool,
    /// Indexed by [`ObjectId`].
    recorded: Vec<RecordedObject>,
    files: HashMap<FileIdentity, FileContent>,
    /// The sources that are not recorded.
    pub left_out: LeftOutSources,
    diagnostics: Diagnostics,
}

/// What was found in a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileContent {
    /// None when no line of it is recorded.
    pub object: Option<ObjectId>,
    /// LeakSanitizer is linked into it.
    pub has_leak_sanitizer: bool,
    /// It uses ptrace(2).
    pub calls_ptrace: bool,
}

impl Objects {
    /// No object yet. Their tables are written to the directory of the files of `run`.
    pub fn new(
        run: RunFiles,
        filter: SourceFilter,
        cache: Cache,
        granularity: Granularity,
        branches: bool,
        diagnostics: Diagnostics,
    ) -> Self {
        Self {
            run,
            filter,
            cache,
            granularity,
            branches,
            recorded: Vec::new(),
            files: HashMap::new(),
            left_out: LeftOutSources::default(),
            diagnostics,
        }
    }

    /// What is in the file with this identity, if that is known.
    pub fn known(&self, file: FileIdentity) -> Option<FileContent> {
        self.files.get(&file).copied()
    }

    /// What is in `file`, which a process knows as `path`. The sources of a new object are added to
    /// `sources`.
    pub fn in_file(&mut self, file: &File, path: &Path, sources: &mut SourceFiles) -> FileContent {
        let Some(identity) = file_identity(file) else { return FileContent::default() };
        if let Some(content) = self.files.get(&identity) {
            return *content;
        }
        let content = self.read(file, path, sources);
        *self.files.entry(identity).insert(content).get()
    }

    /// An object by its number.
    pub fn get(&self, object: ObjectId) -> &RecordedObject {
        &self.recorded[object.0 as usize]
    }

    /// The number that the next object gets.
    pub fn next_number(&self) -> u32 {
        self.recorded.len() as u32
    }

    /// Has any object a line?
    pub fn any_lines(&self) -> bool {
        !self.recorded.is_empty()
    }

    /// Which source files are recorded.
    pub fn filter(&self) -> &SourceFilter {
        &self.filter
    }

    /// What an earlier run has derived from the cached object, and kept as `what`.
    pub fn derived<T: Stored>(&self, object: ObjectId, what: &str) -> Option<T> {
        self.cache.derived(self.get(object).entry.as_ref()?, what)
    }

    /// Keeps what was derived from an object, if that is in the cache.
    pub fn keep_derived<T: Stored>(&self, object: ObjectId, what: &str, derived: &T) {
        let RecordedObject { entry: Some(entry), path, .. } = self.get(object) else { return };
        if let Err(error) = self.cache.keep_derived(entry, what, derived) {
            self.not_cached(path, &error);
        }
    }

    /// What a new data file of this run is to begin with: the object with the most sites, if it is cached.
    pub fn beginning(&self) -> Option<Beginning> {
        let cached = (0..).zip(&self.recorded).filter(|(_, object)| object.entry.is_some());
        let (number, object) = cached.max_by_key(|(_, object)| object.sites.len())?;
        let (number, table) = (ObjectId(number), object.table.clone());
        // Which sites are joined is part of the table.
        let what = match self.granularity {
            Granularity::Block => "blocks",
            Granularity::Line => "lines",
        };
        let template = self.derived(number, what).or_else(|| {
            let made = Template::new(&self.run.directory, &table);
            let made = made.map_err(|error| self.not_cached(&object.path, &error)).ok()?;
            self.keep_derived(number, what, &made);
            Some(made)
        });
        Some(Beginning { table, template: template? })
    }

    fn not_cached(&self, path: &Path, error: &dyn Error) {
        let (path, reason) = (path.to_owned(), error.to_string());
        self.diagnostics.report(Diagnostic::NotCached { path, reason });
    }

    /// Whether a source with this real path, which an interpreter has loaded, is recorded.
    pub fn wants(&self, source: &Path) -> bool {
        self.left_out.verdict(&self.filter, None, source) == Verdict::Counts
    }

    fn read(&mut self, file: &File, path: &Path, sources: &mut SourceFiles) -> FileContent {
        let absent = RefCell::new(BTreeSet::new());
        let wants = |source: &Path| match self.left_out.verdict(&self.filter, Some(path), source) {
            Verdict::Absent => {
                absent.borrow_mut().insert(source.to_owned());
                false
            }
            verdict => verdict == Verdict::Counts,
        };
        let search = if self.filter.leaves_out(path) {
            DebugSearch { branches: self.branches, ..DebugSearch::none() }
        } else {
            let sources = self.filter.directories().to_vec();
            DebugSearch { sources, branches: self.branches, ..DebugSearch::default() }
        };
        let read = match self.cache.read(&search, file, path, &wants) {
            Ok(read) => read,
            Err(error) => {
                let text = error.to_string();
                self.diagnostics.report(match error {
                    object::Error::NotElf { .. } => Diagnostic::NotElf(text),
                    _ => Diagnostic::UnreadObject(text),
                });
                return FileContent::default();
            }
        };
        self.report(&read.object, absent.into_inner());
        if read.is_cached {
            self.diagnostics.report(Diagnostic::Cached { path: path.to_owned() });
        }
        if let Some(error) = read.failure {
            self.not_cached(path, &error);
        }
        let (has_leak_sanitizer, calls_ptrace) = (read.object.checks_leaks, read.object.calls_ptrace);
        let object = self.record(read.object, read.entry, sources);
        FileContent { object, has_leak_sanitizer, calls_ptrace }
    }

    /// Writes the table of an object. `None` if that fails, or the object has no line.
    fn record(
        &mut self,
        mut object: Object,
        entry: Option<EntryId>,
        sources: &mut SourceFiles,
    ) -> Option<ObjectId> {
        object.lines.retain(|line| line.line < numbers::LIMIT);
        object.branches.retain(|branch| branch.line < numbers::LIMIT);
        if object.sites.is_empty() {
            return None;
        }
        let digests = std::mem::take(&mut object.digests);
        for ((source, compiled), digest) in object.files.iter().zip(&object.compiled).zip(digests) {
            sources.add(source, compiled, digest);
        }
        let number = self.next_number();
        let (path, segments) = (object.path.clone(), std::mem::take(&mut object.segments));
        let (table, sites) = convert::split(object, self.granularity);
        match table.write(&self.run, number) {
            Ok(table) => {
                let sites = Arc::new(sites);
                self.recorded.push(RecordedObject { sites, path, table, segments, entry });
                Some(ObjectId(number))
            }
            Err(error) => {
                self.diagnostics.report(Diagnostic::failure(error));
                None
            }
        }
    }

    /// Reports what is covered of an object, and what is not. `absent`: its sources that are not on this
    /// machine.
    fn report(&self, object: &Object, absent: BTreeSet<PathBuf>) {
        let path = || object.path.clone();
        let report = |diagnostic| self.diagnostics.report(diagnostic);
        if !absent.is_empty() {
            report(Diagnostic::AbsentSources { path: path(), sources: absent });
        }
        report(match (object.has_units, object.line_count) {
            (false, _) => Diagnostic::NoDebugInformation { path: path() },
            (_, 0) => Diagnostic::NoSelectedSource { path: path() },
            (_, lines) => Diagnostic::Covered { path: path(), lines, sites: object.sites.len() },
        });
        let dropped = &object.dropped;
        if dropped.inside_instruction > 0 {
            report(Diagnostic::MisplacedSites { path: path(), sites: dropped.inside_instruction });
        }
        if dropped.damaged_units > 0 {
            report(Diagnostic::DamagedUnits { path: path(), units: dropped.damaged_units });
        }
        object.diagnostics.iter().cloned().map(Diagnostic::MissingDebugInformation).for_each(report);
        object.notes.iter().cloned().map(Diagnostic::MissingDetails).for_each(report);
    }
}
