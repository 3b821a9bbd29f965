//! The marks in the source of a test program, and their comparison with what was recorded.
//!
//! | mark at the end of a line | says |
//! |---|---|
//! | `// hit: A, B` | hit by every process with role A or B, and by no other |
//! | `// miss` | executable, hit by none |
//! | `// none` | not executable |
//!
//! A language with other comments has its marks in those: `! hit: A`, `-- miss`.

use crate::language::Language;
use crate::report::{Lines, Recorded};
use crate::roles::Roles;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug, PartialEq)]
enum Mark {
    Hit(Vec<String>),
    Miss,
    NotExecutable,
}

/// Checks every mark of `sources`, and gives the disagreements with the sources around them.
pub fn check(sources: &[PathBuf], roles: &Roles, recorded: &Recorded) -> Result<(), String> {
    let mut complaints = String::new();
    for source in sources {
        let text = fs::read_to_string(source)
            .map_err(|why| format!("failed to read {}: {why}", source.display()))?;
        let comment = Language::of(source).comment;
        let mut wrong = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(why) =
                mark(line, comment).and_then(|mark| disagreement(&mark, source, number, roles, recorded))
            {
                wrong.insert(number, why);
            }
        }
        if !wrong.is_empty() {
            complaints += &listing(source, &text, &wrong, roles, recorded);
        }
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

fn mark(line: &str, comment: &str) -> Option<Mark> {
    let (_, mark) = line.rsplit_once(comment)?;
    match mark.strip_prefix(' ')?.trim_end() {
        "miss" => Some(Mark::Miss),
        "none" => Some(Mark::NotExecutable),
        mark => {
            mark.strip_prefix("hit: ").map(|roles| Mark::Hit(roles.split(", ").map(str::to_string).collect()))
        }
    }
}

fn disagreement(mark: &Mark, file: &Path, line: u32, roles: &Roles, recorded: &Recorded) -> Option<String> {
    let has = |lines: &Lines| lines.get(file).is_some_and(|lines| lines.contains(&line));
    if has(&recorded.executable) == (*mark == Mark::NotExecutable) {
        return Some(
            if *mark == Mark::NotExecutable { "is executable" } else { "is not executable" }.to_string(),
        );
    }
    let expected = match mark {
        Mark::Hit(names) => {
            // Helpers and libraries serve several programs; not every one of them makes all of their roles.
            let shared = |parent: &Path| parent.ends_with("helpers") || parent.ends_with("libraries");
            let helper = file.parent().is_some_and(shared);
            let nobody = names.iter().find(|name| roles.pids(&[(*name).clone()]).is_empty());
            if let Some(nobody) = nobody.filter(|_| !helper) {
                return Some(format!("no process has the role {nobody}"));
            }
            roles.pids(names)
        }
        Mark::Miss | Mark::NotExecutable => BTreeSet::new(),
    };
    let actual: BTreeSet<i32> =
        recorded.hits.iter().filter(|(_, lines)| has(lines)).map(|(pid, _)| *pid).collect();
    let missed = names(expected.difference(&actual), roles);
    let extra = names(actual.difference(&expected), roles);
    match (missed.is_empty(), extra.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("not hit by {missed}")),
        (true, false) => Some(format!("hit by {extra}")),
        (false, false) => Some(format!("not hit by {missed}, but by {extra}")),
    }
}

/// The roles of some processes, each with how many there are.
fn names<'a>(pids: impl Iterator<Item = &'a i32>, roles: &Roles) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for pid in pids {
        let role =
            Some(roles.of(*pid)).filter(|role| !role.is_empty()).unwrap_or("a process without a role".into());
        *counts.entry(role).or_default() += 1;
    }
    let with_count =
        |(role, count): (String, usize)| if count == 1 { role } else { format!("{role} ({count} times)") };
    counts.into_iter().map(with_count).collect::<Vec<_>>().join("; ")
}

/// The source with a column of ticks per role: `x` hit by all of the role, `~` by some, `.` by none, blank:
/// not executable.
fn listing(
    file: &Path,
    text: &str,
    wrong: &BTreeMap<u32, String>,
    roles: &Roles,
    recorded: &Recorded,
) -> String {
    let mut groups: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for pid in recorded.hits.keys() {
        groups.entry(roles.of(*pid)).or_default().push(*pid);
    }
    let mut out = format!("\n{}: {} lines disagree with their marks\n", file.display(), wrong.len());
    for (column, (role, pids)) in groups.iter().enumerate() {
        let role = if role.is_empty() { "without a role" } else { role };
        writeln!(out, "{}column {}: {role} ({} of them)", " ".repeat(8), column + 1, pids.len()).unwrap();
    }
    let has = |lines: &Lines, line| lines.get(file).is_some_and(|lines| lines.contains(&line));
    for (number, line) in (1..).zip(text.lines()) {
        let ticks: String = groups
            .values()
            .map(|pids| match pids.iter().filter(|pid| has(&recorded.hits[pid], number)).count() {
                count if count == pids.len() => 'x',
                0 if has(&recorded.executable, number) => '.',
                0 => ' ',
                _ => '~',
            })
            .collect();
        writeln!(out, "{number:>5} {ticks} {line}").unwrap();
        if let Some(why) = wrong.get(&number) {
            writeln!(out, "      {} ^ {why}", "!".repeat(ticks.len())).unwrap();
        }
    }
    out
}
