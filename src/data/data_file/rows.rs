//! Processes and sets of numbers as rows of a data file.

use super::super::process_record::{ProcessEnd, ProcessRecord};
use super::super::{Birth, ContextStart, Exit, Image, ProcessStart, TestResult};
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params};

const COLUMNS: &str =
    "id, run, label, serial, parent, host, pid, birth, started, ended, exit_code, exit_signal";

/// Calls `take` with the id and the record of every process: runs in the order of time, and the processes of
/// each by serial.
pub(in crate::data) fn each_process<E: From<Error>>(
    connection: &Connection,
    mut take: impl FnMut(i64, ProcessRecord) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut contexts = contexts(connection, None)?;
    let mut results = results(connection, None)?;
    // Runs that began at the same time must not be mixed.
    let order = "min(started) OVER (PARTITION BY run), run, serial";
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM process ORDER BY {order}"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, mut record) = process(connection, row)?;
        record.contexts = contexts.remove(&id).unwrap_or_default();
        record.results = results.remove(&id).unwrap_or_default();
        take(id, record)?;
    }
    Ok(())
}

/// The process with the run and serial of `start`.
pub(in crate::data) fn find_process(
    connection: &Connection,
    start: &ProcessStart,
) -> Result<Option<(i64, ProcessRecord)>> {
    let sql = format!("SELECT {COLUMNS} FROM process WHERE run = ?1 AND serial = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row(params![start.run, start.serial], |row| process(connection, row));
    let Some((id, mut record)) = found.optional()? else { return Ok(None) };
    record.contexts = contexts(connection, Some(id))?.remove(&id).unwrap_or_default();
    record.results = results(connection, Some(id))?.remove(&id).unwrap_or_default();
    Ok(Some((id, record)))
}

/// Adds a process and gives its id.
pub(in crate::data) fn insert_process(connection: &Connection, record: &ProcessRecord) -> Result<i64> {
    put_process(connection, None, record)?;
    let id = connection.last_insert_rowid();
    insert_images(connection, id, &record.images)?;
    insert_contexts(connection, id, &record.contexts)?;
    insert_results(connection, id, &record.results)?;
    Ok(id)
}

/// Replaces the record of process `id`.
pub(in crate::data) fn update_process(
    connection: &Connection,
    id: i64,
    record: &ProcessRecord,
) -> Result<()> {
    put_process(connection, Some(id), record)?;
    connection.prepare_cached("DELETE FROM image WHERE process = ?1")?.execute([id])?;
    insert_images(connection, id, &record.images)?;
    connection.prepare_cached("DELETE FROM process_context WHERE process = ?1")?.execute([id])?;
    insert_contexts(connection, id, &record.contexts)?;
    connection.prepare_cached("DELETE FROM test_result WHERE process = ?1")?.execute([id])?;
    insert_results(connection, id, &record.results)
}

/// The id of a context, which is added if the data file does not have it yet.
pub(in crate::data) fn context(connection: &Connection, name: &str) -> Result<i64> {
    let find = "SELECT id FROM context WHERE name = ?1";
    let known = connection.prepare_cached(find)?.query_row([name], |row| row.get(0)).optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    let add = "INSERT INTO context (name) VALUES (?1) RETURNING id";
    connection.prepare_cached(add)?.query_row([name], |row| row.get(0))
}

/// The set `id`.
pub(in crate::data) fn number_set(connection: &Connection, id: i64) -> Result<NumberSet> {
    let mut statement = connection.prepare_cached("SELECT numbits FROM number_set WHERE id = ?1")?;
    statement.query_row([id], |row| row.get(0))
}

fn put_process(connection: &Connection, id: Option<i64>, record: &ProcessRecord) -> Result<()> {
    let sql = format!(
        "INSERT OR REPLACE INTO process ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
    );
    let ProcessStart { run, serial, parent, host, pid, birth, started, label } = &record.start;
    let (code, signal) = match record.end.map(|end| end.exit) {
        Some(Exit::Code(code)) => (Some(code), None),
        Some(Exit::Signal(signal)) => (None, Some(signal)),
        None => (None, None),
    };
    let ended = record.end.map(|end| end.ended);
    let values = params![id, run, label, serial, parent, host, pid, birth, started, ended, code, signal];
    connection.prepare_cached(&sql)?.execute(values)?;
    Ok(())
}

fn insert_images(connection: &Connection, process: i64, images: &[Image]) -> Result<()> {
    let sql = "INSERT INTO image (process, ordinal, executable, argv) VALUES (?1, ?2, ?3, ?4)";
    let mut statement = connection.prepare_cached(sql)?;
    for (ordinal, image) in images.iter().enumerate() {
        let argv = serde_json::to_string(&image.argv)
            .map_err(|error| Error::ToSqlConversionFailure(error.into()))?;
        statement.execute(params![process, ordinal, image.executable, argv])?;
    }
    Ok(())
}

fn insert_contexts(connection: &Connection, process: i64, contexts: &[ContextStart]) -> Result<()> {
    let sql = "INSERT INTO process_context (process, ordinal, context, started) VALUES (?1, ?2, ?3, ?4)";
    for (ordinal, ContextStart { name, started }) in contexts.iter().enumerate() {
        let values = params![process, ordinal, context(connection, name)?, started];
        connection.prepare_cached(sql)?.execute(values)?;
    }
    Ok(())
}

fn insert_results(connection: &Connection, process: i64, results: &[TestResult]) -> Result<()> {
    let sql =
        "INSERT INTO test_result (process, ordinal, context, failed, ended) VALUES (?1, ?2, ?3, ?4, ?5)";
    for (ordinal, TestResult { test, failed, ended }) in results.iter().enumerate() {
        let values = params![process, ordinal, context(connection, test)?, failed, ended];
        connection.prepare_cached(sql)?.execute(values)?;
    }
    Ok(())
}

/// The contexts of one process, or of each that has any.
fn contexts(connection: &Connection, process: Option<i64>) -> Result<HashMap<i64, Vec<ContextStart>>> {
    let sql = "SELECT process, name, started FROM process_context JOIN context ON id = context";
    by_process(connection, sql, process, |row| Ok(ContextStart { name: row.get(1)?, started: row.get(2)? }))
}

/// The results of tests that one process has, or each that has any.
fn results(connection: &Connection, process: Option<i64>) -> Result<HashMap<i64, Vec<TestResult>>> {
    let sql = "SELECT process, name, failed, ended FROM test_result JOIN context ON id = context";
    by_process(connection, sql, process, |row| {
        Ok(TestResult { test: row.get(1)?, failed: row.get(2)?, ended: row.get(3)? })
    })
}

/// The rows of one process, or of each that has any, in their order.
fn by_process<T>(
    connection: &Connection,
    sql: &str,
    process: Option<i64>,
    of_row: impl Fn(&Row) -> Result<T>,
) -> Result<HashMap<i64, Vec<T>>> {
    let order = "ORDER BY process, ordinal";
    let mut statement = match process {
        Some(_) => connection.prepare_cached(&format!("{sql} WHERE process = ?1 {order}"))?,
        None => connection.prepare_cached(&format!("{sql} {order}"))?,
    };
    let mut rows = statement.query(rusqlite::params_from_iter(process))?;
    let mut all: HashMap<i64, Vec<T>> = HashMap::new();
    while let Some(row) = rows.next()? {
        all.entry(row.get(0)?).or_default().push(of_row(row)?);
    }
    Ok(all)
}

fn process(connection: &Connection, row: &Row) -> Result<(i64, ProcessRecord)> {
    let id = row.get(0)?;
    let start = ProcessStart {
        run: row.get(1)?,
        label: row.get(2)?,
        serial: row.get(3)?,
        parent: row.get(4)?,
        host: row.get(5)?,
        pid: row.get(6)?,
        birth: row.get(7)?,
        started: row.get(8)?,
    };
    let exit = match (row.get(10)?, row.get(11)?) {
        (Some(code), _) => Some(Exit::Code(code)),
        (None, Some(signal)) => Some(Exit::Signal(signal)),
        (None, None) => None,
    };
    let ended: Option<f64> = row.get(9)?;
    let end = exit.zip(ended).map(|(exit, ended)| ProcessEnd { exit, ended });
    Ok((id, ProcessRecord { end, images: images(connection, id)?, ..ProcessRecord::of(start) }))
}

fn images(connection: &Connection, process: i64) -> Result<Vec<Image>> {
    let sql = "SELECT executable, argv FROM image WHERE process = ?1 ORDER BY ordinal";
    let mut statement = connection.prepare_cached(sql)?;
    let image = |row: &Row| {
        let argv: String = row.get(1)?;
        let argv = serde_json::from_str(&argv)
            .map_err(|error| Error::FromSqlConversionFailure(1, Type::Text, error.into()))?;
        Ok(Image { executable: row.get(0)?, argv })
    };
    statement.query_map([process], image)?.collect()
}

impl FromSql for NumberSet {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Self::from_numbits(value.as_blob()?).map_err(FromSqlError::other)
    }
}

impl ToSql for Birth {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for Birth {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let name = value.as_str()?;
        Self::ALL.into_iter().find(|birth| birth.name() == name).ok_or(FromSqlError::InvalidType)
    }
}
