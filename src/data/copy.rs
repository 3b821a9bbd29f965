//! What one data file knows, added to another.

use super::combine::Problem;
use super::data_file::{DataFile, Error, Store, birth_of};
use super::numbers::NumberSet;
use super::{Exit, Image, ProcessStart, hit_file};
use hashbrown::HashMap;
use rusqlite::Row;
use std::path::Path;

/// Adds all that the data file at `path` knows to `store`.
pub(super) fn copy(path: &Path, store: &mut Store) -> Result<(), Problem> {
    let from = DataFile::open(path).map_err(input)?;
    let files = Files::copy(&from, store)?;
    each(
        &from,
        "SELECT name, path, file_id, lines FROM executable JOIN object ON object_id = object.id",
        |row| {
            let (name, path): (String, String) = (row.get(0)?, row.get(1)?);
            Ok((name, path, row.get(2)?, row.get(3)?))
        },
    )?
    .into_iter()
    .try_for_each(|(name, path, file, lines): (String, String, i64, i64)| {
        let object = store.object(&name, &path)?;
        store.executable(object, files.id(file)?, files.set(lines)?).map_err(Problem::from)
    })?;
    let processes = processes(&from, store)?;
    let hits: Vec<[i64; 4]> = each(&from, "SELECT process_id, file_id, lines, functions FROM hit", |row| {
        Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
    })?;
    for [process, file, lines, functions] in hits {
        let process = *processes.get(&process).ok_or_else(|| damaged(&from))?;
        let functions = files.functions(file, functions)?;
        store.hit(process, files.id(file)?, files.set(lines)?, &functions)?;
    }
    Ok(())
}

/// How the IDs of the one data file read in the other.
struct Files<'a> {
    from: &'a DataFile,
    ids: HashMap<i64, i64>,
    functions: HashMap<(i64, u32), u32>,
    sets: HashMap<i64, NumberSet>,
}

impl<'a> Files<'a> {
    fn copy(from: &'a DataFile, store: &mut Store) -> Result<Self, Problem> {
        let mut ids = HashMap::new();
        for (id, path) in
            each(from, "SELECT id, path FROM file", |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?
        {
            ids.insert(id, store.file(&path)?);
        }
        let mut files = Self { from, ids, functions: HashMap::new(), sets: from.sets().map_err(input)? };
        let functions = each(from, "SELECT file_id, number, name, line FROM function", |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get(3)?))
        })?;
        for (file, number, name, line) in functions {
            let there = store.function(files.id(file)?, &name, line)?;
            files.functions.insert((file, number), there);
        }
        Ok(files)
    }

    fn id(&self, file: i64) -> Result<i64, Problem> {
        self.ids.get(&file).copied().ok_or_else(|| damaged(self.from))
    }

    fn set(&self, id: i64) -> Result<&NumberSet, Problem> {
        self.sets.get(&id).ok_or_else(|| damaged(self.from))
    }

    fn functions(&self, file: i64, set: i64) -> Result<NumberSet, Problem> {
        let there = |number| self.functions.get(&(file, number)).copied().ok_or_else(|| damaged(self.from));
        self.set(set)?.iter().map(there).collect()
    }
}

/// Copies processes and their images; gives their IDs there by those here.
fn processes(from: &DataFile, store: &mut Store) -> Result<HashMap<i64, i64>, Problem> {
    let mut images: HashMap<i64, Vec<Image>> = HashMap::new();
    let select = "SELECT process_id, executable, argv FROM image ORDER BY process_id, position";
    for (process, image) in each(from, select, |row| Ok((row.get(0)?, image_of(row, 1)?)))? {
        images.entry(process).or_default().push(image);
    }
    let mut processes = HashMap::new();
    let select = "SELECT id, run, serial, parent, host, pid, birth, started, ended, exit_code, exit_signal FROM process";
    for (id, start, end) in each(from, select, |row| Ok((row.get(0)?, start_of(row)?, end_of(row)?)))? {
        let start = start.ok_or_else(|| damaged(from))?;
        let there = store.process(&start, end, images.get(&id).map_or(&[], Vec::as_slice))?;
        processes.insert(id, there);
    }
    Ok(processes)
}

/// From the columns run, serial, parent, host, pid, birth, started, which begin at 1. `None` if a value is none
/// that forkcov writes.
pub(super) fn start_of(row: &Row) -> rusqlite::Result<Option<ProcessStart>> {
    let Some(birth) = birth_of(&row.get::<_, String>(6)?) else { return Ok(None) };
    Ok(Some(ProcessStart {
        run: row.get(1)?,
        serial: row.get::<_, i64>(2)?.cast_unsigned(),
        parent: row.get::<_, Option<i64>>(3)?.map(i64::cast_unsigned),
        host: row.get(4)?,
        pid: row.get(5)?,
        birth,
        started: row.get(7)?,
    }))
}

/// From the columns ended, exit_code, exit_signal, which begin at 8.
pub(super) fn end_of(row: &Row) -> rusqlite::Result<Option<hit_file::End>> {
    let exit = match (row.get(9)?, row.get(10)?) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => return Ok(None),
    };
    Ok(row.get::<_, Option<f64>>(8)?.map(|ended| hit_file::End { exit, ended }))
}

/// From the columns executable and argv, which begin at `column`.
pub(super) fn image_of(row: &Row, column: usize) -> rusqlite::Result<Image> {
    let argv: String = row.get(column + 1)?;
    Ok(Image { executable: row.get(column)?, argv: serde_json::from_str(&argv).unwrap_or_default() })
}

fn each<T>(
    from: &DataFile,
    select: &str,
    map: impl FnMut(&Row) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Problem> {
    from.rows(select, map).map_err(input)
}

fn input(error: Error) -> Problem {
    Problem::Input(error.to_string())
}

fn damaged(from: &DataFile) -> Problem {
    input(from.damaged())
}
