//! The data file: an SQLite database, whose schema is in `schema.sql`.

use super::hit_file::End;
use super::numbers::NumberSet;
use super::{Birth, Exit, Image, ProcessStart};
use hashbrown::HashMap;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, Transaction, params};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SCHEMA: &str = include_str!("schema.sql");
/// As in the schema.
const APPLICATION: i32 = 0x666b_6376;
const VERSION: i32 = 1;

/// Why a data file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite's answer: a full disk, no permission, a damaged file.
    #[error("failed to {what} {path}: {source}")]
    Database {
        /// Read or write.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// An SQLite database of something else.
    #[error("failed to read {0}: it is no data file of forkcov")]
    Foreign(PathBuf),
    /// Written by another version of forkcov.
    #[error("failed to read {path}: it has version {found}, and this forkcov reads version {VERSION}")]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i32,
    },
    /// A value that forkcov does not write.
    #[error("failed to read {0}: it is damaged")]
    Damaged(PathBuf),
}

/// An open data file.
#[derive(Debug)]
pub struct DataFile {
    connection: Connection,
    path: PathBuf,
}

impl DataFile {
    /// Makes an empty one at `path`, where there is none or an empty file.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub fn create(path: &Path) -> Result<Self, Error> {
        let make = || {
            let connection = Connection::open(path)?;
            // Nobody else knows this file yet, and it is renamed into its place when it is whole.
            connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
            connection.execute_batch(SCHEMA)?;
            Ok(connection)
        };
        let connection = make().map_err(failed("write", path))?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Opens one to read it.
    ///
    /// # Errors
    /// [`Error`], when it is none or cannot be read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    /// Opens one to add to it.
    ///
    /// # Errors
    /// As [`DataFile::open`].
    pub fn open_to_append(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    fn open_with(path: &Path, mode: OpenFlags) -> Result<Self, Error> {
        let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed("read", path))?;
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let wait = connection.busy_timeout(Duration::from_secs(60));
        let identity = wait.and_then(|()| Ok((pragma("application_id")?, pragma("user_version")?)));
        match identity.map_err(failed("read", path))? {
            (APPLICATION, VERSION) => Ok(Self { connection, path: path.to_owned() }),
            (APPLICATION, found) => Err(Error::Version { path: path.to_owned(), found }),
            _ => Err(Error::Foreign(path.to_owned())),
        }
    }

    /// All rows that a query gives.
    pub(super) fn rows<T>(
        &self,
        select: &str,
        map: impl FnMut(&Row) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        let run = || self.connection.prepare(select)?.query_map([], map)?.collect::<rusqlite::Result<_>>();
        run().map_err(failed("read", &self.path))
    }

    /// All sets of numbers, by their IDs.
    pub(super) fn sets(&self) -> Result<HashMap<i64, NumberSet>, Error> {
        let rows = self
            .rows("SELECT id, numbers FROM number_set", |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let set = |(id, numbers): (i64, Vec<u8>)| Some((id, NumberSet::from_numbits(&numbers)?));
        rows.into_iter().map(|row| set(row).ok_or_else(|| self.damaged())).collect()
    }

    /// It holds what forkcov does not write.
    pub(super) fn damaged(&self) -> Error {
        Error::Damaged(self.path.clone())
    }

    /// Does `work` as one transaction: all of it is in the file afterwards, or nothing.
    ///
    /// # Errors
    /// Those of `work`, and [`Error::Database`].
    pub fn write<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Store) -> Result<T, E>,
    ) -> Result<T, E> {
        let path = self.path.clone();
        let transaction = self.connection.transaction().map_err(failed("write", &path))?;
        let mut store =
            Store { database: &transaction, path: &path, files: HashMap::new(), sets: HashMap::new() };
        let done = work(&mut store)?;
        transaction.commit().map_err(failed("write", &path))?;
        Ok(done)
    }
}

fn failed(what: &'static str, path: &Path) -> impl Fn(rusqlite::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::Database { what, path: path.clone(), source }
}

/// A data file within a transaction. Everything that is added may be there already: adding is idempotent.
#[derive(Debug)]
pub struct Store<'a> {
    database: &'a Transaction<'a>,
    path: &'a Path,
    files: HashMap<String, i64>,
    sets: HashMap<[u8; 16], i64>,
}

type Stored<T> = Result<T, Error>;

impl Store<'_> {
    /// A source file; gives its ID.
    ///
    /// # Errors
    /// [`Error::Database`], as all methods here.
    pub fn file(&mut self, path: &str) -> Stored<i64> {
        if let Some(&id) = self.files.get(path) {
            return Ok(id);
        }
        self.execute("INSERT OR IGNORE INTO file (path) VALUES (?1)", params![path])?;
        let id = self.query("SELECT id FROM file WHERE path = ?1", params![path])?;
        self.files.insert(path.to_owned(), id);
        Ok(id)
    }

    /// An object; gives its ID.
    pub fn object(&mut self, name: &str, path: &str) -> Stored<i64> {
        self.execute("INSERT OR IGNORE INTO object (name, path) VALUES (?1, ?2)", params![name, path])?;
        self.query("SELECT id FROM object WHERE name = ?1", params![name])
    }

    /// A function of a file; gives its number there.
    pub fn function(&mut self, file: i64, name: &str, line: u32) -> Stored<u32> {
        let find = "SELECT number FROM function WHERE file_id = ?1 AND name = ?2 AND line = ?3";
        if let Some(number) = self.find(find, params![file, name, line])? {
            return Ok(number);
        }
        let next = self
            .query("SELECT coalesce(max(number) + 1, 0) FROM function WHERE file_id = ?1", params![file])?;
        let insert = "INSERT INTO function (file_id, number, name, line) VALUES (?1, ?2, ?3, ?4)";
        self.execute(insert, params![file, next, name, line])?;
        Ok(next)
    }

    /// Executable lines of a file in an object.
    pub fn executable(&mut self, object: i64, file: i64, lines: &NumberSet) -> Stored<()> {
        let find = "SELECT lines FROM executable WHERE object_id = ?1 AND file_id = ?2";
        let before = self.find(find, params![object, file])?;
        let lines = self.union(before, lines)?;
        let insert = "INSERT OR REPLACE INTO executable (object_id, file_id, lines) VALUES (?1, ?2, ?3)";
        self.execute(insert, params![object, file, lines])
    }

    /// A process; gives its ID.
    pub fn process(&mut self, start: &ProcessStart, end: Option<End>, images: &[Image]) -> Stored<i64> {
        let (code, signal) = match end.map(|end| end.exit) {
            Some(Exit::Code(code)) => (Some(code), None),
            Some(Exit::Signal(signal)) => (None, Some(signal)),
            None => (None, None),
        };
        let serial = start.serial.cast_signed();
        self.execute(
            "INSERT INTO process
                 (run, serial, parent, host, pid, birth, started, ended, exit_code, exit_signal)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (run, serial) DO UPDATE SET
                 ended = coalesce(ended, excluded.ended),
                 exit_code = coalesce(exit_code, excluded.exit_code),
                 exit_signal = coalesce(exit_signal, excluded.exit_signal)",
            params![
                start.run,
                serial,
                start.parent.map(u64::cast_signed),
                start.host,
                start.pid,
                birth_name(start.birth),
                start.started,
                end.map(|end| end.ended),
                code,
                signal
            ],
        )?;
        let id =
            self.query("SELECT id FROM process WHERE run = ?1 AND serial = ?2", params![start.run, serial])?;
        for (position, image) in images.iter().enumerate() {
            let argv = serde_json::json!(image.argv).to_string();
            let insert = "INSERT OR IGNORE INTO image (process_id, position, executable, argv) VALUES (?1, ?2, ?3, ?4)";
            self.execute(insert, params![id, position as i64, image.executable, argv])?;
        }
        Ok(id)
    }

    /// What a process ran of a file: lines, and numbers of functions.
    pub fn hit(&mut self, process: i64, file: i64, lines: &NumberSet, functions: &NumberSet) -> Stored<()> {
        let find = "SELECT lines, functions FROM hit WHERE process_id = ?1 AND file_id = ?2";
        let before: Option<(i64, i64)> =
            self.find_row(find, params![process, file], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let lines = self.union(before.map(|(lines, _)| lines), lines)?;
        let functions = self.union(before.map(|(_, functions)| functions), functions)?;
        let insert =
            "INSERT OR REPLACE INTO hit (process_id, file_id, lines, functions) VALUES (?1, ?2, ?3, ?4)";
        self.execute(insert, params![process, file, lines, functions])
    }

    /// The ID of the union of a stored set and another.
    fn union(&mut self, stored: Option<i64>, set: &NumberSet) -> Stored<i64> {
        let Some(stored) = stored else { return self.set(set) };
        let numbers: Vec<u8> = self.query("SELECT numbers FROM number_set WHERE id = ?1", params![stored])?;
        let mut union =
            NumberSet::from_numbits(&numbers).ok_or_else(|| Error::Damaged(self.path.to_owned()))?;
        union.union_with(set);
        self.set(&union)
    }

    fn set(&mut self, set: &NumberSet) -> Stored<i64> {
        let numbers = set.to_numbits();
        let mut digest = [0; 16];
        digest.copy_from_slice(&blake3::hash(&numbers).as_bytes()[..16]);
        if let Some(&id) = self.sets.get(&digest) {
            return Ok(id);
        }
        self.execute(
            "INSERT OR IGNORE INTO number_set (digest, numbers) VALUES (?1, ?2)",
            params![digest, numbers],
        )?;
        let id = self.query("SELECT id FROM number_set WHERE digest = ?1", params![digest])?;
        self.sets.insert(digest, id);
        Ok(id)
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Stored<()> {
        let run = || self.database.prepare_cached(sql)?.execute(values).map(drop);
        run().map_err(failed("write", self.path))
    }

    fn query<T: rusqlite::types::FromSql>(&self, sql: &str, values: impl rusqlite::Params) -> Stored<T> {
        let run = || self.database.prepare_cached(sql)?.query_row(values, |row| row.get(0));
        run().map_err(failed("read", self.path))
    }

    fn find<T: rusqlite::types::FromSql>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
    ) -> Stored<Option<T>> {
        self.find_row(sql, values, |row| row.get(0))
    }

    fn find_row<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        map: impl FnOnce(&rusqlite::Row) -> rusqlite::Result<T>,
    ) -> Stored<Option<T>> {
        let run = || self.database.prepare_cached(sql)?.query_row(values, map).optional();
        run().map_err(failed("read", self.path))
    }
}

/// A birth as the data file names it.
fn birth_name(birth: Birth) -> &'static str {
    match birth {
        Birth::Launch => "launch",
        Birth::Fork => "fork",
        Birth::Vfork => "vfork",
        Birth::Clone => "clone",
        Birth::Attach => "attach",
    }
}

/// The reverse of [`birth_name`].
pub(super) fn birth_of(name: &str) -> Option<Birth> {
    [Birth::Launch, Birth::Fork, Birth::Vfork, Birth::Clone, Birth::Attach]
        .into_iter()
        .find(|&birth| birth_name(birth) == name)
}
