//! Every program of `test-programs/python` by every interpreter, bare and under forkcov: the same output and
//! ending, and every mark of every process.
//!
//! It is done as in `tests/programs/main.rs`, with the same directives and marks (`testing/src/program.rs`,
//! `testing/src/marks.rs`). A program is copied with its sources to where it runs, afresh for each run, so
//! that no run finds another's `.pyc` files. Marks are for the line that begins a statement.
//!
//! | directive | says |
//! |---|---|
//! | `python: 3.10+`, `python: 3.9-3.12` | the interpreters that run it; others do not have what it shows |
//! | `sources: A B` | more files that are copied, and whose marks count, below `test-programs/` |
//! | `runs: -m package` | what the interpreter is given in place of the program's file |
//! | `host: ./NAME` | what is run in place of the interpreter |
//! | `forkcov: FLAGS` | flags for `forkcov run` |
//! | `after-build: COMMAND` | as elsewhere; `$PYTHON` is the interpreter |
//! | `needs: headers` | the test is ignored for an interpreter without `Python.h` |
//! | `needs: libpython` | and without a shared `libpython` to link with |
//! | `needs: libraries` | and one that cannot load libraries, as it is linked statically |
//! | `needs: another` | when no second interpreter is found; `$OTHER_PYTHON` is one of another version |
//! | `limit-in: 3.9-3.11: REASON` | forkcov is known to miss something there, as docs/limits.md says |
//!
//! Interpreters are those of pyenv, in `$PATH`, and `target/pythons/*/bin/python3` (`.ci/debian-python` puts
//! one there; a link does for any other). For each version of CPython that is asked for and not found, one
//! test is ignored. `FORKCOV_REPEAT=N cargo test --test python` runs each program N times.

mod lacks;
mod place;
mod versions;

use forkcov::runtime::python::versions::{NEWEST, OLDEST};
use forkcov_testing::interpreter::{self, Interpreter};
use forkcov_testing::needs::Lack;
use forkcov_testing::program::{self, Program};
use forkcov_testing::repeated::LeftOut;
use forkcov_testing::roles::Roles;
use forkcov_testing::{harness, marks, processes, repeated, report, traced, undisturbed};
use libtest_mimic::{Arguments, Trial};
use place::Place;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use versions::Versions;

/// The versions of CPython 3, by their minor numbers, that forkcov knows.
const WANTED: std::ops::RangeInclusive<u32> = OLDEST.1 as u32..=NEWEST.1 as u32;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(2));
    let found = Arc::new(interpreter::found(WANTED));
    for interpreter in found.iter() {
        eprintln!("Python {} is {}", interpreter.name, interpreter.path.display());
    }
    let programs = program::all("python/");
    let missing = WANTED.filter(|minor| found.iter().all(|interpreter| interpreter.minor != *minor));
    let lacking = |kind: &str, has: fn(&Interpreter) -> bool, reason: &str| {
        let lack = Lack::kind_of_python(kind, reason);
        (!found.iter().any(has)).then(|| repeated::lacking(format!("every_program@{kind}"), lack))
    };
    let no_musl = lacking(
        "musl",
        |it| it.name.contains(" with musl"),
        "no Python is installed whose C library is musl",
    );
    let no_free_threaded =
        lacking("free-threaded", |it| it.free_threaded, "no free-threaded Python is installed");
    let mut trials: Vec<Trial> = missing
        .map(|minor| {
            let lack = Lack::python(minor, format!("Python 3.{minor} is not installed"));
            repeated::lacking(format!("every_program@3.{minor}"), lack)
        })
        .chain(no_musl)
        .chain(no_free_threaded)
        .collect();
    for program in &programs {
        let versions = Versions::of(program);
        let of_it = found.iter().filter(|interpreter| versions.contains(interpreter.minor));
        trials.extend(of_it.map(|interpreter| trial(program, interpreter, &found)));
    }
    harness::run(&arguments, trials)
}

fn trial(program: &Program, interpreter: &Interpreter, found: &Arc<Vec<Interpreter>>) -> Trial {
    let name = program.name.trim_start_matches("python/");
    let limit = || versions::limit(program, interpreter.minor).map(LeftOut::OnRequest);
    let left_out = lacks::lacks(program, interpreter, found).or_else(limit);
    let (program, interpreter, found) = (program.clone(), interpreter.clone(), Arc::clone(found));
    repeated::trial(format!("{name}@{}", interpreter.name), left_out, move || {
        covered(&program, &interpreter, interpreter.another(&found))
    })
}

fn covered(program: &Program, python: &Interpreter, other: Option<&Interpreter>) -> Result<(), String> {
    let place = Place::new(program, python, other)?;
    let bare = traced::start(place.bare(), program, &place.directory)?;
    processes::ends_as_it_says(program, &bare).map_err(|why| format!("bare, {why}"))?;
    Roles::read(&place.directory.join("roles")).map_err(|why| format!("bare: {why}"))?;

    let place = Place::new(program, python, other)?;
    let traced = traced::start(place.traced(), program, &place.directory)?;
    undisturbed::check(program, &bare, &traced)?;
    let roles = Roles::read(&place.directory.join("roles"))?;
    let report = report::read(&place.directory)?;
    only_ours(program, &place, report.recorded.executable.keys().map(|file| file.as_path()))?;
    processes::check(program, &roles, &report.processes)?;
    marks::check(&place.marked_sources(), &roles, &report.recorded)
}

/// No file of the standard library, of an interpreter or of a package is in the report.
fn only_ours<'a>(
    program: &Program,
    place: &Place,
    files: impl Iterator<Item = &'a Path>,
) -> Result<(), String> {
    let known = place.marked_sources();
    let role = place.directory.join("role.py");
    let others: Vec<&Path> =
        files.filter(|file| *file != role && !known.contains(&file.to_path_buf())).collect();
    if others.is_empty() || program.first("other-sources").is_some() {
        return Ok(());
    }
    let (count, some) = (others.len(), &others[..others.len().min(5)]);
    Err(format!("the report has {count} files that are not the program's: {some:?}"))
}
