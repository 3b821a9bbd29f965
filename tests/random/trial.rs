//! One test: makes a program, runs it without forkcov and under it, and compares.

use crate::ast::Program;
use crate::build::Variant;
use crate::check::{self, Run};
use crate::optimised::{self, Facts};
use crate::print::{self, Source};
use crate::{directions, generate, log, paths, shrink};
use forkcov_testing::roles::Roles;
use forkcov_testing::{report, run};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long a run may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Tests the program of `variant`, as often as `FORKCOV_REPEAT` says. Its directory is kept if it fails.
pub fn run(variant: &Variant) -> Result<(), String> {
    let times = env::var("FORKCOV_REPEAT").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let program = generate::program(variant.seed, variant.has_libraries());
    let directory = fresh_directory(&variant.name())?;
    match test(&program, variant, &directory, times) {
        Ok(()) if env::var_os("FORKCOV_KEEP").is_some() => Ok(()),
        Ok(()) => fs::remove_dir_all(&directory)
            .map_err(|why| format!("failed to remove {}: {why}", directory.display())),
        Err(why) => {
            let why = format!("in {}, {why}", directory.display());
            if env::var_os("FORKCOV_SHRINK").is_none() {
                return Err(why);
            }
            let small = fresh_directory(&format!("{}-small", variant.name()))?;
            let fails = |program: &Program| test(program, variant, &small, times.max(10)).is_err();
            let left = shrink::smallest(program, fails);
            let still = test(&left, variant, &small, times.max(10)).err();
            let still = still.unwrap_or_else(|| "it fails only now and then".to_string());
            Err(format!("{why}\nwhat is left of it is in {}: {still}", small.display()))
        }
    }
}

/// What forkcov says of one run of the program of `variant`.
pub fn facts(variant: &Variant) -> Result<Facts, String> {
    let program = generate::program(variant.seed, variant.has_libraries());
    let directory = fresh_directory(&variant.name())?;
    let (sources, _) = build(&program, variant, &directory)?;
    let traced = start(|| under_forkcov("16"), &directory)?;
    let report = report::read(&directory)?;
    let facts = optimised::facts(&sources, &directory, &traced, &report.recorded);
    if env::var_os("FORKCOV_KEEP").is_none() {
        fs::remove_dir_all(&directory)
            .map_err(|why| format!("failed to remove {}: {why}", directory.display()))?;
    }
    Ok(facts)
}

/// Builds a program in `directory`. Gives its sources, and which of them are of objects that every run maps.
fn build(program: &Program, variant: &Variant, directory: &Path) -> Result<(Vec<Source>, Vec<u32>), String> {
    let sources = print::write(program, directory)?;
    let (executable, libraries) = sources.split_first().ok_or("there is no source")?;
    let with_source = program.libraries.iter().zip(libraries);
    let linked: Vec<&Source> = with_source.filter(|(library, _)| library.linked).map(|(_, s)| s).collect();
    variant.build(&sources, &linked, directory)?;
    let always: Vec<u32> = [executable].into_iter().chain(linked).map(|source| source.number).collect();
    Ok((sources, always))
}

/// Builds a program in `directory`, and tests it `times` times.
fn test(program: &Program, variant: &Variant, directory: &Path, times: u32) -> Result<(), String> {
    let (sources, always) = build(program, variant, directory)?;
    (1..=times).try_for_each(|round| {
        compare(&sources, &always, directory, variant.is_plain())
            .map_err(|why| if times == 1 { why } else { format!("round {round} of {times}: {why}") })
    })
}

/// Runs the program in `directory` bare and under forkcov; `always` are the sources of which every run has
/// the object. If the code `is_plain`, the directions of branches are judged.
fn compare(sources: &[Source], always: &[u32], directory: &Path, is_plain: bool) -> Result<(), String> {
    let bare = start(|| Command::new("./program"), directory)?;
    ["16", "1"].into_iter().try_for_each(|after| {
        let recorded = || {
            let traced = start(|| under_forkcov(after), directory)?;
            check::undisturbed(&bare, &traced)?;
            let report = report::read(directory)?;
            check::processes(&traced, &report.processes)?;
            check::lines(sources, always, directory, &traced, &report.recorded)?;
            if is_plain { directions::check(sources, directory, &traced) } else { Ok(()) }
        };
        recorded().map_err(|why| format!("with trampolines after {after} stops: {why}"))
    })
}

/// After so many stops in an object, trampolines are installed.
fn under_forkcov(after: &str) -> Command {
    let mut command = Command::new(forkcov_testing::paths::forkcov());
    command.args(["run", "-q", "--branches", "--source", ".", "--data-file", "forkcov.data"]);
    command.args(["--trampolines-after", after, "--", "./program"]);
    command
}

/// Runs the program by `command`, again if a PID meant two processes.
fn start(command: impl Fn() -> Command, directory: &Path) -> Result<Run, String> {
    for _ in 0..10 {
        let run = start_once(command(), directory)?;
        if !paths::is_ambiguous(&run.roles) {
            return Ok(run);
        }
    }
    Err("in every run a PID was used again".to_string())
}

fn start_once(mut command: Command, directory: &Path) -> Result<Run, String> {
    let (roles, truth) = (directory.join("roles"), directory.join("truth"));
    fs::write(&roles, "").map_err(|why| format!("failed to write {}: {why}", roles.display()))?;
    log::create(&truth)?;
    command.env("ROLES", &roles).env("TRUTH", &truth).current_dir(directory);
    let outcome = run::run(command, None, LIMIT)?;
    Ok(Run { outcome, roles: Roles::read(&roles)?, log: log::read(&truth)? })
}

fn fresh_directory(name: &str) -> Result<PathBuf, String> {
    let directory = forkcov_testing::paths::scratch().join("random").join(name);
    let failed = |why| format!("failed to make {}: {why}", directory.display());
    if directory.exists() {
        fs::remove_dir_all(&directory).map_err(failed)?;
    }
    fs::create_dir_all(&directory).map_err(failed)?;
    directory.canonicalize().map_err(failed)
}
