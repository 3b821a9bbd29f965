//! `forkcov tests`: each context, its processes, how it ended, and how many lines it ran.

use super::line_counts::{LineCounts, by_set};
use super::naming::ending;
use super::processes::line_columns;
use crate::data::view::{Process, View};
use crate::plural::counted;
use crate::quote;
use std::io::{self, Write};

/// One context.
#[derive(Debug, Default)]
struct ContextRow {
    /// Quoted.
    name: String,
    /// How many processes had it.
    processes: usize,
    /// How those ended that began it: each ending once.
    endings: Vec<String>,
    lines: usize,
    /// How many of these lines no other context has.
    only_here: usize,
}

/// Writes a row for each of [`View::contexts`] for which `is_shown`. The view must have hits by context.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(view: &View, is_shown: impl Fn(usize) -> bool, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows(view).into_iter().enumerate();
    let rows: Vec<(ContextRow, String)> = rows
        .filter(|(index, _)| is_shown(*index))
        .map(|(_, row)| {
            let middle = counted(row.processes, "process", "processes");
            (row, middle)
        })
        .collect();
    let endings: Vec<String> = rows.iter().map(|(row, _)| row.endings.join(", ")).collect();
    let width =
        |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| text.chars().count()).max().unwrap_or(0);
    let names = width(&mut rows.iter().map(|(row, _)| &row.name));
    let counts = width(&mut rows.iter().map(|(_, processes)| processes));
    let ends = width(&mut endings.iter());
    let digits = rows.iter().map(|(row, _)| row.lines).max().unwrap_or(0).to_string().len();
    for ((row, processes), endings) in rows.iter().zip(&endings) {
        let lines = line_columns(row.lines, row.only_here, digits);
        writeln!(out, "{:names$}  {processes:>counts$}  {endings:ends$}  {lines}", row.name)?;
    }
    Ok(())
}

fn rows(view: &View) -> Vec<ContextRow> {
    let mut rows: Vec<ContextRow> = view.contexts.iter().map(|name| row_without_lines(name, view)).collect();
    for file in &view.files {
        let groups = by_set(&file.hits);
        let counts = LineCounts::of_groups(&groups);
        for (lines, contexts) in &groups {
            let only_here = lines.iter().filter(|line| counts.at(*line) == 1).count();
            for context in contexts {
                rows[*context].lines += lines.len();
                rows[*context].only_here += only_here;
            }
        }
    }
    rows
}

fn row_without_lines(name: &str, view: &View) -> ContextRow {
    let has_it = |process: &&Process| process.contexts.iter().any(|context| context.name == name);
    let mut row = ContextRow { name: quote::text(name).to_string(), ..ContextRow::default() };
    for process in view.processes.iter().filter(has_it) {
        row.processes += 1;
        let began_it = !process.parent.is_some_and(|parent| has_it(&&view.processes[parent]));
        let ending = ending(process.exit);
        if began_it && !row.endings.contains(&ending) {
            row.endings.push(ending);
        }
    }
    row
}
