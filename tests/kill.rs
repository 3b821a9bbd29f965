//! forkcov is killed by SIGKILL at random moments: the lines that a program had logged by then are in the
//! data, and so are the directions of a branch that led to them.
//!
//! The program (`helpers/logs_lines.c`) logs a line after it ran, so what the log has must be in the hit
//! files. The kill takes the program with it. `FORKCOV_SEED=N` repeats a run; the seed is printed.

#[macro_use]
extern crate forkcov_testing;

use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::run::run;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

harness!();

const ROUNDS: u32 = 50;
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_kill_at_any_moment_loses_no_line_that_ran() {
    let seed = std::env::var("FORKCOV_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("FORKCOV_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let directory = tempfile::tempdir_in(paths::scratch()).unwrap();
    let program = directory.path().join("program");
    compile(&program);
    let mut logged = 0;
    for round in 1..=ROUNDS {
        let here = directory.path().join(round.to_string());
        fs::create_dir(&here).unwrap();
        let delay = Duration::from_micros(random.u64(1_000..400_000));
        // Every second time not even the program may have been started.
        let after = if round % 3 == 0 { "16" } else { "1" };
        let lines = kill_after(delay, round % 2 == 0, after, &program, &here);
        let is_recorded = || all_recorded(&lines, &here).and_then(|()| directions_recorded(&lines, &here));
        if let Err(why) = is_recorded() {
            panic!(
                "killed after {delay:?} in round {round} of seed {seed}, with {} lines logged: {why}",
                lines.len()
            );
        }
        logged += lines.len();
    }
    println!("{logged} lines logged before {ROUNDS} kills");
    assert!(logged > 1000, "only {logged} lines were logged: the kills came too early to show anything");
}

fn source() -> PathBuf {
    paths::repository().join("test-programs/helpers/logs_lines.c")
}

fn compile(program: &Path) {
    let mut compiler = needs::command("cc");
    let status = compiler.args(["-g", "-O0", "-pthread", "-o"]).arg(program).arg(source()).status().unwrap();
    assert!(status.success());
}

/// Runs the program under forkcov, kills forkcov, and gives the (PID, line) that had run by then. The delay
/// begins at once, or with the first line that is logged. Trampolines come `after` so many stops.
fn kill_after(
    delay: Duration,
    at_once: bool,
    after: &str,
    program: &Path,
    here: &Path,
) -> BTreeSet<(i64, u64)> {
    let mut command = Command::new(paths::forkcov());
    command
        .args(["run", "-q", "--branches", "--trampolines-after", after, "--"])
        .arg(program)
        .arg("log")
        .current_dir(here);
    let mut forkcov =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let log = here.join("log");
    let has_begun = || fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    while !at_once && !has_begun() && matches!(forkcov.try_wait(), Ok(None)) {
        sleep(Duration::from_millis(1));
    }
    sleep(delay);
    forkcov.kill().unwrap();
    forkcov.wait().unwrap();
    let read = || fs::read_to_string(&log).unwrap_or_default();
    let pids: BTreeSet<i32> =
        read().lines().map(|line| line.split_once(' ').unwrap().0.parse().unwrap()).collect();
    let end = Instant::now() + Duration::from_secs(10);
    while let Some(pid) = pids.iter().find(|pid| lives(**pid)) {
        if Instant::now() > end {
            let _already_gone = kill(Pid::from_raw(*pid), Signal::SIGKILL);
            panic!("process {pid} outlived forkcov");
        }
        sleep(Duration::from_millis(1));
    }
    read()
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(pid, n)| (pid.parse().unwrap(), n.parse().unwrap()))
        .collect()
}

/// A zombie does not: it is only waiting for its parent, or for init.
fn lives(pid: i32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z') && !line.contains('X'))
}

fn all_recorded(logged: &BTreeSet<(i64, u64)>, here: &Path) -> Result<(), String> {
    let forkcov = |arguments: &[&str]| {
        let mut command = Command::new(paths::forkcov());
        command.args(arguments).current_dir(here);
        run(command, None, LIMIT)
    };
    let combined = forkcov(&["combine"])?;
    if logged.is_empty() {
        // Killed before there was anything to combine, perhaps.
        return Ok(());
    }
    if !combined.status.success() {
        return Err(format!(
            "combine ended by {}: {}",
            combined.status,
            String::from_utf8_lossy(&combined.stderr)
        ));
    }
    let json = forkcov(&["json", "-o", "-"])?.stdout;
    let json: Value = serde_json::from_slice(&json).map_err(|why| format!("json: {why}"))?;
    let mut recorded = BTreeSet::new();
    for process in json["processes"].as_array().ok_or("no processes")? {
        let pid = process["pid"].as_i64().ok_or("no PID")?;
        let files = process["files"].as_object().ok_or("no files")?;
        let lines = files.values().filter_map(Value::as_array).flatten().filter_map(Value::as_u64);
        recorded.extend(lines.map(|line| (pid, line)));
    }
    let lost: Vec<_> = logged.difference(&recorded).collect();
    if lost.is_empty() { Ok(()) } else { Err(format!("{} lines lost, (PID, line): {lost:?}", lost.len())) }
}

/// The directions of the branch whose arms log themselves: that of an arm is recorded if its line is logged. A
/// process that was killed may have taken another one, whose line it could not log any more.
fn directions_recorded(logged: &BTreeSet<(i64, u64)>, here: &Path) -> Result<(), String> {
    let source = fs::read_to_string(source()).map_err(|why| why.to_string())?;
    let line = source.lines().position(|line| line == "    if (n % 2)").ok_or("no branch")? as u64 + 1;
    if logged.is_empty() {
        return Ok(());
    }
    let data = Connection::open(here.join("forkcov.data")).map_err(|why| why.to_string())?;
    let read = || {
        let mut query = data.prepare("SELECT pid, jump, way FROM branch_hit WHERE line = ?")?;
        let rows = query.query_map([line as i64], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<rusqlite::Result<BTreeSet<(i64, u64, u64)>>>()
    };
    let taken = read().map_err(|why| why.to_string())?;
    // The compiler jumps around the first arm.
    let arms = [(line + 1, 0), (line + 3, 1)];
    let expected = logged.iter().filter_map(|(pid, line)| {
        let (_, way) = arms.iter().find(|arm| arm.0 == *line)?;
        Some((*pid, 0, *way))
    });
    let lost: Vec<_> = expected.filter(|direction| !taken.contains(direction)).collect();
    if lost.is_empty() { Ok(()) } else { Err(format!("directions lost, (PID, jump, way): {lost:?}")) }
}
