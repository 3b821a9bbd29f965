//! The one read-only view of a data file that every report is made from.

mod load;

use super::error::Error;
use super::{Birth, Exit, Image, ProcessStart, Text, data_file};
use crate::numbers::NumberSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What to load of a data file.
#[derive(Clone, Copy)]
pub struct Filter<'a> {
    /// Of a source file, whether it counts.
    pub wants: &'a dyn Fn(&Path) -> bool,
    /// The others are left out, with what they ran. The executable lines stay.
    pub chosen: Chosen<'a>,
}

impl Default for Filter<'_> {
    /// Everything.
    fn default() -> Self {
        Self { wants: &|_| true, chosen: Chosen::default() }
    }
}

/// Some of the processes: those that have one of the PIDs, and of which the run has one of the labels. An empty list
/// asks for nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Chosen<'a> {
    /// PIDs.
    pub pids: &'a [i32],
    /// What the user calls runs.
    pub labels: &'a [String],
}

impl Chosen<'_> {
    fn has(&self, process: &ProcessStart) -> bool {
        let is_labelled = |label: &String| self.labels.contains(label);
        (self.pids.is_empty() || self.pids.contains(&process.pid))
            && (self.labels.is_empty() || process.label.as_ref().is_some_and(is_labelled))
    }
}

/// All that a data file knows, filtered as asked.
#[derive(Debug, Default, PartialEq)]
pub struct View {
    /// Those that are chosen, sorted by run, then serial (so a parent stands before its children).
    pub processes: Vec<Process>,
    /// The labels of all runs of the data file, chosen or not: sorted, each once.
    pub labels: Vec<String>,
    /// Sorted by path.
    pub files: Vec<SourceFile>,
    /// How many programs (objects that some process ran, not only mapped) have lines in these files.
    pub programs: usize,
}

impl View {
    /// Loads the data file `path`.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, is no data file, or is one of another version of forkcov.
    pub fn load(path: &Path, filter: &Filter) -> Result<Self, Error> {
        let connection = data_file::open(path)?;
        load::load(&connection, filter).map_err(|error| Error::unusable(path, error))
    }
}

/// A process of the view.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The run it belongs to.
    pub run: String,
    /// What the user calls that run (`run --label`).
    pub label: Option<String>,
    /// Its number in the run.
    pub serial: u64,
    /// Index of its parent in [`View::processes`], when that is known.
    pub parent: Option<usize>,
    /// Host name.
    pub host: String,
    /// PID.
    pub pid: i32,
    /// How it began.
    pub birth: Birth,
    /// When, in seconds since the epoch.
    pub started: f64,
    /// When it ended, if that was seen.
    pub ended: Option<f64>,
    /// How it ended; `None` when the tracer did not live to see it.
    pub exit: Option<Exit>,
    /// Its images in order; empty when it never called exec.
    pub images: Vec<Image>,
}

/// A source file with executable lines.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFile {
    /// Absolute, normalised.
    pub path: PathBuf,
    /// Whether an interpreter of Python told of the lines.
    pub is_python: bool,
    /// The texts of it that any run of the data file ran, chosen or not: sorted, each once. More than one if it was changed
    /// between runs; none if no text is known.
    pub texts: Vec<Text>,
    /// What its text is now; not known as the view is loaded.
    pub version: Version,
    /// Every executable line.
    pub executable: NumberSet,
    /// Lines that the source itself asks not to count; none as the view is loaded.
    pub excluded: NumberSet,
    /// Who ran what: index into [`View::processes`] and the lines, ascending by process.
    pub hits: Vec<(usize, Rc<NumberSet>)>,
    /// The functions that begin in this file, sorted by line, then name.
    pub functions: Vec<Function>,
    /// Who entered which: index into [`View::processes`] and the functions by [`Function::ordinal`], ascending by process.
    pub entered: Vec<(usize, Rc<NumberSet>)>,
}

/// The text that a source file has now, compared with what ran.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// What ran is not known.
    #[default]
    Unknown,
    /// It is what ran.
    Same,
    /// It is another: its lines are not those that ran.
    Changed,
    /// There is none.
    Gone,
}

impl SourceFile {
    /// Whether the lines are those of more than one text.
    pub fn is_mixed(&self) -> bool {
        self.texts.len() > 1
    }
}

/// A function of a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Demangled.
    pub name: String,
    /// Where it begins.
    pub line: u32,
    /// The last line of it that has code; in Python, where it begins.
    pub last: u32,
    /// Its number in the file, which no other function has.
    pub ordinal: u32,
    /// How many processes entered it.
    pub processes: usize,
}
