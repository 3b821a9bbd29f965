//! `forkcov processes`: the process tree, how each process ended, and how many lines it ran.

use super::process_row::ProcessRow;
use super::tree::{self, TreeRow};
use crate::data::Exit;
use crate::data::view::View;
use crate::quote;
use std::io::{self, Write};

/// A label longer than this does not widen the column of labels: it moves only the columns of its own row.
const WIDEST_LABEL: usize = 120;

/// A label is never shortened below this width, however narrow the terminal.
const NARROWEST_LABEL: usize = 24;

/// Width of the column of endings: `SIGRTMIN+3`, the longest.
const ENDING: usize = 10;

/// How to draw the tree.
#[derive(Debug, Default, Clone, Copy)]
pub struct ProcessTreeLayout {
    /// Columns of the terminal, if the output is one: long commands are shortened to fit.
    pub width: Option<usize>,
    /// Whether to show processes that ran no line and exited normally, with all their descendants.
    pub all: bool,
}

/// Writes the tree.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(view: &View, layout: ProcessTreeLayout, out: &mut dyn Write) -> io::Result<()> {
    let rows = ProcessRow::all(view);
    let is_shown = if layout.all { vec![true; rows.len()] } else { of_interest(&rows) };
    let digits = rows.iter().map(|row| row.lines).max().unwrap_or(0).to_string().len();
    let columns = "  ".len() + ENDING + "  ".len() + line_columns(0, 0, digits).len();
    let room = layout.width.map(|width| width.saturating_sub(columns).max(NARROWEST_LABEL));

    let drawn: Vec<(String, &ProcessRow)> = tree::rows(&view.processes, &is_shown)
        .into_iter()
        .map(|place| (shortened(label(&rows[place.process], &place), room), &rows[place.process]))
        .collect();
    let widths = drawn.iter().map(|(label, _)| label.chars().count());
    let label_width = widths.filter(|width| *width <= WIDEST_LABEL).max().unwrap_or(0);
    for (label, row) in drawn {
        let lines = line_columns(row.lines, row.only_here, digits);
        writeln!(out, "{label:label_width$}  {:ENDING$}  {lines}", row.ending)?;
    }
    match is_shown.iter().filter(|is_shown| !**is_shown).count() {
        0 => Ok(()),
        1 => writeln!(out, "\n1 process that ran no line is not shown: --all shows it."),
        hidden => writeln!(out, "\n{hidden} processes that ran no line are not shown: --all shows them."),
    }
}

/// Selects processes that ran a line or did not exit normally, and their ancestors; all if there is none.
fn of_interest(rows: &[ProcessRow]) -> Vec<bool> {
    let is_of_interest = |row: &ProcessRow| row.lines > 0 || !matches!(row.process.exit, Some(Exit::Code(_)));
    let mut shown: Vec<bool> = rows.iter().map(is_of_interest).collect();
    for (index, row) in rows.iter().enumerate().rev() {
        if let Some(parent) = row.process.parent.filter(|parent| *parent < index && shown[index]) {
            shown[parent] = true;
        }
    }
    if shown.contains(&true) { shown } else { vec![true; shown.len()] }
}

/// How many lines a process ran, and how many only it.
pub(super) fn line_columns(lines: usize, only_here: usize, digits: usize) -> String {
    let unit = if lines == 1 { "line, " } else { "lines," };
    format!("{lines:>digits$} {unit} {only_here:>digits$} only here")
}

fn label(row: &ProcessRow, place: &TreeRow) -> String {
    let process = row.process;
    let of_run = process.label.as_ref().filter(|_| process.parent.is_none());
    let of_run = of_run.map(|label| format!("[{}] ", quote::text(label))).unwrap_or_default();
    let mut label = format!("{}{} {of_run}{}", place.guide, process.pid, row.description);
    if let Some(parent) = row.parent_pid.filter(|_| place.is_continuation) {
        label += &format!(" (child of {parent})");
    }
    label
}

fn shortened(label: String, room: Option<usize>) -> String {
    match room {
        Some(room) if label.chars().count() > room => {
            label.chars().take(room.saturating_sub(1)).chain(['…']).collect()
        }
        _ => label,
    }
}
