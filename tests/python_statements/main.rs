//! The statements of Python sources that count, compared with coverage.py itself: over CPython's standard library, its tests
//! included, and over packages that people use. coverage.py comes from PyPI, into an environment below
//! `target/`.

mod counted;
mod environment;
mod random;
mod reports;

use counted::{Counted, Counts};
use environment::Packages;
use forkcov::runtime::python::statements::{DEFAULT_EXCLUSIONS, DEFAULT_PARTIAL_BRANCHES, branches, read};
use forkcov::runtime::{Exclusions, LinePatterns};
use forkcov_testing::needs::Lack;
use forkcov_testing::paths;
use forkcov_testing::{harness, repeated};
use libtest_mimic::{Arguments, Failed};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

const RANDOM_SOURCES: u64 = 2000;

/// Differences that are expected: the end of the path, and the beginning of the description.
const DIFFERENT: &[(&str, &str)] = &[
    // CPython refuses more than its grammar does. Such a file is never run; at worst its lines count as
    // missing.
    ("/test/test_future_stmt/badsyntax_future.py", "not refused: Couldn't parse"),
    ("/test/tokenizedata/bad_coding.py", "not refused: unknown encoding: uft-8"),
    ("/test/tokenizedata/bad_coding2.py", "not refused: encoding problem: utf-8"),
    // coverage.py takes every function of the name `__annotate__` for one that the compiler made.
    ("/typing_extensions.py", "statements: lacking [], extra [1204, 1205,"),
    ("/typing_extensions.py", "exits: lacking [], extra [(1205, 1206),"),
];

fn main() -> ExitCode {
    let interpreter = environment::interpreter();
    let trial = |name: &str, test: fn(Packages) -> Result<(), Failed>| match interpreter.clone() {
        Some(found) => harness::trial(name, move || test(Packages::of(&found)?)),
        None => repeated::lacking(name.to_owned(), Lack::python(13, "no CPython 3.13 is installed")),
    };
    let trials = vec![
        trial("the_standard_library_counts_as_in_coverage_py", |packages| {
            agree(&packages, packages.standard_library()?, "pragma")
        }),
        trial("packages_count_as_in_coverage_py_by_its_default_exclusions", |packages| {
            agree(&packages, packages.packages()?, "defaults")
        }),
        trial("random_sources_count_as_in_coverage_py", |packages| {
            agree(&packages, random_sources()?, "pragma")
        }),
        trial("a_program_is_reported_as_by_coverage_py", |packages| {
            reports::agree(packages.python(), packages.interpreter())
        }),
        trial("a_program_without_its_source_is_reported_by_its_lines", |packages| {
            reports::without_source(packages.interpreter())
        }),
    ];
    harness::run(&Arguments::from_args(), trials)
}

/// Files of random sources, the same ones each time.
fn random_sources() -> Result<Vec<PathBuf>, Failed> {
    let directory = paths::scratch().join("python_statements_random");
    fs::create_dir_all(&directory).map_err(|why| format!("failed to make {}: {why}", directory.display()))?;
    let sources = (0..RANDOM_SOURCES).map(|seed| {
        let path = directory.join(format!("{seed}.py"));
        fs::write(&path, random::source(seed))
            .map_err(|why| format!("failed to write {}: {why}", path.display()))?;
        Ok(path)
    });
    sources.collect()
}

/// Whether every source counts as coverage.py has it.
fn agree(packages: &Packages, sources: Vec<PathBuf>, excluded: &str) -> Result<(), Failed> {
    let patterns = if excluded == "pragma" { &DEFAULT_EXCLUSIONS[..1] } else { DEFAULT_EXCLUSIONS };
    let patterns = LinePatterns {
        excluded: Exclusions::new(patterns)?,
        partial: Exclusions::new(DEFAULT_PARTIAL_BRANCHES)?,
    };
    let all = packages.count(&sources, excluded)?;
    if all.len() != sources.len() {
        return Err(format!("coverage.py told of {} of {} sources", all.len(), sources.len()).into());
    }
    let taken = all.iter().filter(|counted| matches!(counted.counts, Counts::Taken(_))).count();
    if taken * 100 < sources.len() * 99 {
        return Err(format!("coverage.py took {taken} of {} sources", sources.len()).into());
    }
    let mut differences = Vec::new();
    for Counted { path, counts } in all {
        let source = fs::read(&path).map_err(|why| format!("failed to read {path}: {why}"))?;
        let found = match (counts, read(&source, &patterns.excluded, &[])) {
            (Counts::Refused { .. }, Err(_)) => Vec::new(),
            (Counts::Refused { refused }, Ok(_)) => vec![format!("not refused: {refused}")],
            (Counts::Taken(_), Err(why)) => vec![format!("refused: {why}")],
            (Counts::Taken(theirs), Ok(ours)) => {
                theirs.differences(&ours, &branches(&source, &patterns, &[])?)
            }
        };
        let is_known = |difference: &str| {
            DIFFERENT.iter().any(|(end, told)| path.ends_with(end) && difference.starts_with(told))
        };
        differences.extend(
            found
                .iter()
                .filter(|difference| !is_known(difference))
                .map(|difference| format!("{path}: {difference}")),
        );
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}
