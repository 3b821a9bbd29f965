//! Loading a view.

use super::super::SourceSnapshot;
use super::super::data_file::rows;
use super::super::data_file::store::Rewrite;
use super::super::object_table::UNIMPORTED;
use super::pairs::count_owners;
use super::{Branch, Filter, Function, HitsBy, Process, ProcessFilter, SourceFile, SourceState, View};
use crate::byte_text;
use crate::numbers::NumberSet;
use hashbrown::{HashMap, HashSet};
use rusqlite::{Connection, Result};
use std::path::PathBuf;
use std::rc::Rc;

pub(super) fn load(connection: &Connection, filter: &Filter) -> Result<View> {
    // One transaction, so that all queries see the same state even if the file is edited by hand meanwhile.
    let moment = connection.unchecked_transaction()?;
    let (processes, indices) = processes(&moment, &filter.processes)?;
    let contexts = contexts(&processes, &filter.processes);
    let (mut hits, pairs) = hits(&moment, &indices, &contexts, filter)?;
    let mut executables = executables(&moment)?;
    let mut sets = Sets { connection: &moment, known: HashMap::new(), united: HashMap::new() };
    let mut files = Vec::new();
    let mut shown = Vec::new();
    for (path, id) in sources(&moment, filter)? {
        let (mut executable, mut directions) = (NumberSet::default(), NumberSet::default());
        let mut runtime: Option<&String> = None;
        let objects = executables.remove(&id).unwrap_or_default();
        let is_imported = objects.iter().any(|object| object.runtime.is_some() && !object.is_unimported);
        for object in objects.iter().filter(|object| !(object.is_unimported && is_imported)) {
            executable.union_with(sets.get(object.lines)?.as_ref());
            if let Some(branches) = object.branches {
                directions.union_with(sets.get(branches)?.as_ref());
            }
            // Several runtimes of one source are not expected. The choice must not depend on the order of
            // rows.
            runtime = runtime.into_iter().chain(&object.runtime).min();
        }
        let runtime = runtime.cloned();
        if executable.is_empty() {
            continue;
        }
        let hits = hits.remove(&id).unwrap_or_default();
        let lines = sets.by_owner(&hits, |hit| Some(hit.lines))?;
        let entered = sets.by_owner(&hits, |hit| Some(hit.functions))?;
        let taken = sets.by_owner(&hits, |hit| hit.branches)?;
        let functions = functions(&moment, id, &entered)?;
        taken.iter().for_each(|(_, taken)| directions.union_with(taken));
        let branches = if directions.is_empty() { Vec::new() } else { branches(&moment, id, &directions)? };
        let known_to_branch = if branches.is_empty() { None } else { known_to_branch(&hits, &mut sets)? };
        let excluded = NumberSet::default();
        let (snapshots, state) = (snapshots(&moment, id)?, SourceState::Unknown);
        let file = SourceFile {
            path,
            runtime,
            snapshots,
            state,
            executable,
            definitions: Vec::new(),
            excluded,
            hits: lines,
            functions,
            entered,
            branches,
            waived: Vec::new(),
            taken,
            known_to_branch,
        };
        match files.last_mut().filter(|last: &&mut SourceFile| last.path == file.path) {
            Some(same) => same.unite_with(file),
            None => files.push(file),
        }
        shown.push(id);
    }
    let programs = programs(&moment, &shown)?;
    let (labels, has_branches) = (labels(&moment)?, has_branches(&moment)?);
    Ok(View { processes, contexts, pairs, labels, files, programs, has_branches })
}

/// The wanted sources, by path, with their ids.
fn sources(connection: &Connection, filter: &Filter) -> Result<Vec<(PathBuf, i64)>> {
    let mut sources = Vec::new();
    let mut statement = connection.prepare("SELECT id, path FROM file ORDER BY path")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let path = local_path(row.get(1)?, filter.rewrite);
        if (filter.wants)(&path) {
            sources.push((path, row.get(0)?));
        }
    }
    if filter.rewrite.is_some() {
        sources.sort();
    }
    Ok(sources)
}

/// The path of a source here.
pub(super) fn local_path(stored: String, rewrite: Option<Rewrite>) -> PathBuf {
    let path = rewrite.and_then(|rewrite| rewrite(&stored)).unwrap_or(stored);
    byte_text::decode_path(&path).into_owned()
}

/// As [`SourceFile::known_to_branch`].
fn known_to_branch(hits: &[Hit], sets: &mut Sets) -> Result<Option<NumberSet>> {
    if hits.iter().all(|hit| hit.branches.is_some()) {
        return Ok(None);
    }
    let mut known: Vec<i64> = hits.iter().filter(|hit| hit.branches.is_some()).map(|hit| hit.lines).collect();
    known.sort_unstable();
    known.dedup();
    let mut lines = NumberSet::default();
    for set in known {
        lines.union_with(sets.get(set)?.as_ref());
    }
    Ok(Some(lines))
}

fn has_branches(connection: &Connection) -> Result<bool> {
    connection.query_row("SELECT EXISTS (SELECT 1 FROM branch)", [], |row| row.get(0))
}

fn labels(connection: &Connection) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT label FROM process WHERE label IS NOT NULL ORDER BY label";
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

fn snapshots(connection: &Connection, file: i64) -> Result<Vec<SourceSnapshot>> {
    let mut statement = connection.prepare_cached("SELECT digest FROM source_snapshot WHERE file = ?1")?;
    let mut snapshots =
        statement.query_map([file], |row| row.get(0))?.collect::<Result<Vec<SourceSnapshot>>>()?;
    snapshots.sort_unstable();
    Ok(snapshots)
}

/// The index of a process by its id; `None` if it is not selected.
type Indices = HashMap<i64, Option<usize>>;

/// The selected processes.
fn processes(connection: &Connection, filter: &ProcessFilter) -> Result<(Vec<Process>, Indices)> {
    let mut processes: Vec<Process> = Vec::new();
    let mut indices = HashMap::new();
    // The serial of a child is greater than that of its parent. So the parent precedes it, if it is there.
    let mut run = HashMap::new();
    rows::each_process(connection, |id, record| {
        if !filter.selects(&record) {
            indices.insert(id, None);
            return Ok(());
        }
        let start = record.start;
        if processes.last().is_some_and(|previous| previous.run != start.run) {
            run.clear();
        }
        indices.insert(id, Some(processes.len()));
        let parent = start.parent.and_then(|parent| run.get(&parent).copied());
        run.insert(start.serial, processes.len());
        processes.push(Process {
            run: start.run,
            label: start.label,
            serial: start.serial,
            parent,
            host: start.host,
            pid: start.pid,
            birth: start.birth,
            started: start.started,
            ended: record.end.map(|end| end.ended),
            exit: record.end.map(|end| end.exit),
            images: record.images,
            contexts: record.contexts,
            results: record.results,
        });
        Ok::<_, rusqlite::Error>(())
    })?;
    Ok((processes, indices))
}

/// The names of the selected contexts of these processes, in the order in which they began.
fn contexts(processes: &[Process], filter: &ProcessFilter) -> Vec<String> {
    let mut began: HashMap<&str, f64> = HashMap::new();
    for context in processes.iter().flat_map(|process| &process.contexts) {
        if !context.name.is_empty() && filter.selects_context(&context.name) {
            let first = began.entry(&context.name).or_insert(context.started);
            *first = first.min(context.started);
        }
    }
    let mut contexts: Vec<(&str, f64)> = began.into_iter().collect();
    contexts.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(b.0)));
    contexts.into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// The selected contexts by their ids, and the index in `names` of each. The one without a name has none.
fn selected_contexts(
    connection: &Connection,
    names: &[String],
    filter: &ProcessFilter,
) -> Result<HashMap<i64, Option<usize>>> {
    let indices: HashMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
    let mut statement = connection.prepare("SELECT id, name FROM context")?;
    let mut rows = statement.query([])?;
    let mut contexts = HashMap::new();
    while let Some(row) = rows.next()? {
        let name = row.get_ref(1)?.as_str()?;
        if filter.selects_context(name) {
            contexts.insert(row.get(0)?, indices.get(name).copied());
        }
    }
    Ok(contexts)
}

/// What one process ran in one file while it had one context, as ids of sets.
struct Hit {
    /// The index of the process, or of the context.
    owner: usize,
    lines: i64,
    functions: i64,
    branches: Option<i64>,
}

/// A process, and a context in which it ran.
type Pair = (usize, Option<usize>);
/// By the ids of files.
type HitsOfFiles = HashMap<i64, Vec<Hit>>;

/// What the processes, or contexts, ran, by file, and the pairs of [`View::pairs`]. The table is sorted by
/// process: a query for each file would read all of it each time.
fn hits(
    connection: &Connection,
    indices: &Indices,
    contexts: &[String],
    filter: &Filter,
) -> Result<(HitsOfFiles, Vec<Pair>)> {
    let mut pairs = IndexOfPairs::default();
    let contexts = selected_contexts(connection, contexts, &filter.processes)?;
    let sql = "SELECT file, process, lines, functions, context, branches FROM hit";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut hits = HitsOfFiles::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(1)?;
        let process = *indices.get(&id).ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let (Some(process), Some(&context)) = (process, contexts.get(&row.get::<_, i64>(4)?)) else {
            continue;
        };
        let owner = match filter.by {
            HitsBy::Process => Some(process),
            HitsBy::Context => context,
            HitsBy::Pair => Some(pairs.index((process, context))),
        };
        if let Some(owner) = owner {
            let hit = Hit { owner, lines: row.get(2)?, functions: row.get(3)?, branches: row.get(5)? };
            hits.entry(row.get(0)?).or_default().push(hit);
        }
    }
    hits.values_mut().for_each(|hits| hits.sort_by_key(|hit| hit.owner));
    Ok((hits, pairs.all))
}

/// Numbers pairs as they come.
#[derive(Default)]
struct IndexOfPairs {
    all: Vec<Pair>,
    indices: HashMap<Pair, usize>,
}

impl IndexOfPairs {
    fn index(&mut self, pair: Pair) -> usize {
        *self.indices.entry(pair).or_insert_with(|| {
            self.all.push(pair);
            self.all.len() - 1
        })
    }
}

fn functions(
    connection: &Connection,
    file: i64,
    by_process: &[(usize, Rc<NumberSet>)],
) -> Result<Vec<Function>> {
    let entered = count_owners(by_process);
    let sql = "SELECT ordinal, line, last, name FROM function WHERE file = ?1 ORDER BY line, name";
    let mut statement = connection.prepare_cached(sql)?;
    let function = |row: &rusqlite::Row| {
        let ordinal: u32 = row.get(0)?;
        let processes = entered.get(&ordinal).copied().unwrap_or(0);
        Ok(Function { line: row.get(1)?, last: row.get(2)?, name: row.get(3)?, ordinal, processes })
    };
    statement.query_map([file], function)?.collect()
}

/// The directions of a file that are in `ordinals`.
fn branches(connection: &Connection, file: i64, ordinals: &NumberSet) -> Result<Vec<Branch>> {
    let sql = "SELECT ordinal, line, jump, way FROM branch WHERE file = ?1 ORDER BY line, jump, way";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([file])?;
    let mut branches = Vec::new();
    while let Some(row) = rows.next()? {
        let ordinal = row.get(0)?;
        if ordinals.contains(ordinal) {
            branches.push(Branch { line: row.get(1)?, jump: row.get(2)?, way: row.get(3)?, ordinal });
        }
    }
    Ok(branches)
}

/// How many programs have lines in `files`: objects whose path is the executable of an image.
///
/// The object of a version of a runtime counts as its programs, but for those that have lines of their own:
/// they are counted already.
fn programs(connection: &Connection, files: &[i64]) -> Result<usize> {
    let mut statement = connection.prepare(
        "SELECT DISTINCT object, path, file, runtime IS NOT NULL
         FROM executable JOIN object_path USING (object) JOIN object ON object.id = object
         WHERE path IN (SELECT executable FROM image)",
    )?;
    let files: HashSet<i64> = files.iter().copied().collect();
    let (mut objects, mut paths, mut interpreters) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (object, path): (i64, String) = (row.get(0)?, row.get(1)?);
        if !files.contains(&row.get::<_, i64>(2)?) {
            continue;
        }
        if row.get(3)? {
            interpreters.insert(path);
        } else {
            objects.insert(object);
            paths.insert(path);
        }
    }
    Ok(objects.len() + interpreters.difference(&paths).count())
}

/// The sets that have been read, each once however many processes share it.
struct Sets<'c> {
    connection: &'c Connection,
    known: HashMap<i64, Rc<NumberSet>>,
    /// Those of an owner together.
    united: HashMap<Vec<i64>, Rc<NumberSet>>,
}

impl Sets<'_> {
    /// The sets that `set` chooses, united by owner. `hits` are sorted by that.
    fn by_owner(
        &mut self,
        hits: &[Hit],
        set: impl Fn(&Hit) -> Option<i64>,
    ) -> Result<Vec<(usize, Rc<NumberSet>)>> {
        let of_owners = hits.chunk_by(|one, next| one.owner == next.owner);
        let united = |of_owner: &[Hit]| {
            let set = match of_owner {
                [only] => self.get(set(only)?),
                several => {
                    let ids: Vec<i64> = several.iter().filter_map(&set).collect();
                    if ids.is_empty() { return None } else { self.union(ids) }
                }
            };
            Some(set.map(|set| (of_owner[0].owner, set)))
        };
        of_owners.filter_map(united).collect()
    }

    fn union(&mut self, mut ids: Vec<i64>) -> Result<Rc<NumberSet>> {
        ids.sort_unstable();
        ids.dedup();
        if let [only] = ids[..] {
            return self.get(only);
        }
        if let Some(union) = self.united.get(&ids) {
            return Ok(Rc::clone(union));
        }
        let mut union = NumberSet::default();
        for id in &ids {
            union.union_with(self.get(*id)?.as_ref());
        }
        let union = Rc::new(union);
        self.united.insert(ids, Rc::clone(&union));
        Ok(union)
    }

    fn get(&mut self, id: i64) -> Result<Rc<NumberSet>> {
        if let Some(set) = self.known.get(&id) {
            return Ok(Rc::clone(set));
        }
        let set = Rc::new(rows::number_set(self.connection, id)?);
        self.known.insert(id, Rc::clone(&set));
        Ok(set)
    }
}

/// The executable lines and the branches that each object has, by file.
fn executables(connection: &Connection) -> Result<HashMap<i64, Vec<Executable>>> {
    let sql = "SELECT file, lines, runtime, identity = ?1, branches
               FROM executable JOIN object ON object.id = object";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([UNIMPORTED])?;
    let mut executables: HashMap<i64, Vec<Executable>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let runtime: Option<String> = row.get(2)?;
        let is_unimported = runtime.is_some() && row.get(3)?;
        let executable = Executable { lines: row.get(1)?, branches: row.get(4)?, runtime, is_unimported };
        executables.entry(row.get(0)?).or_default().push(executable);
    }
    Ok(executables)
}

/// The lines and branches that one object has in a file.
struct Executable {
    /// The id of a set.
    lines: i64,
    /// Likewise, of ordinals.
    branches: Option<i64>,
    /// The name of the runtime, if the object is of one.
    runtime: Option<String>,
    /// Whether the lines are read from the source, because no interpreter loaded it.
    is_unimported: bool,
}
