//! The data file: an SQLite database. `schema.sql` is its schema, `docs/data-file.md` explains it.
//!
//! A data file is never changed in place: a new one is written and renamed over it (see
//! [`combine`](super::combine)). So it never has a journal, and readers need no lock.

mod branches;
mod digest;
mod functions;
pub(super) mod rows;
pub(super) mod store;

use super::error::Error;
use super::hit_file;
use super::object_table;
use super::runtime_log;
use super::snapshot;
use rusqlite::{Connection, OpenFlags};
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// `PRAGMA application_id` of a data file: "fork".
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"fork");

/// `PRAGMA user_version` of a data file.
const SCHEMA_VERSION: i32 = 6;

/// The oldest schema that is read: [`convert`] makes the present one of it.
const OLDEST_SCHEMA: i32 = 4;

/// The fixed part of an SQLite database's header (<https://www.sqlite.org/fileformat.html>, 1.3).
const DATABASE_HEADER: usize = 100;

/// The format of a file, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileFormat {
    /// A data file with a schema that is read.
    DataFile {
        schema: i32,
    },
    /// A data file with this schema, made by another version of forkcov.
    OtherVersion(i32),
    HitFile,
    ObjectTable,
    RuntimeLog,
    SourceList,
    Snapshots,
    /// Empty, or zeros only.
    Blank,
    /// No file of forkcov.
    Foreign,
}

/// The format of the file `path`.
pub(super) fn recognise(path: &Path) -> Result<FileFormat, Error> {
    // Whatever stands there: a FIFO would block.
    let mut options = File::options();
    let file =
        options.read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(Error::io("open", path))?;
    let kind = file.metadata().map_err(Error::io("read", path))?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Err(Error::unusable(path, "not a regular file"));
    }
    recognise_open(&file).map_err(Error::io("read", path))
}

/// The format of an open file.
pub(super) fn recognise_open(file: &File) -> io::Result<FileFormat> {
    let mut head = Vec::with_capacity(DATABASE_HEADER);
    file.take(DATABASE_HEADER as u64).read_to_end(&mut head)?;
    Ok(if head.starts_with(b"SQLite format 3\0") {
        let number = |at: usize| Some(i32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
        match (number(68), number(60)) {
            (Some(APPLICATION_ID), Some(schema @ OLDEST_SCHEMA..=SCHEMA_VERSION)) => {
                FileFormat::DataFile { schema }
            }
            (Some(APPLICATION_ID), Some(version)) => FileFormat::OtherVersion(version),
            _ => FileFormat::Foreign,
        }
    } else if has_only_zeros(&head, file)? {
        FileFormat::Blank
    } else if head.starts_with(&object_table::MAGIC) {
        FileFormat::ObjectTable
    } else if head.starts_with(&runtime_log::MAGIC) {
        FileFormat::RuntimeLog
    } else if head.starts_with(&runtime_log::sources::MAGIC) {
        FileFormat::SourceList
    } else if head.starts_with(&snapshot::MAGIC) {
        FileFormat::Snapshots
    } else if hit_file::is_of_any_version(&head) {
        FileFormat::HitFile
    } else {
        FileFormat::Foreign
    })
}

/// Whether there is nothing in a file, or zeros only, as after a crash of the machine. `head` has been read.
fn has_only_zeros(head: &[u8], mut file: &File) -> io::Result<bool> {
    /// A larger file is not read for that.
    const LARGEST: u64 = 1 << 28;
    let is_zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    if !is_zero(head) || file.metadata()?.len() > LARGEST {
        return Ok(false);
    }
    let mut rest = vec![0; 1 << 16];
    loop {
        match file.read(&mut rest) {
            Ok(0) => return Ok(true),
            Ok(length) if is_zero(&rest[..length]) => {}
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

impl FileFormat {
    /// Whether this is a data file that is converted when it is read.
    pub(super) fn is_of_earlier_schema(self) -> bool {
        matches!(self, Self::DataFile { schema } if schema < SCHEMA_VERSION)
    }

    /// Why a file of this format is not read as a data file.
    pub(super) fn complaint(self) -> String {
        match self {
            Self::OtherVersion(version) => {
                let advice =
                    if version > SCHEMA_VERSION { "update forkcov" } else { "run the program again" };
                format!(
                    "another version of forkcov made it (its schema is {version}, this one reads \
                     {OLDEST_SCHEMA} to {SCHEMA_VERSION}): {advice}"
                )
            }
            Self::HitFile => "a hit file: `forkcov combine` makes a data file of it".to_owned(),
            Self::Blank => "it is empty".to_owned(),
            Self::DataFile { .. }
            | Self::ObjectTable
            | Self::RuntimeLog
            | Self::SourceList
            | Self::Snapshots
            | Self::Foreign => "not a data file of forkcov".to_owned(),
        }
    }
}

/// Why a data file cannot be read, and what to do.
pub(super) fn damage(error: &rusqlite::Error) -> String {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        None | Some(DatabaseCorrupt | NotADatabase) => damaged(error),
        Some(_) => error.to_string(),
    }
}

fn damaged(what: impl Display) -> String {
    format!("it is damaged ({what}): run the program again, without --append, to replace it")
}

/// Opens a data file for reading.
pub(super) fn open(path: &Path) -> Result<Connection, Error> {
    let format = recognise(path)?;
    let FileFormat::DataFile { schema } = format else {
        return Err(Error::unusable(path, format.complaint()));
    };
    let opened = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(|connection| {
        convert(&connection, schema)?;
        Ok(connection)
    });
    opened.map_err(|error| Error::unusable(path, damage(&error)))
}

/// Puts views before the tables of a data file of an earlier schema that make it one of the present schema.
/// The file is not changed.
fn convert(connection: &Connection, schema: i32) -> rusqlite::Result<()> {
    const STEPS: [(i32, &str); 2] =
        [(4, include_str!("from_schema_4.sql")), (5, include_str!("from_schema_5.sql"))];
    connection.execute_batch("PRAGMA temp_store = MEMORY")?;
    let mut needed = STEPS.iter().filter(|(from, _)| *from >= schema);
    needed.try_for_each(|(_, step)| connection.execute_batch(step))
}

/// Checks a whole data file. Without this, a row whose key is damaged would be missing without a message.
pub(super) fn check(connection: &Connection) -> Result<(), String> {
    let text = |error: rusqlite::Error| damage(&error);
    let verdict: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(text)?;
    if verdict != "ok" {
        return Err(damaged(verdict));
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check").map_err(text)?;
    let dangling = statement.exists([]).map_err(text)?;
    if dangling { Err(damaged("a row refers to a missing one")) } else { Ok(()) }
}

/// Opens `path`, an empty file or a data file, to be written and then renamed. If that fails the file is
/// discarded, so neither a journal on disk nor flushes are needed.
pub(super) fn open_to_write(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch(
        "PRAGMA journal_mode = MEMORY; -- needed to roll back a savepoint
         PRAGMA synchronous = OFF;
         PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536; -- KiB
         PRAGMA foreign_keys = OFF; -- or else each deletion of a set searches all tables",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Writes the schema into an empty file.
pub(super) fn create_schema(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    connection.execute_batch(include_str!("schema.sql"))?;
    let meta = [("schema", SCHEMA_VERSION.to_string()), ("forkcov", env!("CARGO_PKG_VERSION").to_owned())];
    for pair in meta {
        connection.execute("INSERT INTO meta VALUES (?, ?)", pair)?;
    }
    Ok(())
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    // The bundled SQLite accepts URIs. An absolute path is never one.
    let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}
