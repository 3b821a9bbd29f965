//! What coverage costs and what it keeps: the same works bare, under `forkcov run` and under its peers,
//! interleaved in one run.
//!
//! `cargo bench --bench peers` prints tables in Markdown, and with `-- --write docs/benchmarks.md` puts them
//! into that file. `-- WORDS` takes only works whose names have one of them. docs/benchmarks.md explains the
//! rest.

mod build;
mod cell;
mod lines;
mod machine;
mod run;
mod tables;
mod tool;
mod work;

use build::{Build, Program};
use cell::Cell;
use forkcov_testing::paths;
use lines::Lines;
use nix::unistd::geteuid;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use tempfile::TempDir;
use tool::Tool;
use work::{Group, Subject, Truth, USER, Work};

const ROUNDS: usize = 5;

/// A work, and what all tools have shown with it.
pub struct Compared {
    /// The work.
    pub work: Work,
    /// The lines that it runs.
    pub truth: Vec<Group>,
    /// In the order of the tools; None where the tool cannot run the work.
    pub cells: Vec<Option<Cell>>,
}

fn main() {
    let rounds = std::env::var("ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number in ROUNDS"));
    assert!(rounds > 0, "ROUNDS=0 measures nothing");
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (mut wanted, mut file) = (Vec::new(), None);
    while let Some(argument) = arguments.next() {
        if argument == "--write" {
            file = Some(arguments.next().expect("a file after --write"));
        } else {
            wanted.push(argument);
        }
    }
    let results = results(rounds, &wanted);
    match file {
        Some(file) => tables::put(&results, Path::new(&file)),
        None => print!("{results}"),
    }
}

fn results(rounds: usize, wanted: &[String]) -> String {
    let all = Tool::ALL.map(|tool| (tool, tool.version()));
    let tools: Vec<Tool> = all.iter().filter(|(_, version)| version.is_ok()).map(|(tool, _)| *tool).collect();
    assert!(tools.contains(&Tool::Bare), "there is no C compiler");
    let (mut works, missing) = work::all(&paths::scratch().join("bench-peers"), wanted);
    works.retain(|work| wanted.is_empty() || wanted.iter().any(|word| work.name.contains(word.as_str())));
    build::all(&builds(&works, &tools));
    // In memory where that can be had: what a disk takes to make files is not the point.
    let directory =
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary directory");
    // Another user has directories of his own in it.
    fs::set_permissions(directory.path(), Permissions::from_mode(0o711)).expect("a directory of our own");
    let compared: Vec<Compared> =
        works.into_iter().map(|work| compare(work, &tools, rounds, directory.path())).collect();
    tables::section(&all, &missing, &compared, &tools, rounds)
}

/// Each program and each way to compile it, once.
fn builds(works: &[Work], tools: &[Tool]) -> Vec<(Program, Build)> {
    let mut builds: Vec<(Program, Build)> = Vec::new();
    for work in works {
        let Some(program) = work.program() else { continue };
        let of_tools = tools.iter().filter(|tool| tool.can(work)).map(|tool| tool.build());
        let of_truth = matches!(work.truth, Truth::Counted(_)).then_some(Build::Truth);
        for build in of_tools.chain(of_truth) {
            if !builds.iter().any(|(other, of)| other.path(*of) == program.path(build)) {
                builds.push((program.clone(), build));
            }
        }
    }
    builds
}

fn compare(work: Work, tools: &[Tool], rounds: usize, directory: &Path) -> Compared {
    let cache = place(&work, directory);
    let (truth, idle) = truth(&work, directory);
    let mut cells: Vec<Option<Cell>> = tools.iter().map(|tool| tool.can(&work).then(Cell::default)).collect();
    for (tool, cell) in tools.iter().zip(&mut cells) {
        // They compile the crate when they run it first.
        if matches!(tool, Tool::Tarpaulin | Tool::TarpaulinLlvm) && cell.is_some() {
            let place = place(&work, directory);
            let _ = run::time(tool.command(&work, place.path(), cache.path()), None);
        }
    }
    for _ in 0..rounds {
        for (tool, cell) in tools.iter().zip(&mut cells) {
            let Some(cell) = cell.as_mut().filter(|cell| cell.may_go_on()) else { continue };
            if work.is_cold {
                fs::remove_dir_all(cache.path()).expect("a cache that can be emptied");
                fs::create_dir(cache.path()).expect("a cache");
            }
            let place = place(&work, directory);
            cell.add(*tool, &work, (&truth, &idle), place.path(), cache.path());
        }
    }
    Compared { work, truth, cells }
}

/// An empty directory, which is the user's who runs the work.
fn place(work: &Work, directory: &Path) -> TempDir {
    let place = tempfile::tempdir_in(directory).expect("a temporary directory");
    if work.is_of_user && geteuid().is_root() {
        chown(place.path(), Some(USER), Some(USER)).expect("a directory that can be given away");
    }
    place
}

/// The lines that it runs, and those that it is known not to run.
fn truth(work: &Work, directory: &Path) -> (Vec<Group>, Lines) {
    let arguments = match &work.truth {
        Truth::Known(groups) => return (groups.clone(), Lines::new()),
        Truth::Counted(arguments) => arguments,
    };
    let Subject::Program(program) = &work.subject else { unreachable!("only programs are counted") };
    let place = tempfile::tempdir_in(directory).expect("a temporary directory");
    let mut command = std::process::Command::new(program.path(Build::Truth));
    command.args(&work.arguments).args(arguments).env("GCOV_PREFIX", place.path());
    run::time(command, work.input.as_deref()).expect("a program that runs");
    let (lines, idle) = tool::gcov(program, Build::Truth, place.path());
    (vec![Group { who: "it".to_owned(), lines }], idle)
}
