//! `forkcov json`: the JSON report of coverage.py (format 2, without regions), extended by `functions` and
//! `processes`.
//!
//! `docs/forkcov.schema.json` describes it. [`SCHEMA_VERSION`] rises when a property is removed or changes
//! its meaning, not when one is added.

use super::branches::{Direction, FileBranches};
use super::coverage::{Coverage, FileCoverage};
use super::naming::{distinct, file_name_in_json};
use super::process_row::ProcessRow;
use super::timestamp;
use super::totals::Totals;
use crate::data::view::{Branch, Function, View};
use crate::data::{Birth, Exit, Image};
use crate::numbers::NumberSet;
use crate::quote::json::{Escaping, text};
use crate::signal_name::signal_name;
use crate::sources::Here;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, PrettyFormatter};
use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::time::SystemTime;

/// The value of `meta.schema_version`.
pub const SCHEMA_VERSION: u32 = 1;

/// How to write the report.
#[derive(Debug)]
pub struct JsonLayout<'a> {
    /// The directory to which file names are relative.
    pub here: &'a Here,
    /// Whether to indent the report.
    pub pretty: bool,
    /// Decimals of `percent_covered_display`.
    pub precision: usize,
    /// The time of the report.
    pub now: SystemTime,
}

/// Writes the report and a line break.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(view: &View, coverage: &Coverage, layout: &JsonLayout, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<Cow<str>> =
        coverage.files.iter().map(|file| file_name_in_json(layout.here, &file.source.path)).collect();
    let excluded = coverage.files.iter().map(|file| file.source.excluded.len()).sum();
    let report = JsonReport {
        meta: Meta {
            format: 2,
            version: env!("CARGO_PKG_VERSION"),
            timestamp: timestamp::iso(layout.now),
            branch_coverage: coverage.has_branches,
            show_contexts: false,
            tool: env!("CARGO_PKG_NAME"),
            schema_version: SCHEMA_VERSION,
        },
        files: FileEntries { coverage, names: &names, precision: layout.precision },
        totals: Summary::of(coverage.totals, excluded, coverage.has_branches, layout.precision),
        processes: processes(view, &names),
    };
    // A concrete type, so that the many small writes are inlined.
    let mut out = BufWriter::with_capacity(1 << 16, out);
    if layout.pretty {
        let formatter = Escaping(PrettyFormatter::with_indent(b"    "));
        report.serialize(&mut serde_json::Serializer::with_formatter(&mut out, formatter))?;
    } else {
        let formatter = Escaping::<CompactFormatter>::default();
        report.serialize(&mut serde_json::Serializer::with_formatter(&mut out, formatter))?;
    }
    writeln!(out)?;
    out.flush()
}

#[derive(Serialize)]
struct JsonReport<'a> {
    meta: Meta,
    files: FileEntries<'a>,
    totals: Summary,
    processes: Vec<ProcessEntry<'a>>,
}

#[derive(Serialize)]
struct Meta {
    format: u32,
    version: &'static str,
    timestamp: String,
    branch_coverage: bool,
    show_contexts: bool,
    tool: &'static str,
    schema_version: u32,
}

struct FileEntries<'a> {
    coverage: &'a Coverage<'a>,
    names: &'a [Cow<'a, str>],
    precision: usize,
}

impl Serialize for FileEntries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.names.iter().zip(&self.coverage.files);
        serializer.collect_map(entries.map(|(name, file)| {
            let has_branches = self.coverage.has_branches;
            (name, FileEntry::of(file, has_branches, self.precision))
        }))
    }
}

#[derive(Serialize)]
struct FileEntry<'a> {
    executed_lines: Vec<u32>,
    summary: Summary,
    missing_lines: Vec<u32>,
    excluded_lines: LineNumbers<'a>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    branches: Option<BranchEntries>,
    functions: FunctionEntries<'a>,
}

/// The branches of a file.
#[derive(Serialize)]
struct BranchEntries {
    /// As coverage.py has them: line and destination, which only a runtime knows.
    executed_branches: Vec<[i64; 2]>,
    missing_branches: Vec<[i64; 2]>,
    branches: Vec<BranchEntry>,
}

/// A direction of a branch.
#[derive(Serialize)]
struct BranchEntry {
    line: u32,
    jump: u32,
    way: i64,
    /// How many processes took it.
    processes: usize,
}

impl BranchEntries {
    fn of(file: &FileCoverage) -> Self {
        let arcs = |wanted: bool| {
            let arcs = file.branches().filter(|(_, is_taken)| *is_taken == wanted);
            let arcs = arcs.filter(|_| file.source.runtime.is_some());
            arcs.map(|(branch, _)| [branch.line.into(), branch.way]).collect()
        };
        let entry = |&Direction { branch, processes, .. }: &Direction| {
            let Branch { line, jump, way, .. } = branch;
            BranchEntry { line, jump, way, processes }
        };
        Self {
            executed_branches: arcs(true),
            missing_branches: arcs(false),
            branches: FileBranches::of(file).directions().map(entry).collect(),
        }
    }
}

impl<'a> FileEntry<'a> {
    fn of(file: &FileCoverage<'a>, has_branches: bool, precision: usize) -> Self {
        let lines_that =
            |wanted: bool| file.lines().filter(|(_, hit)| *hit == wanted).map(|(line, _)| line).collect();
        Self {
            executed_lines: lines_that(true),
            summary: Summary::of(file.totals, file.source.excluded.len(), has_branches, precision),
            missing_lines: lines_that(false),
            excluded_lines: LineNumbers(&file.source.excluded),
            branches: has_branches.then(|| BranchEntries::of(file)),
            functions: FunctionEntries(&file.source.functions),
        }
    }
}

/// The functions of a file, by distinct names.
struct FunctionEntries<'a>(&'a [Function]);

impl Serialize for FunctionEntries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry =
            |function: &Function| FunctionEntry { start_line: function.line, processes: function.processes };
        serializer.collect_map(distinct(self.0).iter().map(|(name, function)| (text(name), entry(function))))
    }
}

#[derive(Serialize)]
struct FunctionEntry {
    start_line: u32,
    /// How many processes entered it.
    processes: usize,
}

#[derive(Serialize)]
struct Summary {
    covered_lines: usize,
    num_statements: usize,
    percent_covered: f64,
    percent_covered_display: String,
    missing_lines: usize,
    excluded_lines: usize,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    branches: Option<BranchSummary>,
}

#[derive(Serialize)]
struct BranchSummary {
    num_branches: usize,
    num_partial_branches: usize,
    covered_branches: usize,
    missing_branches: usize,
}

impl Summary {
    fn of(totals: Totals, excluded: usize, has_branches: bool, precision: usize) -> Self {
        let Totals { lines, branches, partial } = totals;
        let of_branches = BranchSummary {
            num_branches: branches.all,
            num_partial_branches: partial,
            covered_branches: branches.hit,
            missing_branches: branches.missing(),
        };
        Self {
            covered_lines: lines.hit,
            num_statements: lines.all,
            percent_covered: totals.together().percent(),
            percent_covered_display: totals.together().percent_text(precision),
            missing_lines: lines.missing(),
            excluded_lines: excluded,
            branches: has_branches.then_some(of_branches),
        }
    }
}

#[derive(Serialize)]
struct ProcessEntry<'a> {
    pid: i32,
    parent: Option<i32>,
    /// The label of its run.
    label: Option<Cow<'a, str>>,
    host: Cow<'a, str>,
    run: &'a str,
    birth: Birth,
    started: f64,
    ended: Option<f64>,
    /// The argument vector of the last exec; empty for a process that never called exec.
    command: Vec<Cow<'a, str>>,
    images: Vec<Vec<Cow<'a, str>>>,
    /// The names of its contexts, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contexts: Vec<Cow<'a, str>>,
    exit: Option<ExitEntry>,
    files: ProcessFiles<'a>,
    #[serde(skip_serializing_if = "ProcessBranches::is_empty")]
    branches: ProcessBranches<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum ExitEntry {
    Code(i32),
    Signal(String),
}

/// The files in which a process ran lines, by name.
#[derive(Default)]
struct ProcessFiles<'a>(Vec<(&'a str, &'a NumberSet)>);

impl Serialize for ProcessFiles<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, lines) in &self.0 {
            map.serialize_entry(name, &LineNumbers(lines))?;
        }
        map.end()
    }
}

/// The files in which a process took directions of branches, by name.
#[derive(Default)]
struct ProcessBranches<'a>(Vec<(&'a str, TakenBranches<'a>)>);

impl ProcessBranches<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for ProcessBranches<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, branches)| (name, branches)))
    }
}

/// Directions as line, jump and way.
struct TakenBranches<'a> {
    of_file: &'a [Branch],
    taken: &'a NumberSet,
}

impl Serialize for TakenBranches<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let taken = self.of_file.iter().filter(|branch| self.taken.contains(branch.ordinal));
        serializer.collect_seq(taken.map(|branch| (branch.line, branch.jump, branch.way)))
    }
}

struct LineNumbers<'a>(&'a NumberSet);

impl Serialize for LineNumbers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter())
    }
}

fn processes<'a>(view: &'a View, names: &'a [Cow<str>]) -> Vec<ProcessEntry<'a>> {
    let entry = |ProcessRow { process, parent_pid, .. }: ProcessRow<'a>| ProcessEntry {
        pid: process.pid,
        parent: parent_pid,
        label: process.label.as_deref().map(text),
        host: text(&process.host),
        run: &process.run,
        birth: process.birth,
        started: process.started,
        ended: process.ended,
        command: process.images.last().map(argv).unwrap_or_default(),
        images: process.images.iter().map(argv).collect(),
        contexts: process.contexts.iter().filter(|it| !it.name.is_empty()).map(|it| text(&it.name)).collect(),
        exit: process.exit.map(|exit| match exit {
            Exit::Code(code) => ExitEntry::Code(code),
            Exit::Signal(number) => ExitEntry::Signal(signal_name(number)),
        }),
        files: ProcessFiles::default(),
        branches: ProcessBranches::default(),
    };
    let mut entries: Vec<_> = ProcessRow::all(view).into_iter().map(entry).collect();
    for (file, name) in view.files.iter().zip(names) {
        for (process, lines) in &file.hits {
            entries[*process].files.0.push((name, lines));
        }
        for (process, taken) in &file.taken {
            entries[*process].branches.0.push((name, TakenBranches { of_file: &file.branches, taken }));
        }
    }
    entries
}

fn argv(image: &Image) -> Vec<Cow<'_, str>> {
    image.argv.iter().map(|argument| text(argument)).collect()
}
