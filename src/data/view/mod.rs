//! The read-only view of a data file from which every report is made.

mod load;
mod pairs;
mod snapshots;
mod unite;

use super::data_file::store::Rewrite;
use super::error::Error;
use super::{Birth, ContextStart, Exit, Image, ProcessRecord, SourceSnapshot, TestResult, data_file};
use crate::numbers::NumberSet;
use crate::runtime::Definition;
use hashbrown::{HashMap, HashSet};
use regex::Regex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub use pairs::{HitsByContext, OwnedSets};
pub use snapshots::{SnapshotsOfRuns, snapshots_of_runs};

/// Which part of a data file to load.
#[derive(Clone, Copy)]
pub struct Filter<'a> {
    /// Whether a source file is loaded.
    pub wants: &'a dyn Fn(&Path) -> bool,
    /// The processes to load. Of the others neither they nor their hits are loaded, but all executable lines
    /// are.
    pub processes: ProcessFilter<'a>,
    /// Whose hits the sources have.
    pub by: HitsBy,
    /// Gives other paths for sources, under which they are wanted or not. Those that get the same path are
    /// united.
    pub rewrite: Option<Rewrite<'a>>,
}

/// Whose hits [`SourceFile::hits`], [`SourceFile::entered`] and [`SourceFile::taken`] have.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum HitsBy {
    /// Those of each of [`View::processes`].
    #[default]
    Process,
    /// Those of each of [`View::contexts`], by whichever process.
    Context,
    /// Those of each of [`View::pairs`].
    Pair,
}

impl Default for Filter<'_> {
    /// Loads everything.
    fn default() -> Self {
        Self { wants: &|_| true, processes: ProcessFilter::default(), by: HitsBy::Process, rewrite: None }
    }
}

/// Selects the processes that have one of the PIDs, and whose run has one of the labels. An empty list
/// selects all.
#[derive(Debug, Default, Clone, Copy)]
pub struct ProcessFilter<'a> {
    /// PIDs.
    pub pids: &'a [i32],
    /// Labels of runs (`run --label`).
    pub labels: &'a [String],
    /// Selects contexts by their names: only processes that have one, and only what they ran in one.
    pub test: Option<&'a Regex>,
}

impl ProcessFilter<'_> {
    fn selects_context(&self, name: &str) -> bool {
        self.test.is_none_or(|test| !name.is_empty() && test.is_match(name))
    }

    fn selects(&self, record: &ProcessRecord) -> bool {
        let process = &record.start;
        let is_labelled = |label: &String| self.labels.contains(label);
        (self.pids.is_empty() || self.pids.contains(&process.pid))
            && (self.labels.is_empty() || process.label.as_ref().is_some_and(is_labelled))
            && (self.test.is_none() || record.contexts.iter().any(|it| self.selects_context(&it.name)))
    }
}

/// The content of a data file, filtered.
#[derive(Debug, Default, PartialEq)]
pub struct View {
    /// The selected processes: runs in the order of time, and the processes of each by serial. So a parent
    /// precedes its children.
    pub processes: Vec<Process>,
    /// The names of the selected contexts that these processes had, in the order in which they began.
    pub contexts: Vec<String>,
    /// With [`HitsBy::Pair`], each process with each context in which it ran anything: indices into
    /// [`View::processes`] and [`View::contexts`]. Outside of contexts it has none.
    pub pairs: Vec<(usize, Option<usize>)>,
    /// The labels of all runs in the data file, selected or not: sorted, without duplicates.
    pub labels: Vec<String>,
    /// Sorted by path.
    pub files: Vec<SourceFile>,
    /// How many programs have lines in these files. A program is an object that a process executed, not only
    /// mapped.
    pub programs: usize,
    /// Whether any run in the data file measured branches (`run --branches`), selected or not.
    pub has_branches: bool,
}

impl View {
    /// Loads the data file `path`.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged, is no data file, or has another schema.
    pub fn load(path: &Path, filter: &Filter) -> Result<Self, Error> {
        let connection = data_file::open(path)?;
        load::load(&connection, filter).map_err(|error| Error::unusable(path, data_file::damage(&error)))
    }

    /// The names of the contexts that began in each process: its parent had none of them.
    pub fn contexts_begun(&self) -> impl Iterator<Item = BTreeSet<&str>> {
        let mut of_parents: HashMap<usize, HashSet<&str>> = HashMap::new();
        self.processes.iter().map(move |process| {
            let names = |parent: usize| self.processes[parent].context_names().collect();
            let of_parent = process.parent.map(|it| &*of_parents.entry(it).or_insert_with(|| names(it)));
            let is_new = |name: &&str| !of_parent.is_some_and(|of_parent| of_parent.contains(name));
            process.context_names().filter(is_new).collect()
        })
    }
}

/// A process of the view.
#[derive(Debug, Clone, PartialEq)]
pub struct Process {
    /// The run it belongs to.
    pub run: String,
    /// The label of that run (`run --label`).
    pub label: Option<String>,
    /// Its number in the run.
    pub serial: u64,
    /// Index of its parent in [`View::processes`], if the parent is there.
    pub parent: Option<usize>,
    /// Host name.
    pub host: String,
    /// PID.
    pub pid: i32,
    /// How it began.
    pub birth: Birth,
    /// When, in seconds since the epoch.
    pub started: f64,
    /// When it ended, if the tracer saw that.
    pub ended: Option<f64>,
    /// How it ended; `None` if the tracer did not see its end.
    pub exit: Option<Exit>,
    /// Its images in order; empty when it never called exec.
    pub images: Vec<Image>,
    /// Its contexts in order.
    pub contexts: Vec<ContextStart>,
    /// The results of tests that were said in it, in order.
    pub results: Vec<TestResult>,
}

impl Process {
    /// The names of its contexts. One that it has had twice is there twice.
    pub fn context_names(&self) -> impl Iterator<Item = &str> {
        self.contexts.iter().map(|context| context.name.as_str()).filter(|name| !name.is_empty())
    }
}

/// A source file with executable lines.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFile {
    /// Absolute, normalised.
    pub path: PathBuf,
    /// The name of the [runtime](crate::runtime) that the source is for; `None` if ELF files have its lines.
    pub runtime: Option<String>,
    /// The snapshots that any run in the data file has of it: sorted, without duplicates. Several if it was
    /// edited between runs, none if no snapshot is known.
    pub snapshots: Vec<SourceSnapshot>,
    /// How the file on disk compares with what ran. Unknown when the view has just been loaded.
    pub state: SourceState,
    /// Every executable line.
    pub executable: NumberSet,
    /// The functions and classes of a source of a runtime, an outer one before an inner one. Empty when the
    /// view has just been loaded.
    pub definitions: Vec<Definition>,
    /// Lines that the source marks as not to be counted. Empty when the view has just been loaded.
    pub excluded: NumberSet,
    /// The lines that each process ran: index into [`View::processes`], and lines. Ascending by process. Or
    /// so by context, if the filter asks for that.
    pub hits: Vec<(usize, Rc<NumberSet>)>,
    /// The functions that begin in this file, sorted by line, then name.
    pub functions: Vec<Function>,
    /// The functions that each process entered: index into [`View::processes`], and [`Function::ordinal`]s.
    /// Ascending by process. Or so by context.
    pub entered: Vec<(usize, Rc<NumberSet>)>,
    /// The directions of the branches in this file, sorted by line, jump and way. Those of a runtime are only
    /// the ones that any process took, when the view has just been loaded.
    pub branches: Vec<Branch>,
    /// The line of each direction beside [`SourceFile::branches`] that counts as covered, though no process
    /// took it, as the source says that it need not be taken: ascending. Empty when the view has just been
    /// loaded.
    pub waived: Vec<u32>,
    /// The directions that each process took: index into [`View::processes`], and [`Branch::ordinal`]s.
    /// Ascending by process, without processes that took none. Or so by context.
    pub taken: Vec<(usize, Rc<NumberSet>)>,
    /// The lines that processes ran of which it is known which directions they took (`run --branches`).
    /// `None` if that is known of all processes.
    pub known_to_branch: Option<NumberSet>,
}

/// How a source file on disk compares with what ran.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum SourceState {
    /// What ran is not known.
    #[default]
    Unknown,
    /// The file is what ran.
    Unchanged,
    /// The file was edited since it ran, so its lines may have moved.
    Changed,
    /// There is no such file.
    Missing,
}

impl SourceFile {
    /// Whether the lines come from more than one snapshot.
    pub fn is_mixed(&self) -> bool {
        self.snapshots.len() > 1
    }
}

/// A function of a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Demangled.
    pub name: String,
    /// Where it begins.
    pub line: u32,
    /// The last line of it that has code. Runtimes do not know it: it is then the same as `line`.
    pub last: u32,
    /// Its number in the file, unique among the functions of the file.
    pub ordinal: u32,
    /// How many processes entered it.
    pub processes: usize,
}

/// A direction of a branch: one of the ways that a jump can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    /// The line of the jump.
    pub line: u32,
    /// Which of the jumps of the line, from 0.
    pub jump: u32,
    /// Of machine code: 0 to the next instruction, 1 to the target of the jump; of a switch, its targets
    /// from 0. Of a runtime: the line that it leads to; if it leaves the code unit, the first line of that,
    /// negated.
    pub way: i64,
    /// Its number in the file, unique among the directions of the file.
    pub ordinal: u32,
}
