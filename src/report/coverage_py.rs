//! `forkcov coverage-py`: a data file of coverage.py (its schema 7) with the sources of a view that
//! coverage.py can report.
//!
//! Every process is a context, or each of its own contexts is: `coverage html --show-contexts` shows which
//! tests and which processes ran a line. Sources that no process ran are included. All functions want a view
//! with hits by [`Pair`](crate::data::view::HitsBy::Pair).

use super::process_row::description;
use crate::data::view::{Branch, Process, SourceFile, View};
use crate::data::{Error, put_whole};
use crate::numbers::NumberSet;
use crate::quote;
use crate::runtime::{self, Runtime};
use hashbrown::{HashMap, HashSet};
use rusqlite::{Connection, params};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The tables of coverage.py that have lines and arcs (its documentation, "Database schema").
const SCHEMA: &str = "
    CREATE TABLE coverage_schema (version integer);
    CREATE TABLE meta (key text, value text, unique (key));
    CREATE TABLE file (id integer primary key, path text, unique (path));
    CREATE TABLE context (id integer primary key, context text, unique (context));
    CREATE TABLE line_bits (
        file_id integer references file (id), context_id integer references context (id), numbits blob,
        unique (file_id, context_id));
    CREATE TABLE arc (
        file_id integer references file (id), context_id integer references context (id),
        fromno integer, tono integer, unique (file_id, context_id, fromno, tono));
    CREATE TABLE tracer (file_id integer primary key references file (id), tracer text);
    INSERT INTO coverage_schema VALUES (7);
";

/// The sources of a view that coverage.py can report.
pub fn sources(view: &View) -> impl Iterator<Item = &SourceFile> {
    let runtime = |file: &SourceFile| runtime::by_name(file.runtime.as_deref()?);
    view.files.iter().filter(move |file| runtime(file).is_some_and(Runtime::is_reported_by_coverage_py))
}

/// Writes all processes into the file `path`.
///
/// # Errors
/// When it cannot be written; what was there before is then as it was.
pub fn write(view: &View, path: &Path) -> Result<(), Error> {
    write_of(view, &contexts(view), path, |_| true)
}

/// Writes each process that ran a line into a file of its own, beside `path` and with its name at the
/// beginning, as `coverage combine` looks for them. Gives the number of files.
///
/// # Errors
/// When one cannot be written.
pub fn write_each(view: &View, path: &Path) -> Result<usize, Error> {
    let mut ran = vec![false; view.processes.len()];
    let process_of = |pair: usize| view.pairs[pair].0;
    sources(view).flat_map(|file| &file.hits).for_each(|(pair, _)| ran[process_of(*pair)] = true);
    let processes = view.processes.iter().enumerate().filter(|(index, _)| ran[*index]);
    let names = contexts(view);
    let mut count = 0;
    for (index, process) in processes {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.{}.{}", process.host.replace('/', "_"), process.pid, index));
        write_of(view, &names, &PathBuf::from(name), |pair| process_of(pair) == index)?;
        count += 1;
    }
    Ok(count)
}

fn write_of(
    view: &View,
    names: &[String],
    path: &Path,
    is_wanted: impl Fn(usize) -> bool,
) -> Result<(), Error> {
    // SQLite opens it by its name, so it is where no other user can replace it.
    put_whole(path, |file| {
        fill(&file.path(), view, names, is_wanted)
            .map_err(|source| Error::Database { path: path.to_owned(), source })
    })
}

fn fill(
    path: &Path,
    view: &View,
    names: &[String],
    is_wanted: impl Fn(usize) -> bool,
) -> rusqlite::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    let version = concat!("forkcov ", env!("CARGO_PKG_VERSION"));
    transaction.execute("INSERT INTO meta VALUES ('version', ?)", [version])?;
    transaction
        .execute("INSERT INTO meta VALUES ('has_arcs', ?)", [u32::from(view.has_branches).to_string()])?;
    {
        let mut add_context = transaction.prepare("INSERT INTO context VALUES (?, ?)")?;
        for (pair, name) in names.iter().enumerate().filter(|(pair, _)| is_wanted(*pair)) {
            add_context.execute(params![pair, name])?;
        }
        let mut add_file = transaction.prepare("INSERT INTO file (path) VALUES (?)")?;
        let mut add_arc = transaction.prepare("INSERT OR IGNORE INTO arc VALUES (?, ?, ?, ?)")?;
        let mut add_lines = transaction.prepare("INSERT INTO line_bits VALUES (?, ?, ?)")?;
        for file in sources(view) {
            let id = add_file.insert([quote::json::name(file.path.as_os_str().as_bytes())])?;
            for (pair, lines) in file.hits.iter().filter(|(pair, _)| is_wanted(*pair)) {
                if !view.has_branches {
                    add_lines.execute(params![id, pair, lines.to_numbits()])?;
                    continue;
                }
                for (from, to) in arcs(file, *pair, lines) {
                    add_arc.execute(params![id, pair, from, to])?;
                }
            }
        }
    }
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)
}

/// The arcs of a pair. With arcs, coverage.py takes the lines that ran from them: a line that is at no end
/// of a branch gets one from outside of the source, which is no branch.
fn arcs(file: &SourceFile, pair: usize, lines: &NumberSet) -> Vec<(i64, i64)> {
    const OUTSIDE: i64 = -1;
    let taken = file.taken.binary_search_by_key(&pair, |taken| taken.0).ok();
    let taken = taken.map(|index| &file.taken[index].1);
    let is_taken = |branch: &&Branch| taken.is_some_and(|taken| taken.contains(branch.ordinal));
    let mut arcs: Vec<(i64, i64)> =
        file.branches.iter().filter(is_taken).map(|branch| (branch.line.into(), branch.way)).collect();
    let ends: HashSet<i64> = arcs.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let others = lines.iter().map(i64::from).filter(|line| !ends.contains(line));
    arcs.extend(others.map(|line| (OUTSIDE, line)));
    arcs
}

/// A name for each pair, `41291 fork`, after its context (as of a test) and the label of its run:
/// `test_login|nightly|41291 fork`, as coverage.py joins contexts. Where two processes have the same name,
/// the later one also has its number.
fn contexts(view: &View) -> Vec<String> {
    let mut uses: HashMap<String, usize> = HashMap::new();
    let name = |(index, process): (usize, &Process)| {
        let label =
            process.label.as_ref().map(|label| format!("{}|", quote::text(label))).unwrap_or_default();
        let name = format!("{label}{} {}", process.pid, description(process));
        let times = uses.entry(name.clone()).or_default();
        *times += 1;
        if *times == 1 { name } else { format!("{name} ({index})") }
    };
    let processes: Vec<String> = view.processes.iter().enumerate().map(name).collect();
    let of_pair = |&(process, context): &(usize, Option<usize>)| match context {
        Some(context) => format!("{}|{}", quote::text(&view.contexts[context]), processes[process]),
        None => processes[process].clone(),
    };
    view.pairs.iter().map(of_pair).collect()
}
