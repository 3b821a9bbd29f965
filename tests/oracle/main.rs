//! An independent, slow oracle: steps every test program one instruction at a time.
//!
//! What the stepper records must agree with the marks in the sources, and what forkcov records must equal it,
//! line for line and process for process. Sites come from `readelf`, hits from `PTRACE_SINGLESTEP`: neither
//! uses forkcov's code. If the stepper disagrees with the marks, the marks are wrong; if only forkcov
//! disagrees, forkcov is.

mod branches;
mod disassembly;
mod image;
mod kernel;
mod line_table;
mod stepper;
mod switches;
mod ways;

use crate::branches::Direction;
use crate::stepper::Stepped;
use forkcov_testing::program::{self, Program};
use forkcov_testing::report::{self, Lines, Recorded};
use forkcov_testing::roles::Roles;
use forkcov_testing::{build, marks, needs, traced, trials};
use rusqlite::{Connection, OpenFlags, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
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
    if let Some(pid) = roles.every_pid().find(|pid| !stepped.recorded.hits.contains_key(pid)) {
        return Err(format!("the stepper lost process {pid} ({})", roles.of(pid)));
    }
    marks::check(&program.marked_sources(), &roles, &stepped.recorded)
        .map_err(|why| format!("stepped, the program disagrees with its marks: {why}"))?;
    let truth = by_role(&stepped.recorded, &roles);
    let branches = branches_by_role(stepped.branches, &roles);

    for options in RUNS {
        traced::run_traced(options, program, &directory)?;
        let report = report::read(&directory)?;
        let roles = Roles::read(&directory.join("roles"))?;
        let found = by_role(&report.recorded, &roles);
        let (count, expected) = (report.processes.len(), stepped.recorded.hits.len());
        if count != expected {
            return Err(format!("{options:?}: forkcov has {count} processes, the stepper {expected}"));
        }
        if truth != found {
            return Err(format!("{options:?}: {}", differences(&truth, &found)));
        }
        if options.contains(&"--branches") {
            let (taken, all) = branches_of(&directory.join("forkcov.data")).map_err(|why| why.to_string())?;
            if all != stepped.all_branches {
                let [only_here, only_there] = [(&all, &stepped.all_branches), (&stepped.all_branches, &all)]
                    .map(|(these, those)| these.difference(those).collect::<Vec<_>>());
                return Err(format!(
                    "branches: only of forkcov {only_here:?}, only of objdump {only_there:?}"
                ));
            }
            let found = branches_by_role(taken, &roles);
            if branches != found && program.first("timed-branches").is_none() {
                return Err(format!("{options:?}: branches: {}", differences(&branches, &found)));
            }
        }
    }
    Ok(())
}

/// The options of forkcov's runs.
const RUNS: [&[&str]; 3] = [
    &["--trampolines-after", "1"],
    &["--branches", "--trampolines-after", "0"],
    &["--branches", "--trampolines-after", "1"],
];

type Taken = BTreeMap<i32, BTreeSet<Direction>>;

/// The directions of branches in a data file: those that each process took, and all; of the test programs'
/// sources.
fn branches_of(data_file: &Path) -> rusqlite::Result<(Taken, BTreeSet<Direction>)> {
    let data = Connection::open_with_flags(data_file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let direction = |row: &Row, first: usize| -> rusqlite::Result<Direction> {
        let path: String = row.get(first)?;
        Ok((path.into(), row.get(first + 1)?, row.get(first + 2)?, row.get(first + 3)?))
    };
    let is_ours = |direction: &Direction| direction.0.starts_with(program::directory());
    let mut all =
        data.prepare("SELECT path, line, jump, way FROM branch JOIN file ON file.id = branch.file")?;
    let all = all.query_map([], |row| direction(row, 0))?.collect::<rusqlite::Result<BTreeSet<_>>>()?;
    let mut hits = data.prepare("SELECT pid, path, line, jump, way FROM branch_hit")?;
    let mut taken = Taken::new();
    for row in hits.query_map([], |row| Ok((row.get(0)?, direction(row, 1)?)))? {
        let (pid, direction) = row?;
        if is_ours(&direction) {
            taken.entry(pid).or_default().insert(direction);
        }
    }
    Ok((taken, all.into_iter().filter(is_ours).collect()))
}

fn branches_by_role(taken: Taken, roles: &Roles) -> BTreeMap<String, Vec<BTreeSet<Direction>>> {
    let mut by_role: BTreeMap<String, Vec<BTreeSet<Direction>>> = BTreeMap::new();
    for (pid, directions) in taken {
        by_role.entry(roles.of(pid)).or_default().push(directions);
    }
    by_role.values_mut().for_each(|processes| processes.sort());
    by_role
}

fn step(program: &Program, directory: &Path) -> Result<Stepped, String> {
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

fn differences<T: Debug + PartialEq>(
    truth: &BTreeMap<String, Vec<T>>,
    found: &BTreeMap<String, Vec<T>>,
) -> String {
    let mut text = String::from("forkcov disagrees with the stepper:\n");
    for role in truth.keys().chain(found.keys().filter(|role| !truth.contains_key(*role))) {
        let (truth, found) = (truth.get(role), found.get(role));
        if truth != found {
            text += &format!("role {role:?}\n  stepper: {truth:?}\n  forkcov: {found:?}\n");
        }
    }
    text
}
