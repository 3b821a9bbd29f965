//! `forkcov tests`: each context, its processes, how it ended, and how many lines it ran.

use super::failed_tests::results_of_tests;
use super::line_counts::{LinesRun, lines_of_each};
use super::naming::ending;
use super::processes::line_columns;
use crate::data::Exit;
use crate::data::view::{OwnedSets, Process, View};
use crate::plural::counted;
use crate::quote;
use hashbrown::{HashMap, HashSet};
use std::io::{self, Write};

/// One context.
#[derive(Debug)]
pub(super) struct ContextRow {
    /// Quoted.
    pub(super) name: String,
    /// How many processes had it.
    pub(super) processes: usize,
    /// Whether it failed, if its framework has said so. And how those ended in it that began it: each ending
    /// once. Those that went on to another test, or to none, do not say how this one ended.
    pub(super) endings: String,
    pub(super) lines: LinesRun,
}

impl ContextRow {
    /// A row for each of [`View::contexts`], which ran these lines in each file.
    pub(super) fn all<'a>(view: &View, files: impl Iterator<Item = &'a OwnedSets>) -> Vec<Self> {
        let indices: HashMap<&str, usize> = view.contexts.iter().map(String::as_str).zip(0..).collect();
        let mut endings = reported(view, &indices);
        let mut processes = vec![0; view.contexts.len()];
        for (process, begun) in view.processes.iter().zip(view.contexts_begun()) {
            let had: HashSet<usize> =
                process.context_names().filter_map(|name| indices.get(name).copied()).collect();
            had.into_iter().for_each(|context| processes[context] += 1);
            let ending = ending(process.exit);
            let at_its_end = context_at_end(process).and_then(|name| begun.get(name));
            for context in at_its_end.into_iter().filter_map(|name| indices.get(name).copied()) {
                if !endings[context].contains(&ending) {
                    endings[context].push(ending.clone());
                }
            }
        }
        let lines = lines_of_each(files, view.contexts.len());
        let rows = view.contexts.iter().zip(lines).zip(endings.iter().zip(processes));
        rows.map(|((name, lines), (endings, processes))| Self {
            name: quote::text(name).to_string(),
            processes,
            endings: endings.join(", "),
            lines,
        })
        .collect()
    }
}

/// What frameworks have said of the last run of each context: `passed`, `failed`, or nothing.
fn reported(view: &View, indices: &HashMap<&str, usize>) -> Vec<Vec<String>> {
    let mut last: Vec<Option<(f64, bool)>> = vec![None; view.contexts.len()];
    for process in &view.processes {
        for (test, result) in results_of_tests(&process.results) {
            let Some(&context) = indices.get(test) else { continue };
            if last[context].is_none_or(|known| known.0 < result.0) {
                last[context] = Some(result);
            }
        }
    }
    let word = |failed| if failed { "failed" } else { "passed" }.to_owned();
    last.into_iter().map(|result| result.map(|(_, failed)| word(failed)).into_iter().collect()).collect()
}

/// The context that a process ended in. A framework that handles signals ends the test before it lets the
/// signal kill the process.
fn context_at_end(process: &Process) -> Option<&str> {
    let mut contexts = process.contexts.iter().rev();
    let last = match process.exit {
        Some(Exit::Signal(_)) => contexts.find(|context| !context.name.is_empty()),
        _ => contexts.next(),
    };
    last.map(|context| context.name.as_str())
}

/// The width up to which a text widens its column, in characters.
const WIDEST: usize = 100;

/// Writes a row for each of [`View::contexts`] for which `is_shown`. The view must have hits by context.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(view: &View, is_shown: impl Fn(usize) -> bool, out: &mut dyn Write) -> io::Result<()> {
    let rows = ContextRow::all(view, view.files.iter().map(|file| &file.hits))
        .into_iter()
        .enumerate()
        .filter(|(index, _)| is_shown(*index));
    let rows: Vec<ContextRow> = rows.map(|(_, row)| row).collect();
    let counted = |row: &ContextRow| counted(row.processes, "process", "processes");
    // What is wider takes its row's other columns to the right, and no others.
    let width = |text: &dyn Fn(&ContextRow) -> String| {
        let widths = rows.iter().map(|row| text(row).chars().count());
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let (names, counts) = (width(&|row| row.name.clone()), width(&counted));
    let ends = width(&|row| row.endings.clone());
    let digits = rows.iter().map(|row| row.lines.lines).max().unwrap_or(0).to_string().len();
    for row in &rows {
        let (ContextRow { name, endings, lines, .. }, processes) = (row, counted(row));
        let lines = line_columns(lines.lines, lines.only_here, digits);
        let endings = if ends == 0 { String::new() } else { format!("{endings:ends$}  ") };
        writeln!(out, "{name:names$}  {processes:>counts$}  {endings}{lines}")?;
    }
    Ok(())
}
