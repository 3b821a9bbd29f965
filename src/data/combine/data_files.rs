//! A data file as an input: one of another machine, or of another run.

use super::super::data_file;
use super::super::data_file::rows;
use super::super::data_file::store::{Branch, Executable, HitSets, ObjectIdentity, Store};
use super::super::error::Error;
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::path::Path;

/// Adds the content of the data file `path`, and gives its number of processes. If it is damaged, adds
/// nothing and gives the damage.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn take(path: &Path, store: &mut Store) -> rusqlite::Result<Result<usize, String>> {
    let input = match open(path) {
        Ok(input) => input,
        Err(reason) => return Ok(Err(reason)),
    };
    let output = store.connection();
    output.execute_batch("SAVEPOINT input")?;
    match (DataFileCopy { input: &input, store }).all() {
        Ok(processes) => {
            output.execute_batch("RELEASE input")?;
            Ok(Ok(processes))
        }
        Err(Failure::Input(error)) => {
            output.execute_batch("ROLLBACK TO input; RELEASE input")?;
            store.forget();
            Ok(Err(data_file::damage(&error)))
        }
        Err(Failure::Output(error)) => Err(error),
    }
}

/// Opens a data file for reading, and checks all of it.
pub(super) fn open(path: &Path) -> Result<Connection, String> {
    let input = data_file::open(path).map_err(|error| match error {
        Error::Unusable { reason, .. } => reason,
        Error::Io { source, .. } => source.to_string(),
        other => other.to_string(),
    })?;
    data_file::check(&input)?;
    Ok(input)
}

/// Whether an error is of the input or of the output.
enum Failure {
    Input(rusqlite::Error),
    Output(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Input(error)
    }
}

struct DataFileCopy<'a, 'c> {
    input: &'a Connection,
    store: &'a mut Store<'c>,
}

/// Ids of the input as ids of the output.
type Ids = HashMap<i64, i64>;

impl DataFileCopy<'_, '_> {
    fn all(&mut self) -> Result<usize, Failure> {
        let files = self.file_ids()?;
        let objects = self.object_ids()?;
        let contexts = self.context_ids()?;
        let (functions, branches) = (self.functions(&files)?, self.branches(&files)?);
        self.objects(&files, &objects, &branches)?;
        self.runs(&files)?;
        self.processes(&files, &contexts, SetIds::new(functions, branches))
    }

    fn file_ids(&self) -> Result<Ids, Failure> {
        let mut ids = Ids::new();
        let mut statement = self.input.prepare("SELECT id, path FROM file")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let path: String = row.get(1)?;
            ids.insert(row.get(0)?, self.store.file(&path).map_err(Failure::Output)?);
        }
        Ok(ids)
    }

    fn object_ids(&self) -> Result<Ids, Failure> {
        let mut ids = Ids::new();
        let mut statement = self.input.prepare("SELECT id, runtime, identity FROM object")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (runtime, identity): (Option<String>, String) = (row.get(1)?, row.get(2)?);
            let object = ObjectIdentity { runtime: runtime.as_deref(), identity: &identity };
            ids.insert(row.get(0)?, self.store.object(object).map_err(Failure::Output)?);
        }
        Ok(ids)
    }

    fn context_ids(&self) -> Result<Ids, Failure> {
        let mut ids = Ids::new();
        let mut statement = self.input.prepare("SELECT id, name FROM context")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let name: String = row.get(1)?;
            ids.insert(row.get(0)?, self.store.context(&name).map_err(Failure::Output)?);
        }
        Ok(ids)
    }

    fn objects(&mut self, files: &Ids, objects: &Ids, ordinals: &Ordinals) -> Result<(), Failure> {
        let mut statement = self.input.prepare("SELECT object, path FROM object_path")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let path: String = row.get(1)?;
            self.store.object_path(new(objects, row.get(0)?)?, &path).map_err(Failure::Output)?;
        }
        let mut statement = self.input.prepare(
            "SELECT object, file, lines.numbits, branches.numbits FROM executable
             JOIN number_set AS lines ON lines.id = executable.lines
             LEFT JOIN number_set AS branches ON branches.id = executable.branches
             ORDER BY object, file",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (object, file): (_, i64) = (new(objects, row.get(0)?)?, row.get(1)?);
            let branches = row.get::<_, Option<NumberSet>>(3)?.unwrap_or_default();
            let branches = ordinals.translated(file, &branches)?;
            let executable = Executable { lines: row.get(2)?, branches };
            self.store.executable(object, new(files, file)?, &executable).map_err(Failure::Output)?;
        }
        Ok(())
    }

    fn functions(&mut self, files: &Ids) -> Result<Ordinals, Failure> {
        let mut ordinals = Ordinals::default();
        let mut statement = self.input.prepare("SELECT file, ordinal, line, last, name FROM function")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (file, name): (i64, String) = (row.get(0)?, row.get(4)?);
            let added = self.store.function(new(files, file)?, (row.get(2)?, row.get(3)?), &name);
            ordinals.0.insert((file, row.get(1)?), added.map_err(Failure::Output)?);
        }
        Ok(ordinals)
    }

    fn branches(&mut self, files: &Ids) -> Result<Ordinals, Failure> {
        let mut ordinals = Ordinals::default();
        let mut statement = self.input.prepare("SELECT file, ordinal, line, jump, way FROM branch")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let file: i64 = row.get(0)?;
            let branch = Branch { line: row.get(2)?, jump: row.get(3)?, way: row.get(4)? };
            let added = self.store.branch(new(files, file)?, branch).map_err(Failure::Output)?;
            ordinals.0.insert((file, row.get(1)?), added);
        }
        Ok(ordinals)
    }

    /// Copies the source snapshots of the runs.
    fn runs(&mut self, files: &Ids) -> Result<(), Failure> {
        let mut snapshots = HashMap::new();
        let mut statement = self.input.prepare("SELECT id, file, digest FROM source_snapshot")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let snapshot = self.store.snapshot(new(files, row.get(1)?)?, row.get(2)?);
            snapshots.insert(row.get::<_, u32>(0)?, snapshot.map_err(Failure::Output)?);
        }
        let sql = "SELECT name, numbits FROM run JOIN number_set ON id = snapshots ORDER BY name";
        let mut statement = self.input.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (name, old): (String, NumberSet) = (row.get(0)?, row.get(1)?);
            let ran = old.iter().map(|snapshot| snapshots.get(&snapshot).copied().ok_or_else(missing_row));
            let ran = ran.collect::<Result<_, _>>()?;
            self.store.run(&name, &ran).map_err(Failure::Output)?;
        }
        Ok(())
    }

    fn processes(&mut self, files: &Ids, contexts: &Ids, mut ids: SetIds) -> Result<usize, Failure> {
        let mut hits = self.input.prepare(
            "SELECT context, file, lines, functions, branches FROM hit WHERE process = ?1
             ORDER BY context, file",
        )?;
        let mut count = 0;
        rows::each_process(self.input, |id, record| {
            let process = self.store.process(&record).map_err(Failure::Output)?;
            // Several files of the input can be one in the output.
            let mut united: BTreeMap<(i64, i64), HitSets> = BTreeMap::new();
            let mut rows = hits.query([id])?;
            while let Some(row) = rows.next()? {
                let file: i64 = row.get(1)?;
                let sets = HitSets { lines: row.get(2)?, functions: row.get(3)?, branches: row.get(4)? };
                let mut sets = ids.translated(self.input, self.store, file, sets)?;
                let at = (new(contexts, row.get(0)?)?, new(files, file)?);
                if let Some(others) = united.get(&at) {
                    sets = self.store.united_hits(*others, sets).map_err(Failure::Output)?;
                }
                united.insert(at, sets);
            }
            for ((context, file), sets) in united {
                self.store.hit_sets(process, context, file, sets).map_err(Failure::Output)?;
            }
            count += 1;
            Ok::<_, Failure>(())
        })?;
        Ok(count)
    }
}

/// Ordinals of functions or of branches in the output, by files and ordinals of the input.
#[derive(Default)]
struct Ordinals(HashMap<(i64, u32), u32>);

impl Ordinals {
    /// A set of a file of the input, as a set of the output.
    fn translated(&self, file: i64, old: &NumberSet) -> Result<NumberSet, Failure> {
        let new = |ordinal| self.0.get(&(file, ordinal)).copied().ok_or_else(missing_row);
        old.iter().map(new).collect()
    }
}

/// Sets of the input as sets of the output, by their ids. Most processes share theirs with others, so a set
/// is read and translated once.
struct SetIds {
    lines: Ids,
    functions: UnitSetIds,
    branches: UnitSetIds,
}

/// Likewise, of functions or of branches.
struct UnitSetIds {
    ordinals: Ordinals,
    /// By files and ids of the input.
    ids: HashMap<(i64, i64), i64>,
}

/// The ids of so many sets of each kind are kept (24 bytes each).
const KEPT_SETS: usize = 1 << 20;

impl SetIds {
    fn new(functions: Ordinals, branches: Ordinals) -> Self {
        let of = |ordinals| UnitSetIds { ordinals, ids: HashMap::new() };
        Self { lines: Ids::new(), functions: of(functions), branches: of(branches) }
    }

    /// What a process ran in a file of the input.
    fn translated(
        &mut self,
        input: &Connection,
        store: &mut Store,
        file: i64,
        old: HitSets,
    ) -> Result<HitSets, Failure> {
        let lines = kept(&mut self.lines, old.lines, || {
            store.set(&rows::number_set(input, old.lines)?).map_err(Failure::Output)
        })?;
        let functions = self.functions.translated(input, store, file, old.functions)?;
        let branches = old.branches.map(|branches| self.branches.translated(input, store, file, branches));
        Ok(HitSets { lines, functions, branches: branches.transpose()? })
    }
}

impl UnitSetIds {
    fn translated(
        &mut self,
        input: &Connection,
        store: &mut Store,
        file: i64,
        id: i64,
    ) -> Result<i64, Failure> {
        let ordinals = &self.ordinals;
        kept(&mut self.ids, (file, id), || {
            let set = ordinals.translated(file, &rows::number_set(input, id)?)?;
            store.set(&set).map_err(Failure::Output)
        })
    }
}

/// What `make` has given for this key before, or gives now.
fn kept<K: Eq + Hash>(
    known: &mut HashMap<K, i64>,
    key: K,
    make: impl FnOnce() -> Result<i64, Failure>,
) -> Result<i64, Failure> {
    if let Some(id) = known.get(&key) {
        return Ok(*id);
    }
    if known.len() >= KEPT_SETS {
        known.clear();
    }
    let id = make()?;
    known.insert(key, id);
    Ok(id)
}

fn new(ids: &Ids, id: i64) -> Result<i64, Failure> {
    ids.get(&id).copied().ok_or_else(missing_row)
}

/// A row refers to a missing one.
fn missing_row() -> Failure {
    Failure::Input(rusqlite::Error::QueryReturnedNoRows)
}
