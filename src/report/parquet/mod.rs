//! `forkcov parquet`: the facts of a data file as tables for engines that query those of many runs together
//! (docs/fleet.md).
//!
//! Each table is a directory, with a file for each run: `hit/date=2026-11-30/repo=NAME/run=ID/data.parquet`.
//! The names of these directories are columns (Hive's partitions). A run that is written again takes the
//! place of its files. A source is known by a number, which is the same on all machines (`keys.rs`).

mod keys;
mod rows;
mod table;

use super::timestamp;
use crate::data::view::{SnapshotsOfRuns, View};
use crate::data::{Error, put_whole};
use crate::output_file;
use crate::sources::Here;
use parquet::errors::ParquetError;
use rows::RunFacts;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use table::{Schema, TableFile};

/// What the tables are written from.
#[derive(Debug)]
pub struct ParquetLayout<'a> {
    /// The directory to which the names of sources are relative.
    pub root: &'a Here,
    /// The value of the partition `repo`.
    pub repository: &'a str,
}

/// Writes the runs of `view` into `directory`, which is created if needed. The view must have hits by
/// [`Pair`](crate::data::view::HitsBy::Pair). Gives the number of runs.
///
/// # Errors
/// When a file cannot be written. Each file is there as a whole or not at all.
pub fn write(
    view: &View,
    snapshots: &SnapshotsOfRuns,
    layout: &ParquetLayout,
    directory: &Path,
) -> Result<usize, Error> {
    let directory = OutputDirectory { path: directory };
    let runs = RunFacts::all(view, snapshots, layout.root);
    for facts in &runs {
        let began = facts.processes.iter().map(|process| process.started).fold(f64::INFINITY, f64::min);
        let began = Duration::try_from_secs_f64(began).unwrap_or_default();
        let date = timestamp::iso(UNIX_EPOCH + began)[.."2026-11-30".len()].to_owned();
        let parts = [("date", date.as_str()), ("repo", layout.repository), ("run", facts.run())];
        let partition: PathBuf = parts.map(part).iter().collect();
        directory.write(&rows::PROCESS, &partition, |table| facts.processes(table))?;
        directory.write(&rows::IMAGE, &partition, |table| facts.images(table))?;
        directory.write(&rows::CONTEXT, &partition, |table| facts.contexts(table))?;
        directory.write(&rows::SOURCE, &partition, |table| facts.sources(table))?;
        directory.write(&rows::UNIT, &partition, |table| facts.units(table))?;
        directory.write(&rows::HIT, &partition, |table| facts.hits(table))?;
    }
    Ok(runs.len())
}

/// The name of the directory of a partition, with Hive's escapes.
fn part((key, value): (&str, &str)) -> String {
    let mut name = format!("{key}=");
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => name.push(char::from(byte)),
            _ => name += &format!("%{byte:02X}"),
        }
    }
    name
}

struct OutputDirectory<'a> {
    path: &'a Path,
}

impl OutputDirectory<'_> {
    fn write(
        &self,
        schema: &Schema,
        partition: &Path,
        fill: impl FnOnce(&mut TableFile) -> Result<(), ParquetError>,
    ) -> Result<(), Error> {
        let directory = self.path.join(schema.name).join(partition);
        let path = directory.join("data.parquet");
        let failed = |source| Error::Io { action: "write", path: path.clone(), source };
        let below = partition.ancestors().map(|part| self.path.join(schema.name).join(part));
        for directory in below.collect::<Vec<_>>().iter().rev().chain([&self.path.to_owned()]) {
            output_file::check_directory(directory).map_err(failed)?;
        }
        fs::create_dir_all(&directory).map_err(failed)?;
        put_whole(&path, |file| file.with("write", |file| fill_file(file, schema, fill)).map_err(failed))
    }
}

fn fill_file(
    file: &File,
    schema: &Schema,
    fill: impl FnOnce(&mut TableFile) -> Result<(), ParquetError>,
) -> io::Result<()> {
    let write = || {
        let mut table = TableFile::create(file.try_clone()?, schema)?;
        fill(&mut table)?;
        table.finish()
    };
    write().map_err(|error: ParquetError| match error {
        ParquetError::External(error) => {
            error.downcast::<io::Error>().map_or_else(io::Error::other, |error| *error)
        }
        error => io::Error::other(error),
    })
}

/// A name that is no UTF-8 is quoted, as in the reports in JSON.
fn name_of(path: &Path) -> std::borrow::Cow<'_, str> {
    crate::quote::json::name(path.as_os_str().as_bytes())
}
