//! `forkcov processes`: the process tree, how each process ended, and what it hit.

use super::counts::{Share, shares};
use super::names::ending;
use super::{quote, tree};
use crate::data::view::{Process, View};
use crate::data::{Birth, Exit};
use std::io::{self, Write};

/// A label longer than this pushes its own row's columns to the right, not everybody's.
const WIDEST_LABEL: usize = 120;

/// What is left of a label at least, however narrow the terminal.
const NARROWEST_LABEL: usize = 24;

/// Room for the endings: `SIGRTMIN+3` and all shorter ones.
const ENDING: usize = 10;

/// How the tree is drawn.
#[derive(Debug, Default, Clone, Copy)]
pub struct Options {
    /// The columns of a terminal: long commands are shortened to fit.
    pub width: Option<usize>,
    /// Whether those are shown, too, that hit no line and just ended, with all that came of them.
    pub all: bool,
}

/// Writes the tree.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(view: &View, options: Options, out: &mut dyn Write) -> io::Result<()> {
    let shares = shares(view);
    let is_shown = if options.all { vec![true; shares.len()] } else { of_interest(&view.processes, &shares) };
    let digits = shares.iter().map(|share| share.lines).max().unwrap_or(0).to_string().len();
    let columns = "  ".len() + ENDING + "  ".len() + columns_of(Share::default(), digits).len();
    let room = options.width.map(|width| width.saturating_sub(columns).max(NARROWEST_LABEL));

    let rows: Vec<(String, usize)> = tree::rows(&view.processes, &is_shown)
        .into_iter()
        .map(|row| (shortened(label(view, &row), room), row.process))
        .collect();
    let widths = rows.iter().map(|(label, _)| label.chars().count());
    let label_width = widths.filter(|width| *width <= WIDEST_LABEL).max().unwrap_or(0);
    for (label, process) in rows {
        let ending = ending(view.processes[process].exit);
        writeln!(out, "{label:label_width$}  {ending:ENDING$}  {}", columns_of(shares[process], digits))?;
    }
    match is_shown.iter().filter(|is_shown| !**is_shown).count() {
        0 => Ok(()),
        1 => writeln!(out, "\n1 process that ran no line is not shown: --all shows it."),
        hidden => writeln!(out, "\n{hidden} processes that ran no line are not shown: --all shows them."),
    }
}

/// Those that hit a line or came to no ordinary end, and their ancestors; all if there is none.
fn of_interest(processes: &[Process], shares: &[Share]) -> Vec<bool> {
    let mut shown: Vec<bool> = processes
        .iter()
        .zip(shares)
        .map(|(process, share)| share.lines > 0 || !matches!(process.exit, Some(Exit::Code(_))))
        .collect();
    for index in (0..processes.len()).rev() {
        if let Some(parent) = processes[index].parent.filter(|parent| *parent < index && shown[index]) {
            shown[parent] = true;
        }
    }
    if shown.contains(&true) { shown } else { vec![true; shown.len()] }
}

fn columns_of(share: Share, digits: usize) -> String {
    let unit = if share.lines == 1 { "line, " } else { "lines," };
    format!("{:>digits$} {unit} {:>digits$} only here", share.lines, share.alone)
}

fn label(view: &View, row: &tree::Row) -> String {
    let process = &view.processes[row.process];
    let of_run = process.label.as_ref().filter(|_| process.parent.is_none());
    let of_run = of_run.map(|label| format!("[{label}] ")).unwrap_or_default();
    let mut label = format!("{}{} {of_run}{}", row.guide, process.pid, doing(process));
    if let Some(parent) = process.parent.filter(|_| row.is_continuation) {
        label += &format!(" (child of {})", view.processes[parent].pid);
    }
    label
}

/// What a process is: the command of its last exec, else the way it began.
pub(super) fn doing(process: &Process) -> String {
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
