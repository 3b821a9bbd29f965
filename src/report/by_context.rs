//! `forkcov tests`: each context, its processes, how it ended, and how many lines it ran.

use super::line_counts::{LinesRun, lines_of_each};
use super::naming::ending;
use super::processes::line_columns;
use crate::data::view::{OwnedSets, View};
use crate::plural::counted;
use crate::quote;
use std::io::{self, Write};

/// One context.
#[derive(Debug)]
pub(super) struct ContextRow {
    /// Quoted.
    pub(super) name: String,
    /// How many processes had it.
    pub(super) processes: usize,
    /// How those ended that began it: each ending once.
    pub(super) endings: String,
    pub(super) lines: LinesRun,
}

impl ContextRow {
    /// A row for each of [`View::contexts`], which ran these lines in each file.
    pub(super) fn all<'a>(view: &View, files: impl Iterator<Item = &'a OwnedSets>) -> Vec<Self> {
        let lines = lines_of_each(files, view.contexts.len());
        view.contexts.iter().zip(lines).map(|(name, lines)| row(name, lines, view)).collect()
    }
}

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
    let width = |text: &dyn Fn(&ContextRow) -> String| {
        rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0)
    };
    let (names, counts) = (width(&|row| row.name.clone()), width(&counted));
    let ends = width(&|row| row.endings.clone());
    let digits = rows.iter().map(|row| row.lines.lines).max().unwrap_or(0).to_string().len();
    for row in &rows {
        let (ContextRow { name, endings, lines, .. }, processes) = (row, counted(row));
        let lines = line_columns(lines.lines, lines.only_here, digits);
        writeln!(out, "{name:names$}  {processes:>counts$}  {endings:ends$}  {lines}")?;
    }
    Ok(())
}

fn row(name: &str, lines: LinesRun, view: &View) -> ContextRow {
    let (mut processes, mut endings) = (0, Vec::new());
    for process in view.processes.iter().filter(|process| process.has_context(name)) {
        processes += 1;
        let began_it = view.contexts_begun_by(process).any(|begun| begun == name);
        let ending = ending(process.exit);
        if began_it && !endings.contains(&ending) {
            endings.push(ending);
        }
    }
    ContextRow { name: quote::text(name).to_string(), processes, endings: endings.join(", "), lines }
}
