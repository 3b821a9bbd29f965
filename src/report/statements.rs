//! What the sources themselves say of their lines, in the one view that every report is made from: which lines of Python are
//! a statement, and which lines of any language are not to count.

use super::markers;
use crate::data::Error;
use crate::data::numbers::NumberSet;
use crate::data::view::{Filter, SourceFile, View};
use crate::python_source::{Exclusions, NotPython, Statements};
use hashbrown::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fmt, fs, io, thread};

/// What [`load()`] gives.
#[derive(Debug)]
pub struct Loaded {
    /// Where a source could be read, the lines of Python are statements.
    pub view: View,
    /// The sources that could not.
    pub line_by_line: Option<LineByLine>,
}

/// Python sources of which the lines count as the interpreter had them, and not as statements.
#[derive(Debug)]
pub struct LineByLine {
    first: PathBuf,
    why: Why,
    others: usize,
}

impl fmt::Display for LineByLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counting lines, not statements, of {}: {}", self.first.display(), self.why)?;
        match self.others {
            0 => Ok(()),
            others => write!(f, " (and of {others} more)"),
        }
    }
}

/// Why a source has no statements.
#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("failed to read it: {0}")]
    Unreadable(#[from] io::Error),
    #[error(transparent)]
    NotPython(#[from] NotPython),
    #[error("it has changed since it ran: line {0} is part of no statement")]
    Changed(u32),
}

/// Loads the data file `path`, and makes the lines of Python statements, as coverage.py counts them: what ran in a
/// statement of several lines ran at its first line, and docstrings and what `exclusions` match do not count. In other
/// languages, lines do not count that the markers of lcov and gcovr exclude.
///
/// # Errors
/// As of [`View::load`]. That a source cannot be read is none: its lines stay as they are.
pub fn load(path: &Path, filter: &Filter, exclusions: &Exclusions) -> Result<Loaded, Error> {
    let mut view = View::load(path, filter)?;
    leave_out_marked(&mut view);
    let line_by_line = count_statements(&mut view, exclusions);
    Ok(Loaded { view, line_by_line })
}

fn leave_out_marked(view: &mut View) {
    let mut files: Vec<&mut SourceFile> = view.files.iter_mut().filter(|file| !file.is_python).collect();
    let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    let marked = read_all(&paths, |path| fs::read(path).map(|source| markers::excluded(&source)));
    for (file, marked) in files.iter_mut().zip(marked) {
        // A native source need not be here.
        if let Ok(marked) = marked.as_ref()
            && !marked.is_empty()
        {
            file.excluded = file.executable.iter().filter(|line| marked.contains(*line)).collect();
            change_lines(file, |lines| lines.difference(marked));
            file.functions.retain(|function| !marked.contains(function.line));
        }
    }
}

fn count_statements(view: &mut View, exclusions: &Exclusions) -> Option<LineByLine> {
    let mut files: Vec<&mut SourceFile> = view.files.iter_mut().filter(|file| file.is_python).collect();
    let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
    let read = read_all(&paths, |path| read_one(path, exclusions));
    let mut line_by_line: Option<LineByLine> = None;
    for (file, statements) in files.iter_mut().zip(read) {
        if let Err(why) = statements.and_then(|statements| count(file, &statements)) {
            match &mut line_by_line {
                Some(line_by_line) => line_by_line.others += 1,
                none => *none = Some(LineByLine { first: file.path.clone(), why, others: 0 }),
            }
        }
    }
    line_by_line
}

/// What each source says, read on all CPUs.
fn read_all<T: Send>(paths: &[&Path], read_one: impl Fn(&Path) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let reader = || {
        let mut read = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(index) else { return read };
            read.push((index, read_one(path)));
        }
    };
    let readers = thread::available_parallelism().map_or(1, usize::from).min(paths.len());
    let mut all = thread::scope(|scope| {
        let others: Vec<_> = (1..readers).map(|_| scope.spawn(reader)).collect();
        let mut all = reader();
        for other in others {
            match other.join() {
                Ok(read) => all.extend(read),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    all.sort_unstable_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, said)| said).collect()
}

fn read_one(path: &Path, exclusions: &Exclusions) -> Result<Statements, Why> {
    Ok(Statements::of(&fs::read(path)?, exclusions)?)
}

fn count(file: &mut SourceFile, statements: &Statements) -> Result<(), Why> {
    // Python 3.10 and older give an empty module a line.
    let is_strange = |line: &u32| *line > 1 && !statements.has_statement(*line);
    if let Some(line) = file.executable.iter().find(is_strange) {
        return Err(Why::Changed(line));
    }
    let counted = |lines: &NumberSet| -> NumberSet {
        let lines = lines.iter().filter(|line| statements.has_statement(*line));
        lines.filter_map(|line| statements.counted(line)).collect()
    };
    change_lines(file, counted);
    file.excluded = statements.excluded().collect();
    file.functions.retain(|function| !statements.is_excluded(function.line));
    Ok(())
}

/// Changes the executable lines, and those that processes hit. Who hit none that is left is gone.
fn change_lines(file: &mut SourceFile, change: impl Fn(&NumberSet) -> NumberSet) {
    file.executable = change(&file.executable);
    // A thousand like workers share one set, and shall go on to.
    let mut known: HashMap<*const NumberSet, Rc<NumberSet>> = HashMap::new();
    let mut hits = Vec::with_capacity(file.hits.len());
    for (process, lines) in &file.hits {
        let changed = known.entry(Rc::as_ptr(lines)).or_insert_with(|| Rc::new(change(lines)));
        if !changed.is_empty() {
            hits.push((*process, Rc::clone(changed)));
        }
    }
    file.hits = hits;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::view::Function;

    /// A view of one file `a.py` in `directory`: its lines, and those that two processes ran.
    fn view(directory: &Path, executable: &[u32], hits: [&[u32]; 2]) -> View {
        let set = |lines: &[u32]| lines.iter().copied().collect::<NumberSet>();
        let function =
            |name: &str, line| Function { name: name.to_owned(), line, ordinal: line, processes: 1 };
        let file = SourceFile {
            path: directory.join("a.py"),
            is_python: true,
            executable: set(executable),
            excluded: NumberSet::default(),
            hits: hits.iter().enumerate().map(|(process, lines)| (process, Rc::new(set(lines)))).collect(),
            functions: vec![function("<module>", 1), function("f", 4), function("g", 6)],
            entered: Vec::new(),
        };
        View { files: vec![file], ..View::default() }
    }

    const SOURCE: &str = "'doc'\nx = (\n    1)\ndef f():\n    pass\ndef g():  # pragma: no cover\n    pass\n";

    #[test]
    fn lines_become_statements_in_all_that_a_file_has() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.py"), SOURCE).unwrap();
        let mut view = view(directory.path(), &[1, 2, 3, 4, 5, 6, 7], [&[1, 3], &[1, 6]]);
        assert!(count_statements(&mut view, &Exclusions::default()).is_none());
        let file = &view.files[0];
        let lines = |set: &NumberSet| set.iter().collect::<Vec<_>>();
        assert_eq!(lines(&file.executable), [2, 4, 5]);
        assert_eq!(lines(&file.excluded), [6, 7]);
        let hits: Vec<_> = file.hits.iter().map(|(process, hit)| (*process, lines(hit))).collect();
        assert_eq!(hits, [(0, vec![2])], "the second process ran nothing that counts");
        assert_eq!(file.functions.iter().map(|function| function.line).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn a_source_that_tells_nothing_of_the_lines_leaves_them_as_they_are() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.py");
        let told = |source: Option<&str>| {
            if let Some(source) = source {
                fs::write(&path, source).unwrap();
            }
            let mut counted = view(directory.path(), &[1, 2, 3], [&[1, 3], &[2]]);
            let line_by_line = count_statements(&mut counted, &Exclusions::default()).unwrap();
            assert_eq!(counted, view(directory.path(), &[1, 2, 3], [&[1, 3], &[2]]));
            line_by_line.to_string().replace(path.to_str().unwrap(), "a.py")
        };
        let start = "counting lines, not statements, of a.py:";
        assert_eq!(told(None), format!("{start} failed to read it: No such file or directory (os error 2)"));
        assert_eq!(told(Some("{% if a %}\nb\n{% endif %}\n")), format!("{start} line 1 is not Python"));
        let changed = "it has changed since it ran: line 2 is part of no statement";
        assert_eq!(told(Some("a\n\nb\n")), format!("{start} {changed}"));
    }

    #[test]
    fn lines_that_a_native_source_marks_do_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let source = "x\nx\nx // LCOV_EXCL_LINE\nx // LCOV_EXCL_START\nx\nx // LCOV_EXCL_STOP\n";
        fs::write(directory.path().join("a.py"), source).unwrap();
        let mut native = view(directory.path(), &[1, 3, 4, 6], [&[1, 3, 6], &[4]]);
        native.files[0].is_python = false;
        leave_out_marked(&mut native);
        let file = &native.files[0];
        let lines = |set: &NumberSet| set.iter().collect::<Vec<_>>();
        assert_eq!((lines(&file.executable), lines(&file.excluded)), (vec![1, 6], vec![3, 4]));
        let hits: Vec<_> = file.hits.iter().map(|(process, hit)| (*process, lines(hit))).collect();
        assert_eq!(hits, [(0, vec![1, 6])]);
        assert_eq!(file.functions.iter().map(|function| function.line).collect::<Vec<_>>(), [1, 6]);
    }

    #[test]
    fn what_an_object_file_tells_of_lines_stays() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.py"), SOURCE).unwrap();
        let mut native = view(directory.path(), &[1, 2, 3], [&[1], &[3]]);
        native.files[0].is_python = false;
        assert!(count_statements(&mut native, &Exclusions::default()).is_none());
        assert_eq!(native.files[0].executable.len(), 3);
    }
}
