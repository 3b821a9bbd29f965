//! The tests that failed when they last ran.

use super::naming::ending;
use super::why_all::WhyAll;
use crate::data::view::{Process, View};
use crate::data::{Exit, TestResult};
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::iter::successors;

/// What is known of the tests that failed.
#[derive(Debug, Default)]
pub(super) struct FailedTests {
    /// Indices into [`View::contexts`].
    pub(super) tests: BTreeSet<usize>,
    /// Why others can have failed.
    pub(super) why_all: Vec<WhyAll>,
}

/// How a test ended, in one of the processes that ran it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Passed,
    /// Its process had several tests, and did not end well.
    Unknown,
    Failed,
}

/// What the tests of a process, and those of its descendants, say of it.
#[derive(Debug, Default, Clone, Copy)]
struct TestsBelow {
    /// There are some.
    any: bool,
    /// Some failed.
    failed: bool,
}

impl FailedTests {
    pub(super) fn of(view: &View) -> Self {
        let runs = Runs::of(view);
        let mut failed = Self { tests: runs.failed(view), why_all: Vec::new() };
        let mut below = vec![TestsBelow::default(); view.processes.len()];
        // Parents precede their children.
        for (index, process) in view.processes.iter().enumerate().rev() {
            let (began, mut tests) = (&runs.begun[index], below[index]);
            let verdict = runs.of_process[index].values().map(|(_, verdict)| *verdict).max();
            let has_failed = has_failed(process);
            // By another status than that of failures, a framework says that tests may be left.
            let is_whole = process.results.is_empty() || process.exit == Some(Exit::Code(1));
            let is_explained = verdict == Some(Verdict::Failed) && is_whole
                || !runs.outside[index].is_empty()
                || began.is_empty() && tests.failed;
            tests.any |= !began.is_empty();
            if has_failed && !is_explained && tests.any && !runs.all_passed_later(view, index) {
                let end = ending(process.exit);
                failed.why_all.push(match began.is_empty() {
                    false => WhyAll::Failed(process.pid, end),
                    true => WhyAll::RunnerFailed(process.pid, end),
                });
            }
            let outside = runs.outside[index].iter().filter(|(scope, at)| !runs.passed_since(scope, *at));
            failed.why_all.extend(outside.map(|(name, _)| match *name {
                TestResult::STOPPED => WhyAll::Stopped(process.pid),
                name => WhyAll::Outside(name.to_owned()),
            }));
            let is_run = process.parent.is_none() && !tests.any;
            if has_failed && is_run && !is_explained && !runs.tests_since(view, process.started) {
                failed.why_all.push(WhyAll::NoTests(process.pid, ending(process.exit)));
            }
            // What is not explained here is not to be explained above.
            tests.failed |= is_explained || has_failed && tests.any;
            if let Some(parent) = process.parent {
                below[parent].any |= tests.any;
                below[parent].failed |= tests.failed;
            }
        }
        failed
    }
}

fn has_failed(process: &Process) -> bool {
    process.exit != Some(Exit::Code(0))
}

/// When each test ran in which process, and how it ended there.
#[derive(Debug)]
struct Runs<'v> {
    /// The tests that each process began.
    begun: Vec<BTreeSet<&'v str>>,
    /// The last time of each test of which a process had a result, or that it began.
    of_process: Vec<HashMap<&'v str, (f64, Verdict)>>,
    /// What failed outside of tests, and when.
    outside: Vec<Vec<(&'v str, f64)>>,
    /// The last time of each test, and how it ended.
    last: HashMap<&'v str, (f64, Verdict)>,
}

impl<'v> Runs<'v> {
    fn of(view: &'v View) -> Self {
        let begun: Vec<_> = view.contexts_begun().collect();
        let is_test: BTreeSet<&str> = view.contexts.iter().map(String::as_str).collect();
        let (mut of_process, mut outside) = (Vec::new(), Vec::new());
        let mut last: HashMap<&str, (f64, Verdict)> = HashMap::new();
        for (process, began) in view.processes.iter().zip(&begun) {
            let is_own =
                |it: &&TestResult| is_test.contains(&*it.test) && module_not_imported(&it.test).is_none();
            let (own, others): (Vec<_>, Vec<_>) = process.results.iter().partition(is_own);
            let others = others.into_iter().filter(|it| it.failed).map(|it| (&*it.test, it.ended)).collect();
            let verdict = |failed| if failed { Verdict::Failed } else { Verdict::Passed };
            let own = results_of_tests(own).into_iter();
            let mut tests: HashMap<_, _> =
                own.map(|(test, (ended, failed))| (test, (ended, verdict(failed)))).collect();
            let is_of_test = |name: &str| began.contains(name) && module_not_imported(name).is_none();
            for context in process.contexts.iter().filter(|context| is_of_test(&context.name)) {
                let verdict = unreported(process, began.len());
                tests.entry(&context.name).or_insert((context.started, verdict));
            }
            for (test, run) in &tests {
                let known = last.entry(test).or_insert(*run);
                let is_later = known.0.total_cmp(&run.0).then(known.1.cmp(&run.1)).is_lt();
                if is_later {
                    *known = *run;
                }
            }
            of_process.push(tests);
            outside.push(others);
        }
        Self { begun, of_process, outside, last }
    }

    /// The tests that failed when they last ran.
    fn failed(&self, view: &View) -> BTreeSet<usize> {
        let has_failed = |name: &String| self.last.get(&**name).is_some_and(|(_, it)| *it == Verdict::Failed);
        let tests = view.contexts.iter().enumerate().filter(|(_, name)| has_failed(name));
        tests.map(|(test, _)| test).collect()
    }

    /// Whether each test of a process, and of its descendants, has passed since.
    fn all_passed_later(&self, view: &View, process: usize) -> bool {
        let is_below =
            |index: &usize| successors(Some(*index), |it| view.processes[*it].parent).any(|it| it == process);
        let mut tests = (process..view.processes.len()).filter(is_below).flat_map(|it| &self.of_process[it]);
        tests.all(|(test, (at, _))| self.last[test].0 > *at && self.last[test].1 == Verdict::Passed)
    }

    /// Whether a process has begun a test since.
    fn tests_since(&self, view: &View, at: f64) -> bool {
        let mut began = view.processes.iter().zip(&self.begun).filter(|(_, began)| !began.is_empty());
        began.any(|(process, _)| process.started > at)
    }

    /// Whether a test of this scope has passed since: of a module that could not be collected, or a class
    /// whose fixture failed.
    fn passed_since(&self, scope: &str, at: f64) -> bool {
        let in_brackets = scope.strip_suffix(')').and_then(|it| it.split_once('(')).map(|(_, it)| it);
        let scope = in_brackets.or(module_not_imported(scope)).unwrap_or(scope);
        let passed = |(test, run): (&&str, &(f64, Verdict))| {
            is_in_scope(test, scope) && run.0 > at && run.1 == Verdict::Passed
        };
        self.last.iter().any(passed)
    }
}

/// Whether a test is one of a directory, a module or a class.
fn is_in_scope(test: &str, scope: &str) -> bool {
    test.strip_prefix(scope).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ':', '/', '[']))
}

/// The module that unittest could not import, of what stands for its tests.
pub(super) fn module_not_imported(test: &str) -> Option<&str> {
    test.strip_prefix("unittest.loader._FailedTest.")
}

/// When each test ended in a process, and whether it failed: any of its phases can.
pub(super) fn results_of_tests<'r>(
    results: impl IntoIterator<Item = &'r TestResult>,
) -> HashMap<&'r str, (f64, bool)> {
    let mut tests = HashMap::new();
    for TestResult { test, failed, ended } in results {
        let known = tests.entry(&**test).or_insert((*ended, false));
        *known = (*ended, known.1 || *failed);
    }
    tests
}

/// The verdict of a test of which its process has no result: by how the process ended, which began so many.
fn unreported(process: &Process, begun: usize) -> Verdict {
    match (process.results.is_empty(), has_failed(process)) {
        // It has results, but this test has not ended.
        (false, _) => Verdict::Failed,
        (true, false) => Verdict::Passed,
        (true, true) if begun == 1 => Verdict::Failed,
        (true, true) => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::is_in_scope;

    #[test]
    fn a_scope_ends_where_a_name_does() {
        for (test, scope) in [
            ("test_m.A.test_f", "test_m.A"),
            ("test_m.A.test_f", "test_m"),
            ("tests/test_m.py::A::test_f", "tests/test_m.py::A"),
            ("tests/test_m.py::test_f[1]", "tests/test_m.py::test_f"),
            ("tests/test_m.py::test_f", "tests"),
            ("test_m.A.test_f", "test_m.A.test_f"),
        ] {
            assert!(is_in_scope(test, scope), "{test} is in {scope}");
        }
        for (test, scope) in [
            ("test_m.As.test_f", "test_m.A"),
            ("test_m2.A.test_f", "test_m"),
            ("tests/test_m.py::As::test_f", "tests/test_m.py::A"),
            ("tests2/test_m.py::test_f", "tests"),
            ("test_m.A", "test_m.A.test_f"),
        ] {
            assert!(!is_in_scope(test, scope), "{test} is not in {scope}");
        }
    }
}
