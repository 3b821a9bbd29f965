//! The lines that count, in the view that every report is made from: excluded lines do not, and in sources of
//! a runtime statements count, not lines.

use super::excluded::Excluded;
use super::markers;
use super::versions::RanSource;
use crate::data::Error;
use crate::data::view::{Branch, Filter, SourceFile, SourceState, View};
use crate::numbers::NumberSet;
use crate::parallel;
use crate::quote;
use crate::runtime::{self, Branches, Runtime, SourceUnits, Statements};
use crate::source_file;
use hashbrown::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::{fmt, io};

/// What [`load()`] gives.
#[derive(Debug)]
pub struct LoadedView {
    /// The view. In sources of a runtime the lines are statements, where the source can be read and agrees
    /// with what ran. The states of all sources are known.
    pub view: View,
    /// The sources where that was not possible, if any.
    pub line_by_line: Option<LineByLine>,
}

/// Sources of a runtime whose lines count as the interpreter has them, and not as statements.
#[derive(Debug)]
pub struct LineByLine {
    first: PathBuf,
    why: NoStatements,
    others: usize,
}

impl fmt::Display for LineByLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counting lines, not statements, of {}: {}", quote::path(&self.first), self.why)?;
        match self.others {
            0 => Ok(()),
            others => write!(f, " (and of {others} more)"),
        }
    }
}

/// Why a source has no statements.
#[derive(Debug, thiserror::Error)]
enum NoStatements {
    #[error("failed to read it: {0}")]
    Unreadable(io::Error),
    #[error("{0}")]
    Rejected(Box<dyn std::error::Error + Send + Sync>),
}

/// Why a source gives no information about the lines that ran.
#[derive(Debug)]
enum Unusable {
    /// It was edited since.
    Changed,
    /// It may not have been edited. The user sees the reason.
    Reason(NoStatements),
}

/// Loads the data file `path`. In sources of a runtime, lines become statements: what ran in a statement of
/// several lines ran at its first line, and docstrings and what is `excluded` do not count. In native
/// sources, lines do not count that are `excluded`, or that the markers of lcov and gcovr exclude, nor
/// branches that these exclude. A source that was edited since it ran is used, too, as long as it agrees with
/// what ran: users add markers after they have seen a report.
///
/// # Errors
/// As of [`View::load`]. A source that cannot be read is no error: its lines stay as they are.
pub fn load(path: &Path, filter: &Filter, excluded: &Excluded) -> Result<LoadedView, Error> {
    load_with(path, filter, excluded, &read_native)
}

fn read_native(ran: &RanSource) -> (SourceState, Vec<u8>) {
    let content = source_file::read(ran.path);
    // A native source need not exist here.
    (ran.state(&content), content.unwrap_or_default())
}

/// [`load()`] for totals: the states of native sources stay unknown, and so they are not hashed. Those that
/// exclude nothing are not kept in memory.
///
/// # Errors
/// As of [`load()`].
pub fn load_for_totals(path: &Path, filter: &Filter, excluded: &Excluded) -> Result<LoadedView, Error> {
    load_with(path, filter, excluded, &|ran| {
        let is_needed = excluded.has_patterns() || markers::may_be_in(ran.path);
        let content = if is_needed { source_file::read(ran.path).unwrap_or_default() } else { Vec::new() };
        (SourceState::Unknown, content)
    })
}

fn load_with(
    path: &Path,
    filter: &Filter,
    excluded: &Excluded,
    read: &ReadNative,
) -> Result<LoadedView, Error> {
    let mut view = View::load(path, filter)?;
    leave_out(&mut view, excluded, read);
    let line_by_line = count_statements(&mut view, excluded);
    view.files.iter_mut().for_each(leave_out_unknown_branches);
    Ok(LoadedView { view, line_by_line })
}

/// The runtime of a source; `None` for a native one.
fn runtime_of(file: &SourceFile) -> Option<&'static dyn Runtime> {
    runtime::by_name(file.runtime.as_deref()?)
}

/// Gives the state of a native source, and the content in which to look for what is excluded.
type ReadNative<'r> = dyn Fn(&RanSource) -> (SourceState, Vec<u8>) + Sync + 'r;

/// The lines of a native source where not every direction of a branch counts.
struct BranchRules {
    /// No branch of these counts.
    excluded: NumberSet,
    /// The branches of these need not be taken in each direction.
    partial: NumberSet,
}

fn leave_out(view: &mut View, excluded: &Excluded, read: &ReadNative) {
    let mut files: Vec<&mut SourceFile> =
        view.files.iter_mut().filter(|file| runtime_of(file).is_none()).collect();
    let ran: Vec<_> =
        files.iter().map(|file| (RanSource::of(file), &file.functions, !file.branches.is_empty())).collect();
    let read = parallel::map(&ran, |(ran, functions, has_branches)| {
        let (state, content) = read(ran);
        let branches = has_branches.then(|| BranchRules {
            excluded: markers::without_branches(&content),
            partial: excluded.partial_lines_of(&content),
        });
        (state, excluded.lines_of(&content, functions), branches)
    });
    for (file, (state, excluded, branches)) in files.iter_mut().zip(read) {
        file.state = state;
        if !excluded.is_empty() {
            file.excluded = file.executable.iter().filter(|line| excluded.contains(*line)).collect();
            change_lines(file, |lines| lines.difference(&excluded));
            file.functions.retain(|function| !excluded.contains(function.line));
            file.branches.retain(|branch| !excluded.contains(branch.line));
        }
        if let Some(BranchRules { excluded, partial }) = branches {
            file.branches.retain(|branch| !excluded.contains(branch.line));
            waive(file, |line| partial.contains(line));
        }
    }
}

fn count_statements(view: &mut View, excluded: &Excluded) -> Option<LineByLine> {
    let mut files: Vec<(&mut SourceFile, &dyn Runtime)> = view
        .files
        .iter_mut()
        .filter_map(|file| {
            let runtime = runtime_of(file)?;
            Some((file, runtime))
        })
        .collect();
    let ran: Vec<_> = files
        .iter()
        .map(|(file, runtime)| {
            let has_branches = !file.branches.is_empty();
            (RanSource::of(file), *runtime, excluded.definitions(&file.functions), has_branches)
        })
        .collect();
    let read = parallel::map(&ran, |(ran, runtime, definitions, has_branches)| {
        let content = source_file::read(ran.path);
        let state = ran.state(&content);
        let units = match content {
            Err(error) => Err(Unusable::Reason(NoStatements::Unreadable(error))),
            Ok(content) => {
                let patterns = excluded.of_runtime(*runtime);
                let read = runtime.statements(&content, patterns, definitions, *has_branches);
                let mut read = read.map_err(|error| Unusable::Reason(NoStatements::Rejected(error)));
                // coverage.py does not know the markers: what it reports excludes the same.
                if let (Ok(units), false) = (&mut read, runtime.is_reported_by_coverage_py()) {
                    units.statements.exclude(markers::excluded(&content).iter());
                }
                read
            }
        };
        (state, units)
    });
    let mut line_by_line: Option<LineByLine> = None;
    for ((file, runtime), (state, units)) in files.iter_mut().zip(read) {
        file.state = state;
        let counted = units.and_then(|SourceUnits { statements, branches, definitions }| {
            count(file, &statements, runtime.has_lines_of_source())?;
            branches.iter().for_each(|branches| count_branches(file, branches));
            file.definitions = definitions;
            Ok(())
        });
        // What an interpreter says of branches means nothing without the source.
        if counted.is_err() {
            file.branches.clear();
            file.taken.clear();
        }
        match (counted, &mut line_by_line) {
            (Ok(()), _) => {}
            (Err(Unusable::Changed), _) => file.state = SourceState::Changed,
            (Err(Unusable::Reason(_)), Some(line_by_line)) => line_by_line.others += 1,
            (Err(Unusable::Reason(why)), none) => {
                *none = Some(LineByLine { first: file.path.clone(), why, others: 0 });
            }
        }
    }
    line_by_line
}

/// With `has_lines_of_source`, what can run is what the source has, and not only what the interpreter knows.
fn count(file: &mut SourceFile, statements: &Statements, has_lines_of_source: bool) -> Result<(), Unusable> {
    // Some interpreters give an empty source a line 1.
    let is_strange = |line: u32| line > 1 && !statements.has_statement(line);
    if file.executable.iter().any(is_strange) {
        return Err(Unusable::Changed);
    }
    let counted = |lines: &NumberSet| -> NumberSet {
        let lines = lines.iter().filter(|line| statements.has_statement(*line));
        lines.filter_map(|line| statements.counted(line)).collect()
    };
    change_lines(file, counted);
    if has_lines_of_source {
        file.executable = statements.executable().collect();
    }
    file.excluded = statements.excluded().collect();
    file.functions.retain(|function| !statements.is_excluded(function.line));
    Ok(())
}

/// Makes the branches of `file` those of its source. What the processes took is what an interpreter logs: any
/// line that followed another.
fn count_branches(file: &mut SourceFile, branches: &Branches) {
    let ordinals: HashMap<(u32, i64), u32> = branches.directions().zip(0..).collect();
    let known = file.branches.iter().filter_map(|branch| {
        let exit = branches.taken(branch.line, branch.way)?;
        Some((branch.ordinal, *ordinals.get(&exit)?))
    });
    let known: HashMap<u32, u32> = known.collect();
    change_sets(&mut file.taken, |taken| {
        taken.iter().filter_map(|ordinal| known.get(&ordinal).copied()).collect()
    });
    let branch = |((line, way), ordinal)| Branch { line, jump: 0, way, ordinal };
    file.branches = ordinals.into_iter().map(branch).collect();
    file.branches.sort_unstable_by_key(|branch| branch.ordinal);
    waive(file, |line| branches.is_partial(line));
}

/// Makes the directions that no process took count as covered where the line `is_partial`.
fn waive(file: &mut SourceFile, is_partial: impl Fn(u32) -> bool) {
    let is_taken = |ordinal| file.taken.iter().any(|(_, taken)| taken.contains(ordinal));
    let is_waived = |branch: &Branch| is_partial(branch.line) && !is_taken(branch.ordinal);
    let (waived, counted): (Vec<_>, Vec<_>) =
        std::mem::take(&mut file.branches).into_iter().partition(is_waived);
    file.branches = counted;
    file.waived = waived.iter().map(|branch| branch.line).collect();
}

/// Leaves out the branches of lines that only such processes ran of which it is not known which directions
/// they took: these are neither taken nor missed.
fn leave_out_unknown_branches(file: &mut SourceFile) {
    let Some(known) = file.known_to_branch.as_ref().filter(|_| !file.branches.is_empty()) else { return };
    let mut hit = NumberSet::default();
    let mut sets: Vec<&Rc<NumberSet>> = file.hits.iter().map(|(_, lines)| lines).collect();
    sets.sort_by_key(|set| Rc::as_ptr(set));
    sets.dedup_by_key(|set| Rc::as_ptr(set));
    sets.into_iter().for_each(|lines| hit.union_with(lines));
    let unknown = hit.difference(known);
    file.branches.retain(|branch| !unknown.contains(branch.line));
    file.waived.retain(|line| !unknown.contains(*line));
}

/// Changes the executable lines and the hit lines. Processes without a hit line are removed.
fn change_lines(file: &mut SourceFile, change: impl Fn(&NumberSet) -> NumberSet) {
    file.executable = change(&file.executable);
    file.known_to_branch = file.known_to_branch.as_ref().map(&change);
    change_sets(&mut file.hits, change);
}

/// Changes the sets of processes, and removes those that are empty then. Many processes share one set, and
/// still do so afterwards.
fn change_sets(of_processes: &mut Vec<(usize, Rc<NumberSet>)>, change: impl Fn(&NumberSet) -> NumberSet) {
    let mut known: HashMap<*const NumberSet, Rc<NumberSet>> = HashMap::new();
    let mut changed = Vec::with_capacity(of_processes.len());
    for (process, set) in of_processes.iter() {
        let new = known.entry(Rc::as_ptr(set)).or_insert_with(|| Rc::new(change(set)));
        if !new.is_empty() {
            changed.push((*process, Rc::clone(new)));
        }
    }
    *of_processes = changed;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::view::Function;
    use crate::report::excluded::ExclusionRules;
    use std::fs;

    /// A view of one file `a.py` in `directory`: its lines, and those that two processes ran.
    fn view(directory: &Path, executable: &[u32], hits: [&[u32]; 2]) -> View {
        let set = |lines: &[u32]| lines.iter().copied().collect::<NumberSet>();
        let function = |name: &str, line| Function {
            name: name.to_owned(),
            line,
            last: line,
            ordinal: line,
            processes: 1,
        };
        let file = SourceFile {
            path: directory.join("a.py"),
            runtime: Some("python".to_owned()),
            snapshots: Vec::new(),
            state: SourceState::Unknown,
            executable: set(executable),
            definitions: Vec::new(),
            excluded: NumberSet::default(),
            hits: hits.iter().enumerate().map(|(process, lines)| (process, Rc::new(set(lines)))).collect(),
            functions: vec![function("<module>", 1), function("f", 4), function("g", 6)],
            entered: Vec::new(),
            branches: Vec::new(),
            waived: Vec::new(),
            taken: Vec::new(),
            known_to_branch: None,
        };
        View { files: vec![file], ..View::default() }
    }

    const SOURCE: &str = "'doc'\nx = (\n    1)\ndef f():\n    pass\ndef g():  # pragma: no cover\n    pass\n";

    #[test]
    fn lines_become_statements_in_all_that_a_file_has() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("a.py"), SOURCE).unwrap();
        let mut view = view(directory.path(), &[1, 2, 3, 4, 5, 6, 7], [&[1, 3], &[1, 6]]);
        assert!(count_statements(&mut view, &Excluded::new(&ExclusionRules::default()).unwrap()).is_none());
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
            let line_by_line =
                count_statements(&mut counted, &Excluded::new(&ExclusionRules::default()).unwrap());
            let state = std::mem::take(&mut counted.files[0].state);
            assert_eq!(counted, view(directory.path(), &[1, 2, 3], [&[1, 3], &[2]]));
            let said = line_by_line.map(|said| said.to_string().replace(path.to_str().unwrap(), "a.py"));
            (state, said)
        };
        let start = "counting lines, not statements, of a.py:";
        let gone = format!("{start} failed to read it: No such file or directory (os error 2)");
        assert_eq!(told(None), (SourceState::Missing, Some(gone)));
        let template = format!("{start} line 1 is not Python");
        assert_eq!(told(Some("{% if a %}\nb\n{% endif %}\n")), (SourceState::Unknown, Some(template)));
        assert_eq!(told(Some("a\n\nb\n")), (SourceState::Changed, None), "line 2 is part of no statement");
        assert_eq!(told(Some("a\nb\n")), (SourceState::Changed, None), "there is no line 3");
    }

    #[test]
    fn lines_that_a_native_source_marks_do_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let source = "x\nx\nx // LCOV_EXCL_LINE\nx // LCOV_EXCL_START\nx\nx // LCOV_EXCL_STOP\n";
        fs::write(directory.path().join("a.py"), source).unwrap();
        let mut native = view(directory.path(), &[1, 3, 4, 6], [&[1, 3, 6], &[4]]);
        native.files[0].runtime = None;
        leave_out(&mut native, &Excluded::new(&ExclusionRules::default()).unwrap(), &read_native);
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
        native.files[0].runtime = None;
        assert!(count_statements(&mut native, &Excluded::new(&ExclusionRules::default()).unwrap()).is_none());
        assert_eq!(native.files[0].executable.len(), 3);
    }
}
