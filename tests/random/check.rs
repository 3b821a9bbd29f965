//! Compares a run with one without forkcov, and with what forkcov reports about it.

use crate::log::{Log, Place};
use crate::paths;
use crate::print::Source;
use forkcov_testing::report::Recorded;
use forkcov_testing::roles::Roles;
use forkcov_testing::run::Outcome;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The greatest number of differences that are reported.
const TOLD: usize = 20;

/// What is known of a run without forkcov's word.
#[derive(Debug)]
pub struct Run {
    /// How it ended, and what it wrote.
    pub outcome: Outcome,
    /// The paths of its processes.
    pub roles: Roles,
    /// The lines that ran.
    pub log: Log,
}

impl Run {
    /// The lines of a source that a process ran.
    pub fn lines_of(&self, pid: i32, source: &Source) -> BTreeSet<u32> {
        let places = self.log.get(&pid).into_iter().flatten();
        places.filter(|place| place.0 == source.number).map(|place| place.1).collect()
    }

    /// What each process ran, but of those of which there may be any number.
    fn lines_by_path(&self) -> BTreeMap<String, &BTreeSet<Place>> {
        let by_path = self.log.iter().map(|(pid, lines)| (self.roles.of(*pid), lines));
        by_path.filter(|(path, _)| !paths::is_of_storm(path)).collect()
    }

    /// Its notes, sorted, but those of processes of which there may be any number.
    fn notes(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.outcome.stdout);
        let mut notes: Vec<String> =
            text.lines().filter(|line| !paths::is_of_storm(line)).map(str::to_string).collect();
        notes.sort();
        notes
    }
}

/// The run under forkcov was as the bare one.
pub fn undisturbed(bare: &Run, traced: &Run) -> Result<(), String> {
    let stderr = |run: &Run| String::from_utf8_lossy(&run.outcome.stderr).into_owned();
    if !bare.outcome.stderr.is_empty() || !traced.outcome.stderr.is_empty() {
        return Err(format!("stderr\nbare:\n{}\nunder forkcov:\n{}", stderr(bare), stderr(traced)));
    }
    if bare.outcome.status != traced.outcome.status {
        return Err(format!("bare: {}, under forkcov: {}", bare.outcome.status, traced.outcome.status));
    }
    let (before, after) = (bare.notes(), traced.notes());
    if before != after {
        return Err(differences("notes", &before.into_iter().collect(), &after.into_iter().collect()));
    }
    let flat = |run: &Run| -> BTreeSet<(String, Place)> {
        let by_path = run.lines_by_path();
        by_path.iter().flat_map(|(path, lines)| lines.iter().map(|line| (path.clone(), *line))).collect()
    };
    let (before, after) = (flat(bare), flat(traced));
    if before == after { Ok(()) } else { Err(differences("lines that ran", &before, &after)) }
}

fn differences<T: Ord + std::fmt::Debug>(what: &str, bare: &BTreeSet<T>, traced: &BTreeSet<T>) -> String {
    let only = |these: &BTreeSet<T>, others: &BTreeSet<T>| {
        these.difference(others).take(TOLD).map(|one| format!("\n  {one:?}")).collect::<String>()
    };
    format!("{what}\nonly bare:{}\nonly under forkcov:{}", only(bare, traced), only(traced, bare))
}

/// forkcov knows each process, whose child it is, and how it ended.
pub fn processes(run: &Run, processes: &[Value]) -> Result<(), String> {
    let known: BTreeMap<i64, &Value> =
        processes.iter().filter_map(|process| Some((process["pid"].as_i64()?, process))).collect();
    let real: BTreeSet<i64> = run.roles.every_pid().map(i64::from).collect();
    if known.len() != processes.len() || !known.keys().eq(&real) {
        let strange: Vec<_> = known.keys().filter(|pid| !real.contains(pid)).collect();
        let lost: Vec<_> = real.iter().filter(|pid| !known.contains_key(pid)).collect();
        return Err(format!("processes: forkcov lacks {lost:?}, and has {strange:?} beside"));
    }
    let endings = endings(run)?;
    for (pid, process) in &known {
        let path = i32::try_from(*pid).ok().and_then(|pid| paths::of(&run.roles, pid));
        let path = path.ok_or_else(|| format!("process {pid} has no path"))?;
        let parents = paths::parent(&path).map(|parent| run.roles.pids(&[parent.to_string()]));
        let parents: Vec<i32> = parents.into_iter().flatten().collect();
        if parents.len() != usize::from(path != "r") {
            return Err(format!("{path} has {} parents", parents.len()));
        }
        // A child whose parent died before the birth was reported is attributed to a process that may be its
        // parent.
        let is_guess =
            paths::is_made_in_storm(&path) && known.contains_key(&process["parent"].as_i64().unwrap_or(0));
        if !is_guess && process["parent"] != parents.first().map_or(Value::Null, |pid| Value::from(*pid)) {
            return Err(format!("the parent of {path} is {parents:?}, and forkcov says {process}"));
        }
        if let Some(end) = endings.get(&path)
            && process["exit"] != *end
        {
            return Err(format!("{path} ended by {end}, and forkcov says {process}"));
        }
    }
    Ok(())
}

/// How processes ended, as their parents noted.
fn endings(run: &Run) -> Result<BTreeMap<String, Value>, String> {
    let mut endings = BTreeMap::new();
    for note in String::from_utf8_lossy(&run.outcome.stdout).lines() {
        let not = || format!("not a note: {note}");
        let (path, rest) = note.split_once(' ').ok_or_else(not)?;
        let (what, number) = rest.rsplit_once(' ').ok_or_else(not)?;
        let number: i64 = number.parse().map_err(|_| not())?;
        let end = match what {
            "exited with" => serde_json::json!({ "code": number }),
            "killed by" => serde_json::json!({ "signal": signal_name(number as i32) }),
            _ => continue,
        };
        endings.insert(path.to_string(), end);
    }
    Ok(endings)
}

fn signal_name(number: i32) -> String {
    use nix::sys::signal::Signal;
    Signal::try_from(number)
        .map_or_else(|_| format!("SIGRTMIN+{}", number - nix::libc::SIGRTMIN()), |signal| signal.to_string())
}

/// The lines that forkcov has of each process are those that it logged. `always` are the files of objects
/// that every run maps.
pub fn lines(
    sources: &[Source],
    always: &[u32],
    directory: &Path,
    run: &Run,
    recorded: &Recorded,
) -> Result<(), String> {
    let mut wrong = Vec::new();
    for source in sources {
        let path = directory.join(&source.name);
        let executable = recorded.executable.get(&path).cloned().unwrap_or_default();
        let ran = run.log.values().flatten().any(|place| place.0 == source.number);
        if ran || always.contains(&source.number) {
            let missing = source.logged.difference(&executable);
            wrong.extend(missing.map(|line| format!("{} is not executable", quoted(source, *line))));
        }
        for pid in run.roles.every_pid() {
            let who = format!("{} (process {pid})", run.roles.of(pid));
            let logged = run.lines_of(pid, source);
            let hits =
                recorded.hits.get(&pid).and_then(|files| files.get(&path)).cloned().unwrap_or_default();
            let judged: BTreeSet<u32> = hits.intersection(&source.logged).copied().collect();
            wrong.extend(
                logged.difference(&judged).map(|line| format!("not hit by {who}: {}", quoted(source, *line))),
            );
            wrong.extend(
                judged.difference(&logged).map(|line| format!("hit by {who}: {}", quoted(source, *line))),
            );
            for function in &source.functions {
                let of_function = |lines: &BTreeSet<u32>| lines.range(function.clone()).next().copied();
                if let (None, Some(line)) = (of_function(&logged), of_function(&hits)) {
                    wrong.push(format!("a function that {who} did not enter: {}", quoted(source, line)));
                }
            }
        }
    }
    let ours =
        |file: &&std::path::PathBuf| sources.iter().any(|source| **file == directory.join(&source.name));
    wrong.extend(
        recorded
            .executable
            .keys()
            .filter(|file| !ours(file))
            .map(|file| format!("{} is in the report", file.display())),
    );
    if wrong.is_empty() {
        return Ok(());
    }
    let count = wrong.len();
    wrong.truncate(TOLD);
    Err(format!("{count} differences\n  {}", wrong.join("\n  ")))
}

fn quoted(source: &Source, line: u32) -> String {
    format!("{}:{line}: {}", source.name, source.line(line))
}
