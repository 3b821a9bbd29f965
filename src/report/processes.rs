//! `forkcov processes`: the process tree, how each process ended, and what it hit.

use super::counts::{Share, shares};
use super::names::ending;
use super::{quote, tree};
use crate::data::Birth;
use crate::data::view::{Process, View};
use std::io::{self, Write};

/// A label longer than this pushes its own row's columns to the right, not everybody's.
const WIDEST_LABEL: usize = 120;

/// What is left of a label at least, however narrow the terminal.
const NARROWEST_LABEL: usize = 24;

/// Room for the endings: `SIGRTMIN+3` and all shorter ones.
const ENDING: usize = 10;

/// Writes the tree. With `width`, the number of a terminal's columns, long commands are shortened to fit.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(view: &View, width: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let shares = shares(view);
    let digits = shares.iter().map(|share| share.lines).max().unwrap_or(0).to_string().len();
    let columns = "  ".len() + ENDING + "  ".len() + columns_of(Share::default(), digits).len();
    let room = width.map(|width| width.saturating_sub(columns).max(NARROWEST_LABEL));

    let rows: Vec<(String, usize)> = tree::rows(&view.processes)
        .into_iter()
        .map(|row| (shortened(label(view, &row), room), row.process))
        .collect();
    let widths = rows.iter().map(|(label, _)| label.chars().count());
    let label_width = widths.filter(|width| *width <= WIDEST_LABEL).max().unwrap_or(0);
    for (label, process) in rows {
        let ending = ending(view.processes[process].exit);
        writeln!(out, "{label:label_width$}  {ending:ENDING$}  {}", columns_of(shares[process], digits))?;
    }
    Ok(())
}

fn columns_of(share: Share, digits: usize) -> String {
    let unit = if share.lines == 1 { "line, " } else { "lines," };
    format!("{:>digits$} {unit} {:>digits$} only here", share.lines, share.alone)
}

fn label(view: &View, row: &tree::Row) -> String {
    let process = &view.processes[row.process];
    let mut label = format!("{}{} {}", row.guide, process.pid, doing(process));
    if let Some(parent) = process.parent.filter(|_| row.is_continuation) {
        label += &format!(" (child of {})", view.processes[parent].pid);
    }
    label
}

/// What a process is: the command of its last exec, else the way it began.
fn doing(process: &Process) -> String {
    match (process.images.last(), process.birth) {
        (Some(image), _) if image.argv.is_empty() => quote::command(std::slice::from_ref(&image.executable)),
        (Some(image), _) => quote::command(&image.argv),
        (None, Birth::Launch) => "launch".to_owned(),
        (None, Birth::Fork) => "fork".to_owned(),
        (None, Birth::Vfork) => "vfork".to_owned(),
        (None, Birth::Clone) => "clone".to_owned(),
        (None, Birth::Attach) => "attach".to_owned(),
    }
}

fn shortened(label: String, room: Option<usize>) -> String {
    match room {
        Some(room) if label.chars().count() > room => {
            label.chars().take(room.saturating_sub(1)).chain(['…']).collect()
        }
        _ => label,
    }
}
