//! A data file as an input: one of another machine, or of another run.

use super::super::data_file;
use super::super::data_file::rows;
use super::super::data_file::store::{Branch, Executable, ObjectIdentity, Store};
use super::super::error::Error;
use super::super::file_hits::FileHits;
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use rusqlite::{Connection, Row};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

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
        let units = UnitKinds { functions: self.functions(&files)?, branches: self.branches(&files)? };
        self.objects(&files, &objects, &units)?;
        self.runs(&files)?;
        self.processes(&files, &contexts, &units)
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

    fn objects(&mut self, files: &Ids, objects: &Ids, units: &UnitKinds) -> Result<(), Failure> {
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
            let branches = units.branches.translated(file, &branches)?;
            let executable = Executable { lines: row.get(2)?, branches };
            self.store.executable(object, new(files, file)?, &executable).map_err(Failure::Output)?;
        }
        Ok(())
    }

    fn functions(&mut self, files: &Ids) -> Result<Units, Failure> {
        let mut ordinals = Ordinals::new();
        let mut statement = self.input.prepare("SELECT file, ordinal, line, last, name FROM function")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (file, name): (i64, String) = (row.get(0)?, row.get(4)?);
            let added = self.store.function(new(files, file)?, (row.get(2)?, row.get(3)?), &name);
            ordinals.insert((file, row.get(1)?), added.map_err(Failure::Output)?);
        }
        Ok(Units { ordinals, sets: RefCell::default() })
    }

    fn branches(&mut self, files: &Ids) -> Result<Units, Failure> {
        let mut ordinals = Ordinals::new();
        let mut statement = self.input.prepare("SELECT file, ordinal, line, jump, way FROM branch")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let file: i64 = row.get(0)?;
            let branch = Branch { line: row.get(2)?, jump: row.get(3)?, way: row.get(4)? };
            let added = self.store.branch(new(files, file)?, branch).map_err(Failure::Output)?;
            ordinals.insert((file, row.get(1)?), added);
        }
        Ok(Units { ordinals, sets: RefCell::default() })
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

    fn processes(&mut self, files: &Ids, contexts: &Ids, units: &UnitKinds) -> Result<usize, Failure> {
        let mut hits = self.input.prepare(
            "SELECT context, file, lines.numbits, hit.functions, functions.numbits, hit.branches,
                    branches.numbits
             FROM hit
             JOIN number_set AS lines ON lines.id = hit.lines
             JOIN number_set AS functions ON functions.id = hit.functions
             LEFT JOIN number_set AS branches ON branches.id = hit.branches
             WHERE process = ?1 ORDER BY context, file",
        )?;
        let mut count = 0;
        rows::each_process(self.input, |id, record| {
            let process = self.store.process(&record).map_err(Failure::Output)?;
            // Several files of the input can be one in the output.
            let mut united: BTreeMap<(i64, i64), FileHits> = BTreeMap::new();
            let mut rows = hits.query([id])?;
            while let Some(row) = rows.next()? {
                let (context, file) = (new(contexts, row.get(0)?)?, new(files, row.get(1)?)?);
                units.add(row, united.entry((context, file)).or_default())?;
            }
            for ((context, file), hits) in &united {
                self.store.hits(process, *context, *file, hits).map_err(Failure::Output)?;
            }
            count += 1;
            Ok::<_, Failure>(())
        })?;
        Ok(count)
    }
}

/// Ordinals of the output, by files and ordinals of the input.
type Ordinals = HashMap<(i64, u32), u32>;

struct UnitKinds {
    functions: Units,
    branches: Units,
}

/// Units of one kind.
struct Units {
    ordinals: Ordinals,
    /// Translated sets, by files and ids of the input: most processes share theirs with others.
    sets: RefCell<HashMap<(i64, i64), Rc<NumberSet>>>,
}

/// So many translated sets are kept.
const KEPT_SETS: usize = 1 << 16;

impl UnitKinds {
    /// Adds the hits of a row of context, file, lines, and ids and sets of functions and of branches.
    fn add(&self, row: &Row, hits: &mut FileHits) -> Result<(), Failure> {
        let file: i64 = row.get(1)?;
        hits.lines.union_with(&row.get(2)?);
        hits.functions.union_with(self.functions.set(file, row.get(3)?, || row.get(4))?.as_ref());
        if let Some(id) = row.get(5)? {
            let taken = self.branches.set(file, id, || row.get(6))?;
            hits.branches.get_or_insert_default().union_with(&taken);
        }
        Ok(())
    }
}

impl Units {
    /// The set of a file of the input that has this id, as a set of the output.
    fn set(
        &self,
        file: i64,
        id: i64,
        read: impl FnOnce() -> rusqlite::Result<NumberSet>,
    ) -> Result<Rc<NumberSet>, Failure> {
        let mut sets = self.sets.borrow_mut();
        if let Some(set) = sets.get(&(file, id)) {
            return Ok(Rc::clone(set));
        }
        if sets.len() >= KEPT_SETS {
            sets.clear();
        }
        let set = Rc::new(self.translated(file, &read()?)?);
        sets.insert((file, id), Rc::clone(&set));
        Ok(set)
    }

    /// A set of units of a file of the input, as a set of the output.
    fn translated(&self, file: i64, old: &NumberSet) -> Result<NumberSet, Failure> {
        let new = |ordinal| self.ordinals.get(&(file, ordinal)).copied().ok_or_else(missing_row);
        old.iter().map(new).collect()
    }
}

fn new(ids: &Ids, id: i64) -> Result<i64, Failure> {
    ids.get(&id).copied().ok_or_else(missing_row)
}

/// A row refers to a missing one.
fn missing_row() -> Failure {
    Failure::Input(rusqlite::Error::QueryReturnedNoRows)
}
