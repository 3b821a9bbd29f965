//! `forkcov json`: the JSON report of coverage.py (format 3), extended by `processes` and directions of
//! native branches.
//!
//! `docs/forkcov.schema.json` describes it. [`SCHEMA_VERSION`] rises when a property is removed or changes
//! its meaning, not when one is added.

mod contexts;
mod files;

use super::coverage::Coverage;
use super::naming::file_name_in_json;
use super::process_row::ProcessRow;
use super::timestamp;
use crate::data::view::{Branch, View};
use crate::data::{Birth, Exit, Image};
use crate::numbers::NumberSet;
use crate::quote::json::{Escaping, text};
use crate::signal_name::signal_name;
use crate::sources::Here;
use contexts::FileContexts;
use files::{FileEntries, Summary};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, PrettyFormatter};
use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::time::SystemTime;

/// The value of `meta.schema_version`.
pub const SCHEMA_VERSION: u32 = 2;

/// How to write the report.
#[derive(Debug)]
pub struct JsonLayout<'a> {
    /// The directory to which file names are relative.
    pub here: &'a Here,
    /// Whether to indent the report.
    pub pretty: bool,
    /// Decimals of `percent_covered_display`.
    pub precision: usize,
    /// The same with hits by [`Pair`](crate::data::view::HitsBy::Pair), to show which contexts ran a line.
    pub contexts: Option<&'a View>,
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
            format: 3,
            version: env!("CARGO_PKG_VERSION"),
            timestamp: timestamp::iso(layout.now),
            branch_coverage: coverage.has_branches,
            show_contexts: layout.contexts.is_some(),
            tool: env!("CARGO_PKG_NAME"),
            schema_version: SCHEMA_VERSION,
        },
        files: FileEntries {
            coverage,
            names: &names,
            precision: layout.precision,
            contexts: layout.contexts.map(FileContexts::of),
        },
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
