//! The directions of branches that forkcov reports, compared with what the program has logged.
//!
//! Both arms of each `if` by which a task draws begin with a line that logs itself. At `-O0` such an `if` is
//! one jump: a process has taken the direction of an arm if and only if it has logged that line. Which
//! direction leads to which arm is the compiler's choice, and the same in all processes.

use crate::check::Run;
use crate::print::Source;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The directions of jumps, by process, file and line: the number of the jump, and the way.
type Directions = BTreeMap<(i32, String, u32), BTreeSet<(u32, u32)>>;

/// An `if`: its line, and the first lines of its arms.
struct If {
    line: u32,
    arms: [u32; 2],
}

/// Each process has taken the directions that its lines say, in the run whose data file is in `directory`.
pub fn check(sources: &[Source], directory: &Path, run: &Run) -> Result<(), String> {
    let taken = read(&directory.join("forkcov.data")).map_err(|why| format!("branches: {why}"))?;
    for source in sources {
        for found in ifs(source)? {
            let ways = |pid: i32| taken.get(&(pid, source.name.clone(), found.line));
            let of_process = |pid: i32| {
                let logged = run.lines_of(pid, source);
                let arms = found.arms.map(|arm| logged.contains(&arm));
                let ways: BTreeSet<(u32, u32)> = ways(pid).cloned().unwrap_or_default();
                (pid, arms, ways)
            };
            let processes: Vec<_> = run.roles.every_pid().map(of_process).collect();
            let agrees = |first: u32| {
                processes.iter().all(|(_, arms, ways)| {
                    let expected = [(first, arms[0]), (1 - first, arms[1])].into_iter();
                    let expected = expected.filter(|(_, is_logged)| *is_logged).map(|(way, _)| (0, way));
                    *ways == expected.collect()
                })
            };
            if !agrees(0) && !agrees(1) {
                let (line, text) = (found.line, source.line(found.line));
                let rows = processes.iter().map(|(pid, arms, ways)| {
                    format!("\n  {}: arms {arms:?}, (jump, way) {ways:?}", run.roles.of(*pid))
                });
                return Err(format!(
                    "directions of {}:{line}: {text}{}",
                    source.name,
                    rows.collect::<String>()
                ));
            }
        }
    }
    Ok(())
}

fn read(data_file: &Path) -> rusqlite::Result<Directions> {
    let data = Connection::open(data_file)?;
    let mut query = data.prepare("SELECT pid, path, line, jump, way FROM branch_hit")?;
    let mut directions = Directions::new();
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let path: String = row.get(1)?;
        let name = path.rsplit('/').next().unwrap_or_default().to_string();
        directions.entry((row.get(0)?, name, row.get(2)?)).or_default().insert((row.get(3)?, row.get(4)?));
    }
    Ok(directions)
}

fn ifs(source: &Source) -> Result<Vec<If>, String> {
    let indent = |text: &str| text.len() - text.trim_start().len();
    let mut ifs = Vec::new();
    for (line, text) in (1..).zip(&source.lines) {
        if !text.trim_start().starts_with("L; if (draw(me, ") {
            continue;
        }
        let behind = (line + 1..).zip(&source.lines[line as usize..]);
        let other = behind.into_iter().find(|(_, other)| indent(other) == indent(text));
        match other {
            Some((other, text)) if text.trim() == "} else {" => {
                ifs.push(If { line, arms: [line + 1, other + 1] });
            }
            _ => return Err(format!("{}:{line} has no second arm", source.name)),
        }
    }
    Ok(ifs)
}
