//! The directives about whole processes: their number, the parent, the end and the command of each.

use crate::program::Program;
use crate::roles::Roles;
use crate::run::Outcome;
use nix::libc::SIGRTMIN;
use nix::sys::signal::Signal;
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;

/// The first process ends as the program says.
pub fn ends_as_it_says(program: &Program, outcome: &Outcome) -> Result<(), String> {
    let expected = match (program.first("exit"), program.first("signal")) {
        (_, Some(signal)) => (None, Some(number(signal)?)),
        (code, None) => (Some(code.unwrap_or("0").parse().map_err(|why| format!("exit: {why}"))?), None),
    };
    if ending(outcome) == expected {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&outcome.stderr);
    Err(format!("it ended by {}, and its directives say {expected:?}\n{stderr}", outcome.status))
}

/// Exit status or signal, without what the kernel adds about a core dump.
pub fn ending(outcome: &Outcome) -> (Option<i32>, Option<i32>) {
    (outcome.status.code(), outcome.status.signal())
}

/// Checks the report's processes against the directives.
pub fn check(program: &Program, roles: &Roles, processes: &[Value]) -> Result<(), String> {
    let pids: BTreeSet<i64> = processes.iter().filter_map(|process| process["pid"].as_i64()).collect();
    if let Some(stranger) = roles.every_pid().find(|pid| !pids.contains(&i64::from(*pid))) {
        return Err(format!("the report lacks process {stranger} ({})", roles.of(stranger)));
    }
    if let Some(count) = program.first("processes")
        && count != processes.len().to_string()
    {
        let known: Vec<String> = processes.iter().map(|process| summary(process, roles)).collect();
        return Err(format!("{} processes instead of {count}:\n{}", processes.len(), known.join("\n")));
    }
    for edge in program.values("tree").flat_map(|tree| tree.split(", ")) {
        let (parent, child) = edge.split_once(" > ").ok_or_else(|| format!("not a tree: {edge}"))?;
        let parents = roles.pids(&[parent.to_string()]);
        let born_there = |process: &Value| parents.iter().any(|pid| process["parent"] == *pid);
        every(processes, roles, child, &format!("is not a child of {parent}"), born_there)?;
    }
    for end in program.values("ends") {
        let (role, end) = end.split_once(" = ").ok_or_else(|| format!("not an end: {end}"))?;
        let ended = |process: &Value| match end.parse::<i64>() {
            Ok(code) => process["exit"]["code"] == code,
            Err(_) => process["exit"]["signal"] == end,
        };
        every(processes, roles, role, &format!("did not end by {end}"), ended)?;
    }
    for command in program.values("command") {
        let (role, command) = command.split_once(" = ").ok_or_else(|| format!("not a command: {command}"))?;
        let argv: Vec<&str> = match command.split_once('|') {
            Some(_) => command.split('|').collect(),
            None => command.split(' ').collect(),
        };
        every(processes, roles, role, &format!("did not run {argv:?}"), |process| {
            process["command"] == Value::from(argv.clone())
        })?;
    }
    Ok(())
}

fn every(
    processes: &[Value],
    roles: &Roles,
    role: &str,
    wrong: &str,
    right: impl Fn(&Value) -> bool,
) -> Result<(), String> {
    let of_role = roles.pids(&[role.to_string()]);
    if of_role.is_empty() {
        return Err(format!("no process has the role {role}"));
    }
    let mut members = processes.iter().filter(|process| of_role.iter().any(|pid| process["pid"] == *pid));
    match members.find(|process| !right(process)) {
        Some(process) => Err(format!("{role} {wrong}: {}", summary(process, roles))),
        None => Ok(()),
    }
}

fn summary(process: &Value, roles: &Roles) -> String {
    let role = process["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()).map(|pid| roles.of(pid));
    format!(
        "{} ({}), parent {}, exit {}, command {}",
        process["pid"],
        role.unwrap_or_default(),
        process["parent"],
        process["exit"],
        process["command"]
    )
}

fn number(signal: &str) -> Result<i32, String> {
    if let Some(offset) = signal.strip_prefix("SIGRTMIN+") {
        return offset
            .parse::<i32>()
            .map(|offset| SIGRTMIN() + offset)
            .map_err(|why| format!("{signal}: {why}"));
    }
    signal.parse::<Signal>().map(|signal| signal as i32).map_err(|why| format!("{signal}: {why}"))
}
