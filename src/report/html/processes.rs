//! The page of the processes: the tree, and the lifetime of each process on a time line. A script makes its
//! rows, since there can be many.

use super::super::process_row::ProcessRow;
use super::super::timestamp;
use super::command::CommandLine;
use super::page::Page;
use crate::data::view::{Process, View};
use crate::data::{Birth, Exit};
use crate::quote;
use askama::Template;
use hashbrown::HashMap;
use serde::Serialize;
use std::hash::Hash;
use std::time::{Duration, UNIX_EPOCH};

#[derive(Template)]
#[template(path = "processes.html")]
pub(super) struct ProcessesPage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
}

pub(super) fn page<'a>(page: &'a Page) -> ProcessesPage<'a> {
    ProcessesPage { page, to_root: "" }
}

/// The content of `processes.js`.
#[derive(Serialize)]
pub(super) struct ProcessesData {
    runs: Vec<RunData>,
    /// Distinct command lines: what precedes the program or script, and the rest.
    commands: Vec<(String, String)>,
    endings: Vec<(String, EndingKind)>,
    births: Vec<&'static str>,
    /// Distinct lists of contexts, as places in `tests.js`.
    contexts: Vec<Vec<usize>>,
    /// In the order of [`View::processes`].
    processes: Vec<ProcessData>,
}

/// A `forkcov run`: label, host, when it began, and its duration in units of 0.1 ms.
#[derive(Serialize)]
struct RunData(Option<String>, String, String, i64);

/// A process:
///
/// * its PID, and how many places before it its parent is (0 if it has none here),
/// * the places of its run, birth, command (-1 if it never called exec) and ending,
/// * when it began, in the run, and how long it lived (-1 if that is unknown), in units of 0.1 ms,
/// * its lines, and those that no other process ran,
/// * the place of its contexts.
#[derive(Serialize)]
struct ProcessData(i32, usize, usize, usize, i64, usize, i64, i64, usize, usize, usize);

/// How a process ended, for its colour.
#[derive(Clone, Copy, Serialize, PartialEq, Eq, Hash)]
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
}

/// Distinct values, each with its place.
struct Distinct<T> {
    values: Vec<T>,
    places: HashMap<T, usize>,
}

impl<T: Hash + Eq + Clone> Distinct<T> {
    fn new() -> Self {
        Self { values: Vec::new(), places: HashMap::new() }
    }

    fn place(&mut self, value: T) -> usize {
        *self.places.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            self.values.len() - 1
        })
    }
}

pub(super) fn data(view: &View, rows: &[ProcessRow]) -> ProcessesData {
    let (mut commands, mut endings) = (Distinct::new(), Distinct::new());
    let (mut births, mut contexts) = (Distinct::new(), Distinct::new());
    let context_places: HashMap<&str, usize> = view.contexts.iter().map(String::as_str).zip(0..).collect();
    let mut runs = Vec::new();
    let mut processes = Vec::with_capacity(rows.len());
    let of_runs = rows.chunk_by(|one, next| one.process.run == next.process.run);
    for (run, rows) in of_runs.enumerate() {
        let (data, begins) = run_data(rows);
        runs.push(data);
        for row in rows {
            let process = row.process;
            let parent = process.parent.and_then(|parent| processes.len().checked_sub(parent)).unwrap_or(0);
            let command = command(process).map_or(-1, |line| signed(commands.place(line)));
            let mut names: Vec<usize> =
                process.context_names().filter_map(|name| context_places.get(name).copied()).collect();
            names.sort_unstable();
            names.dedup();
            processes.push(ProcessData(
                process.pid,
                parent,
                run,
                births.place(birth(process.birth)),
                command,
                endings.place((row.ending.clone(), EndingKind::of(process.exit))),
                units(process.started - begins),
                row.lifetime.map_or(-1, |lifetime| units(lifetime.max(0.0))),
                row.lines,
                row.only_here,
                contexts.place(names),
            ));
        }
    }
    let commands = commands.values.into_iter().map(|CommandLine { before, main }| (before, main)).collect();
    let (endings, births, contexts) = (endings.values, births.values, contexts.values);
    ProcessesData { runs, commands, endings, births, contexts, processes }
}

/// A run, and when it began.
fn run_data(rows: &[ProcessRow]) -> (RunData, f64) {
    let begins = rows.iter().map(|row| row.process.started).fold(f64::INFINITY, f64::min);
    let last_seen = |row: &ProcessRow| row.process.ended.unwrap_or(row.process.started);
    let ends = rows.iter().map(last_seen).fold(begins, f64::max);
    let first = rows[0].process;
    let label = first.label.as_deref().map(|label| quote::text(label).into_owned());
    let host = quote::text(&first.host).into_owned();
    (RunData(label, host, moment(begins), units(ends - begins)), begins)
}

/// The command of the last exec. As in [`super::super::process_row::description`].
fn command(process: &Process) -> Option<CommandLine> {
    let image = process.images.last()?;
    let argv = if image.argv.is_empty() { std::slice::from_ref(&image.executable) } else { &image.argv };
    Some(CommandLine::of(argv))
}

/// Units of 0.1 ms. A time that is no number is 0.
#[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
fn units(seconds: f64) -> i64 {
    (seconds * 10_000.0).round() as i64
}

fn signed(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(-1)
}

/// `2026-11-22 23:31:07 UTC`.
fn moment(seconds: f64) -> String {
    let since = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    format!("{} UTC", timestamp::iso(UNIX_EPOCH + since)[..19].replace('T', " "))
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
    fn times_are_numbers_whatever_the_clock_said() {
        assert_eq!((units(0.01234), units(-1.0), units(f64::NAN)), (123, -10_000, 0));
        assert_eq!(moment(1_700_000_000.25), "2023-11-14 22:13:20 UTC");
        assert_eq!(moment(f64::NAN), "1970-01-01 00:00:00 UTC");
    }

    #[test]
    fn equal_values_have_one_place() {
        let mut distinct = Distinct::new();
        let places: Vec<usize> = ["a", "b", "a"].into_iter().map(|value| distinct.place(value)).collect();
        assert_eq!((places, distinct.values), (vec![0, 1, 0], vec!["a", "b"]));
    }
}
