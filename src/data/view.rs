//! The one read-only view of a data file that every report is made from.

mod load;

use super::error::Error;
use super::numbers::NumberSet;
use super::{Birth, Exit, Image, data_file};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// What to load of a data file.
#[derive(Clone, Copy)]
pub struct Filter<'a> {
    /// Of a source file, whether it counts.
    pub wants: &'a dyn Fn(&Path) -> bool,
    /// Only the hits of processes with one of these PIDs; all if empty. The other processes, and the executable
    /// lines, stay.
    pub pids: &'a [i32],
}

impl Default for Filter<'_> {
    /// Everything.
    fn default() -> Self {
        Self { wants: &|_| true, pids: &[] }
    }
}

/// All that a data file knows, filtered as asked.
#[derive(Debug, Default, PartialEq)]
pub struct View {
    /// Sorted by run, then serial (so a parent stands before its children).
    pub processes: Vec<Process>,
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

/// A function of a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Demangled.
    pub name: String,
    /// Where it begins.
    pub line: u32,
    /// Its number in the file, which no other function has.
    pub ordinal: u32,
    /// How many processes entered it.
    pub processes: usize,
}
