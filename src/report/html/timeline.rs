//! The page of the processes: the tree, and the lifetime of each process on a time line.

use super::super::process_row::ProcessRow;
use super::super::timestamp;
use super::super::tree::{self, TreeRow};
use super::page::Page;
use crate::data::view::{Process, View};
use crate::data::{Birth, Exit};
use crate::quote;
use askama::Template;
use serde::Serialize;
use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

/// Width of the time line, in units of the SVG.
const WIDTH: f64 = 1000.0;
/// The least width of a bar, so that it is visible.
const NARROWEST: f64 = 4.0;

#[derive(Template)]
#[template(path = "processes.html")]
pub(super) struct ProcessesPage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
    runs: Vec<RunSection<'a>>,
    processes: usize,
}

/// The processes of one `forkcov run`.
struct RunSection<'a> {
    label: Option<Cow<'a, str>>,
    host: Cow<'a, str>,
    started: String,
    duration: String,
    rows: Vec<TimelineRow<'a>>,
}

/// A process in the tree of the page.
struct TimelineRow<'a> {
    /// Index of the process.
    index: usize,
    /// See [`TreeRow::guide`].
    guide: String,
    row: &'a ProcessRow<'a>,
    birth: &'static str,
    kind: EndingKind,
    lived: String,
    /// Left edge and width of the bar.
    from: String,
    width: String,
}

/// How a process ended, for its colour.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum EndingKind {
    Good,
    Bad,
    Killed,
    Unknown,
}

impl EndingKind {
    fn of(exit: Option<Exit>) -> Self {
        match exit {
            Some(Exit::Code(0)) => Self::Good,
            Some(Exit::Code(_)) => Self::Bad,
            Some(Exit::Signal(_)) => Self::Killed,
            None => Self::Unknown,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Killed => "killed",
            Self::Unknown => "unknown",
        }
    }
}

/// A process in `processes.js`.
#[derive(Serialize)]
pub(super) struct ProcessData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Cow<'a, str>>,
    pid: i32,
    /// Index of its parent.
    parent: Option<usize>,
    what: &'a str,
    end: &'a str,
    kind: EndingKind,
}

pub(super) fn data<'a>(rows: &'a [ProcessRow]) -> Vec<ProcessData<'a>> {
    let data = rows.iter().map(|row| ProcessData {
        label: row.process.label.as_deref().map(quote::text),
        pid: row.process.pid,
        parent: row.process.parent,
        what: &row.description,
        end: &row.ending,
        kind: EndingKind::of(row.process.exit),
    });
    data.collect()
}

pub(super) fn page<'a>(page: &'a Page, view: &'a View, rows: &'a [ProcessRow]) -> ProcessesPage<'a> {
    let places = tree::rows(&view.processes, &vec![true; view.processes.len()]);
    let is_same_run =
        |one: &TreeRow, other: &TreeRow| view.processes[one.process].run == view.processes[other.process].run;
    let runs = places.chunk_by(is_same_run).map(|places| section(places, rows)).collect();
    ProcessesPage { page, to_root: "", runs, processes: view.processes.len() }
}

/// The section of one run. Its processes are at `places` of the tree.
fn section<'a>(places: &[TreeRow], rows: &'a [ProcessRow]) -> RunSection<'a> {
    let of = |place: &TreeRow| -> &'a Process { rows[place.process].process };
    let begins = places.iter().map(|place| of(place).started).fold(f64::INFINITY, f64::min);
    let last_seen = |place: &TreeRow| of(place).ended.unwrap_or(of(place).started);
    let ends = places.iter().map(last_seen).fold(begins, f64::max);
    let scale = if ends > begins { WIDTH / (ends - begins) } else { 0.0 };
    let timeline_row = |place: &TreeRow| {
        let row = &rows[place.process];
        let process = row.process;
        // If the end of a process was not seen, it may have lived until the end of the run.
        let (from, to) = (process.started, process.ended.unwrap_or(ends).max(process.started));
        let width = ((to - from) * scale).max(NARROWEST);
        let left = ((from - begins) * scale).min(WIDTH - width).max(0.0);
        TimelineRow {
            index: place.process,
            guide: place.guide.clone(),
            row,
            birth: birth(process.birth),
            kind: EndingKind::of(process.exit),
            lived: seconds(row.lifetime),
            from: format!("{left:.1}"),
            width: format!("{width:.1}"),
        }
    };
    RunSection {
        label: of(&places[0]).label.as_deref().map(quote::text),
        host: quote::text(&of(&places[0]).host),
        started: moment(begins),
        duration: seconds(Some(ends - begins)),
        rows: places.iter().map(timeline_row).collect(),
    }
}

/// `2026-11-22 23:31:07 UTC`.
fn moment(seconds: f64) -> String {
    let since = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    format!("{} UTC", timestamp::iso(UNIX_EPOCH + since)[..19].replace('T', " "))
}

fn seconds(lifetime: Option<f64>) -> String {
    match lifetime {
        None => "unknown".to_owned(),
        Some(lifetime) if lifetime < 1.0 => format!("{:.1} ms", lifetime.max(0.0) * 1000.0),
        Some(lifetime) => format!("{lifetime:.2} s"),
    }
}

fn birth(birth: Birth) -> &'static str {
    match birth {
        Birth::Launch => "started by forkcov",
        Birth::Fork => "fork",
        Birth::Vfork => "vfork",
        Birth::Clone => "clone",
        Birth::Attach => "attached to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_fitting_unit() {
        assert_eq!(seconds(Some(0.01234)), "12.3 ms");
        assert_eq!(seconds(Some(75.5)), "75.50 s");
        assert_eq!(seconds(Some(-1.0)), "0.0 ms");
        assert_eq!(seconds(None), "unknown");
        assert_eq!(moment(1_700_000_000.25), "2023-11-14 22:13:20 UTC");
        assert_eq!(moment(f64::NAN), "1970-01-01 00:00:00 UTC");
    }
}
