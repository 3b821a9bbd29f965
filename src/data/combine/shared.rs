//! The files that several hit files name. They are beside the hit files, and each is read once.

use super::super::counters::LeftoverCounters;
use super::super::data_file::store::Store;
use super::super::names::{self, RunFileKind};
use super::super::run_directory::RunDirectory;
use super::runtime_logs::{LogPath, LogResult, ResolvedLogs};
use super::tables::{TableResult, Tables};
use super::template::Beginning;
use crate::byte_text;
use std::path::{Path, PathBuf};

/// The shared files that have been read.
#[derive(Debug, Default)]
pub(super) struct Shared {
    tables: Tables,
    logs: ResolvedLogs,
}

impl Shared {
    /// For a data file that begins so, in a run with its files in `directory`.
    pub(super) fn new(directory: &RunDirectory, beginning: Option<&Beginning>) -> Self {
        let mut shared = Self::default();
        if let Some(Beginning { table, template }) = beginning {
            shared.tables.insert(directory.path().join(byte_text::decode_path(table)), &template.table);
        }
        shared
    }

    /// The object table `name`, which must have so many sites.
    pub(super) fn table(
        &mut self,
        hit_file: &Path,
        name: &str,
        sites: u32,
        store: &mut Store,
    ) -> rusqlite::Result<TableResult> {
        let Some(path) = beside(hit_file, name, |kind| matches!(kind, RunFileKind::ObjectTable { .. }))
        else {
            return Ok(Err(NO_NAME.to_owned()));
        };
        let table = self.tables.get(&path, store)?;
        Ok(table.and_then(|table| {
            if table.sites == sites { Ok(table) } else { Err("it has another number of sites".to_owned()) }
        }))
    }

    /// The runtime log in the file `name` of `run`, or at a place in that. Its records have serials of
    /// processes, which are valid in that run only.
    pub(super) fn runtime_log(
        &mut self,
        hit_file: &Path,
        (name, place): (&str, Option<u32>),
        run: &str,
        store: &mut Store,
    ) -> rusqlite::Result<LogResult> {
        let kind = RunFileKind::RuntimeLog { run: run.to_owned() };
        match beside(hit_file, name, |found| *found == kind) {
            Some(path) => self.logs.get(LogPath { path, place }, store),
            None => Ok(Err(NO_NAME.to_owned())),
        }
    }
}

/// The counters of `run` in the file `name`. `None` if the file is gone, because the counts are in the hit
/// file.
pub(super) fn leftover_counters(
    hit_file: &Path,
    name: &str,
    run: &str,
) -> Result<Option<LeftoverCounters>, String> {
    let kind = RunFileKind::Counters { run: run.to_owned() };
    let path = beside(hit_file, name, |found| *found == kind).ok_or(NO_NAME)?;
    LeftoverCounters::open(&path).map_err(|error| error.to_string())
}

const NO_NAME: &str = "not a valid name";

/// The file `name` beside the hit file. `None` if `name` has a directory, or is no name of such a file.
fn beside(hit_file: &Path, name: &str, is_such: impl FnOnce(&RunFileKind) -> bool) -> Option<PathBuf> {
    let name = byte_text::decode_path(name);
    let is_plain = name.file_name().is_some_and(|file_name| file_name == name.as_os_str());
    let kind = names::parse(&name).filter(|_| is_plain)?.kind;
    is_such(&kind).then(|| hit_file.with_file_name(&*name))
}
