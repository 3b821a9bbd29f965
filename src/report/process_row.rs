//! What `forkcov processes` and the pages of `forkcov html` show of each process; `forkcov json` takes the
//! parents from here.
//!
//! To add a column, compute it here, and show it in `processes.rs`, `html/processes.rs` with
//! `html/assets/processes.js`, and `json/mod.rs` (with `docs/forkcov.schema.json`).

use super::line_counts::{LinesRun, lines_of_each};
use super::naming::ending;
use crate::data::view::{Process, View};
use crate::quote;

/// One process as reports show it.
#[derive(Debug)]
pub(super) struct ProcessRow<'v> {
    /// The process itself.
    pub(super) process: &'v Process,
    /// The PID of its parent, if the parent was traced.
    pub(super) parent_pid: Option<i32>,
    /// See [`description`].
    pub(super) description: String,
    /// How it ended, in a word or two.
    pub(super) ending: String,
    /// How many lines it ran.
    pub(super) lines: usize,
    /// How many of these no other process ran.
    pub(super) only_here: usize,
    /// For how long it ran, in seconds, if its end was seen.
    pub(super) lifetime: Option<f64>,
}

impl<'v> ProcessRow<'v> {
    /// A row for each process, in the order of [`View::processes`].
    pub(super) fn all(view: &'v View) -> Vec<Self> {
        let lines = lines_of_each(view.files.iter().map(|file| &file.hits), view.processes.len());
        view.processes.iter().zip(lines).map(|(process, lines)| Self::new(process, lines, view)).collect()
    }

    fn new(process: &'v Process, LinesRun { lines, only_here }: LinesRun, view: &View) -> Self {
        let parent = process.parent.and_then(|parent| view.processes.get(parent));
        Self {
            process,
            parent_pid: parent.map(|parent| parent.pid),
            description: description(process),
            ending: ending(process.exit),
            lines,
            only_here,
            lifetime: process.ended.map(|ended| ended - process.started),
        }
    }
}

/// The command of the last exec, or else how the process was created.
pub(super) fn description(process: &Process) -> String {
    match (process.images.last(), process.birth) {
        (Some(image), _) if image.argv.is_empty() => quote::command(std::slice::from_ref(&image.executable)),
        (Some(image), _) => quote::command(&image.argv),
        (None, birth) => birth.name().to_owned(),
    }
}
