//! The objects of a run: each file is read once, however many processes map it.

use super::convert;
use super::diagnostics::{Diagnostic, Diagnostics};
use super::granularity::Granularity;
use super::left_out::LeftOutSources;
use super::maps::file_identity;
use super::sources::SourceFiles;
use crate::cache::Cache;
use crate::data::RunFiles;
use crate::numbers;
use crate::object::{self, DebugSearch, FileIdentity, Object, Segments};
use crate::sources::{SourceFilter, Verdict};
use crate::tracer::{ObjectId, Sites};
use hashbrown::HashMap;
use std::cell::RefCell;
use std::collections::BTreeSet;
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
        let path = || path.to_owned();
        if read.is_cached {
            self.diagnostics.report(Diagnostic::Cached { path: path() });
        }
        if let Some(error) = read.failure {
            self.diagnostics.report(Diagnostic::NotCached { path: path(), reason: error.to_string() });
        }
        let (has_leak_sanitizer, calls_ptrace) = (read.object.checks_leaks, read.object.calls_ptrace);
        FileContent { object: self.record(read.object, sources), has_leak_sanitizer, calls_ptrace }
    }

    /// Writes the table of an object. `None` if that fails, or the object has no line.
    fn record(&mut self, mut object: Object, sources: &mut SourceFiles) -> Option<ObjectId> {
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
                self.recorded.push(RecordedObject { sites, path, table, segments });
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
