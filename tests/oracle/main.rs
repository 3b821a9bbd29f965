//! An independent, slow oracle: steps every test program one instruction at a time.
//!
//! What the stepper records must agree with the marks in the sources, and what forkcov records must equal it,
//! line for line and process for process. Sites come from `readelf`, hits from `PTRACE_SINGLESTEP`: neither
//! uses forkcov's code. If the stepper disagrees with the marks, the marks are wrong; if only forkcov
//! disagrees, forkcov is.

mod image;
mod kernel;
mod line_table;
mod stepper;
mod ways;

use forkcov_testing::program::{self, Program};
use forkcov_testing::report::{self, Lines, Recorded};
use forkcov_testing::roles::Roles;
use forkcov_testing::{build, marks, needs, traced, trials};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::ExitCode;
use std::thread;

fn main() -> ExitCode {
    trials::run("no-oracle", agrees)
}

/// Compiles the program, steps it, runs it under forkcov, and compares all three: marks, stepper, forkcov.
fn agrees(program: &Program) -> Result<(), String> {
    needs::require(needs::tool("readelf"));
    let directory = build::build(program, "oracle")?;
    // A thread of its own: its tracees die with it, and it waits for no other thread's children.
    let stepped = thread::scope(|scope| scope.spawn(|| step(program, &directory)).join())
        .unwrap_or_else(|_| Err("the stepper panicked".to_string()))?;
    let roles = Roles::read(&directory.join("roles"))?;
    if let Some(pid) = roles.every_pid().find(|pid| !stepped.hits.contains_key(pid)) {
        return Err(format!("the stepper lost process {pid} ({})", roles.of(pid)));
    }
    marks::check(&program.marked_sources(), &roles, &stepped)
        .map_err(|why| format!("stepped, the program disagrees with its marks: {why}"))?;
    let truth = by_role(&stepped, &roles);

    traced::run_traced(&["--trampolines-after", "1"], program, &directory)?;
    let report = report::read(&directory)?;
    let found = by_role(&report.recorded, &Roles::read(&directory.join("roles"))?);
    let (count, expected) = (report.processes.len(), stepped.hits.len());
    if count != expected {
        return Err(format!("forkcov has {count} processes, the stepper {expected}"));
    }
    if truth == found { Ok(()) } else { Err(differences(&truth, &found)) }
}

fn step(program: &Program, directory: &Path) -> Result<Recorded, String> {
    let roles = directory.join("roles");
    let open = |path: &Path, write: bool| {
        let opened = File::options().read(!write).append(write).create(write).open(path);
        opened.map_err(|why| format!("failed to open {}: {why}", path.display()))
    };
    let input = directory.join("input");
    fs::write(&input, program.stdin().unwrap_or_default())
        .map_err(|why| format!("{}: {why}", input.display()))?;
    let (stdin, output) = (open(&input, false)?, open(&directory.join("output"), true)?);
    let environment = std::env::vars().filter(|(key, _)| key != "RUST_BACKTRACE");
    let environment = environment.map(|(key, value)| format!("{key}={value}"));
    let ours = ["LD_BIND_NOW=1".into(), "RUST_BACKTRACE=0".into(), format!("ROLES={}", roles.display())];
    let argv: Vec<String> = [program.executable()].into_iter().chain(program.args()).collect();
    let start = kernel::Start {
        argv: &argv,
        environment: environment.chain(ours).collect(),
        directory: &directory.to_string_lossy(),
        stdin: stdin.as_raw_fd(),
        output: output.as_raw_fd(),
    };
    let libraries = !program.libraries().is_empty();
    stepper::step(&start, &program::directory(), libraries, program.first("step-from"))
}

/// What the processes of each role hit of the test programs' sources, in an order that does not depend on
/// PIDs.
fn by_role(recorded: &Recorded, roles: &Roles) -> BTreeMap<String, Vec<Lines>> {
    let mut by_role: BTreeMap<String, Vec<Lines>> = BTreeMap::new();
    for (pid, lines) in &recorded.hits {
        let lines =
            lines.iter().filter(|(file, lines)| file.starts_with(program::directory()) && !lines.is_empty());
        by_role.entry(roles.of(*pid)).or_default().push(lines.map(|(f, l)| (f.clone(), l.clone())).collect());
    }
    by_role.values_mut().for_each(|processes| processes.sort());
    by_role
}

fn differences(truth: &BTreeMap<String, Vec<Lines>>, found: &BTreeMap<String, Vec<Lines>>) -> String {
    let mut text = String::from("forkcov disagrees with the stepper:\n");
    for role in truth.keys().chain(found.keys().filter(|role| !truth.contains_key(*role))) {
        let (truth, found) = (truth.get(role), found.get(role));
        if truth != found {
            text += &format!("role {role:?}\n  stepper: {truth:?}\n  forkcov: {found:?}\n");
        }
    }
    text
}
