//! What a context costs for each test of a suite that runs in one process: 500 tests of pytest and of unittest,
//! by each installed interpreter, and of GoogleTest, if it is installed.
//!
//! `cargo bench --bench contexts` prints a Markdown table of processor time for each test: the program's and
//! forkcov's together, medians of rounds in which all ways take turns. `-- 3.11 googletest` asks for these
//! alone, and `FORKCOV_ROUNDS=N` for other than 5 rounds.

mod suite;

use forkcov_testing::environment::Environment;
use forkcov_testing::interpreter::{self, Interpreter};
use forkcov_testing::measured::Measured;
use forkcov_testing::paths;
use std::path::{Path, PathBuf};
use std::process::Command;
use suite::TESTS;

const ROUNDS: usize = 5;

/// The versions of CPython, by their minor numbers.
const WANTED: std::ops::RangeInclusive<u32> = 9..=14;

/// A runner with the suite as its arguments.
struct Runner {
    /// Of `--test-framework`.
    framework: &'static str,
    /// What is beside it in the table.
    version: String,
    command: Vec<PathBuf>,
}

/// What a suite is run under: the flags of `forkcov run`, or nothing.
type Under = Option<&'static [&'static str]>;

fn main() {
    let rounds = std::env::var("FORKCOV_ROUNDS")
        .map_or(ROUNDS, |rounds| rounds.parse().expect("a number in FORKCOV_ROUNDS"));
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| name.starts_with(wanted));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut runners = Vec::new();
    for python in interpreter::found(WANTED).iter().filter(|it| it.environments && is_wanted(&it.name)) {
        runners.extend(of_python(python, directory.path()));
    }
    if is_wanted("googletest") {
        runners.extend(of_googletest(directory.path()));
    }
    println!(
        "| tests of | bare | lines | with contexts | branches | with contexts |\n|---|---|---|---|---|---|"
    );
    for runner in &runners {
        row(runner, directory.path(), rounds);
    }
}

fn of_python(python: &Interpreter, directory: &Path) -> [Runner; 2] {
    let root = paths::scratch().join("bench-contexts").join(python.file_name());
    let environment =
        Environment::make(&python.path, root, "pytest==8.3.4").unwrap_or_else(|why| panic!("{why}"));
    suite::write_python(directory);
    let runner = |framework, arguments: &[&str]| Runner {
        framework,
        version: format!(", Python {}", python.name),
        command: [environment.python()].into_iter().chain(arguments.iter().map(PathBuf::from)).collect(),
    };
    [
        runner("pytest", &["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_functions.py"]),
        runner("unittest", &["-m", "unittest", "-q", "test_methods"]),
    ]
}

fn of_googletest(directory: &Path) -> Option<Runner> {
    let program = suite::compile_googletest(directory)?;
    Some(Runner {
        framework: "googletest",
        version: String::new(),
        command: vec![program, "--gtest_brief=1".into()],
    })
}

fn row(runner: &Runner, directory: &Path, rounds: usize) {
    let ways: [(Under, bool); 5] = [
        (None, false),
        (Some(&[]), false),
        (Some(&[]), true),
        (Some(&["--branches"]), false),
        (Some(&["--branches"]), true),
    ];
    let mut seconds: [Vec<f64>; 5] = Default::default();
    for _ in 0..rounds {
        for ((under, with_contexts), seconds) in ways.iter().zip(&mut seconds) {
            seconds.push(once(runner, directory, *under, *with_contexts));
        }
    }
    let each = seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2] * 1e3 / f64::from(TESTS)
    });
    let [bare, lines, line_contexts, branches, branch_contexts] = each;
    println!(
        "| {}{} | {bare:.2} ms | {:+.2} ms | {:+.2} ms more | {:+.2} ms | {:+.2} ms more |",
        runner.framework,
        runner.version,
        lines - bare,
        line_contexts - lines,
        branches - bare,
        branch_contexts - branches
    );
}

/// The processor time of a run.
fn once(runner: &Runner, directory: &Path, under: Under, with_contexts: bool) -> f64 {
    let [program, arguments @ ..] = &runner.command[..] else { unreachable!("a runner has a program") };
    let mut command = match under {
        None => Command::new(program),
        Some(flags) => {
            let mut command = Command::new(paths::forkcov());
            command.args(["run", "-q", "--source", "."]).args(flags);
            if with_contexts {
                command.args(["--test-framework", runner.framework]);
            }
            command.arg("--").arg(program);
            command
        }
    };
    command.args(arguments).current_dir(directory).env("PYTHONDONTWRITEBYTECODE", "1");
    Measured::of(command).cpu_seconds
}
