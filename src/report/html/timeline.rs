//! The page of the processes: the tree, and when each lived.

use super::super::counts::{Share, shares};
use super::super::names::ending;
use super::super::processes::doing;
use super::super::{timestamp, tree};
use super::Page;
use crate::data::view::View;
use crate::data::{Birth, Exit};
use askama::Template;
use serde::Serialize;
use std::time::{Duration, UNIX_EPOCH};

/// Width of the time line, in units of its own.
const WIDTH: f64 = 1000.0;
/// So wide is a bar at least, that it can be seen.
const NARROWEST: f64 = 4.0;

#[derive(Template)]
#[template(path = "processes.html")]
pub(super) struct ProcessesPage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
    runs: Vec<Run<'a>>,
    processes: usize,
}

/// The processes of one `forkcov run`.
struct Run<'a> {
    label: Option<&'a str>,
    host: &'a str,
    started: String,
    duration: String,
    rows: Vec<Row>,
}

struct Row {
    index: usize,
    guide: String,
    pid: i32,
    doing: String,
    birth: &'static str,
    ending: String,
    kind: Kind,
    share: Share,
    lived: String,
    /// Where the bar begins, and how wide it is.
    from: String,
    width: String,
}

/// How a process ended, for its colour.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Good,
    Bad,
    Killed,
    Unknown,
}

impl Kind {
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

/// What the script knows of a process.
#[derive(Serialize)]
pub(super) struct ProcessData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    pid: i32,
    /// Its index.
    parent: Option<usize>,
    what: String,
    end: String,
    kind: Kind,
}

pub(super) fn data(view: &View) -> Vec<ProcessData<'_>> {
    let data = view.processes.iter().map(|process| ProcessData {
        label: process.label.as_deref(),
        pid: process.pid,
        parent: process.parent,
        what: doing(process),
        end: ending(process.exit),
        kind: Kind::of(process.exit),
    });
    data.collect()
}

pub(super) fn page<'a>(page: &'a Page, view: &'a View) -> ProcessesPage<'a> {
    let shares = shares(view);
    let rows = tree::rows(&view.processes, &vec![true; view.processes.len()]);
    let is_same_run = |one: &tree::Row, other: &tree::Row| {
        view.processes[one.process].run == view.processes[other.process].run
    };
    let runs = rows.chunk_by(is_same_run).map(|rows| run(rows, view, &shares)).collect();
    ProcessesPage { page, to_root: "", runs, processes: view.processes.len() }
}

fn run<'a>(rows: &[tree::Row], view: &'a View, shares: &[Share]) -> Run<'a> {
    let of = |row: &tree::Row| &view.processes[row.process];
    let begins = rows.iter().map(|row| of(row).started).fold(f64::INFINITY, f64::min);
    let known = |row: &tree::Row| of(row).ended.unwrap_or(of(row).started);
    let ends = rows.iter().map(known).fold(begins, f64::max);
    let scale = if ends > begins { WIDTH / (ends - begins) } else { 0.0 };
    let row = |row: &tree::Row| {
        let process = of(row);
        // One of which no end was seen may have lived until the end of all.
        let (from, to) = (process.started, process.ended.unwrap_or(ends).max(process.started));
        let width = ((to - from) * scale).max(NARROWEST);
        let left = ((from - begins) * scale).min(WIDTH - width).max(0.0);
        Row {
            index: row.process,
            guide: row.guide.clone(),
            pid: process.pid,
            doing: doing(process),
            birth: birth(process.birth),
            ending: ending(process.exit),
            kind: Kind::of(process.exit),
            share: shares[row.process],
            lived: seconds(process.ended.map(|ended| ended - from)),
            from: format!("{left:.1}"),
            width: format!("{width:.1}"),
        }
    };
    Run {
        label: of(&rows[0]).label.as_deref(),
        host: &of(&rows[0]).host,
        started: moment(begins),
        duration: seconds(Some(ends - begins)),
        rows: rows.iter().map(row).collect(),
    }
}

/// `2026-11-22 23:31:07 UTC`.
fn moment(seconds: f64) -> String {
    let since = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    format!("{} UTC", timestamp::iso(UNIX_EPOCH + since)[..19].replace('T', " "))
}

fn seconds(lived: Option<f64>) -> String {
    match lived {
        None => "unknown".to_owned(),
        Some(lived) if lived < 1.0 => format!("{:.1} ms", lived.max(0.0) * 1000.0),
        Some(lived) => format!("{lived:.2} s"),
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
    fn times_are_said_in_a_fitting_unit() {
        assert_eq!(seconds(Some(0.01234)), "12.3 ms");
        assert_eq!(seconds(Some(75.5)), "75.50 s");
        assert_eq!(seconds(Some(-1.0)), "0.0 ms");
        assert_eq!(seconds(None), "unknown");
        assert_eq!(moment(1_700_000_000.25), "2023-11-14 22:13:20 UTC");
        assert_eq!(moment(f64::NAN), "1970-01-01 00:00:00 UTC");
    }
}
