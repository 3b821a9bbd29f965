//! Runtime logs, each read once and converted to ids of the data file.

use super::super::data_file::store::{ObjectIdentity, Store};
use super::super::file_hits::FileHits;
use super::super::runtime_log::{LogContents, Source};
use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// At most so many bytes of logs are kept converted in memory. Converted, they take less.
const KEPT: usize = 1 << 28;

/// A log whose sources and functions are those of the data file.
#[derive(Debug)]
pub(super) struct ResolvedLog {
    /// The object of the data file that the version of the runtime is; `None` if the log has no lines.
    object: Option<i64>,
    sources: Vec<ResolvedSource>,
    hits: HashMap<u64, BTreeMap<usize, FileHits>>,
    /// The damage of the log, if any. All that is undamaged is here.
    pub(super) damage: Option<String>,
}

#[derive(Debug)]
struct ResolvedSource {
    file: i64,
    /// Of its functions.
    ordinals: Vec<u32>,
}

/// A log, or why it cannot be read.
pub(super) type LogResult = Result<Rc<ResolvedLog>, String>;

/// The logs that hit files have named so far.
#[derive(Debug, Default)]
pub(super) struct ResolvedLogs {
    by_path: HashMap<PathBuf, LogResult>,
    kept: usize,
}

impl ResolvedLogs {
    /// The log in the file `path`.
    pub(super) fn get(&mut self, path: &Path, store: &mut Store) -> rusqlite::Result<LogResult> {
        if let Some(log) = self.by_path.get(path) {
            return Ok(log.clone());
        }
        if self.kept > KEPT {
            *self = Self::default();
        }
        let log = match fs::read(path) {
            Err(error) => Err(error.to_string()),
            Ok(bytes) => {
                self.kept += bytes.len();
                Ok(Rc::new(ResolvedLog::new(LogContents::read(&bytes), store)?))
            }
        };
        self.by_path.insert(path.to_owned(), log.clone());
        Ok(log)
    }
}

impl ResolvedLog {
    /// Records the sources with their executable lines and functions.
    fn new(log: LogContents, store: &mut Store) -> rusqlite::Result<Self> {
        let LogContents { runtime, version, sources, hits, damage } = log;
        let has_code = sources.iter().any(|source| !source.executable.is_empty());
        let object = match runtime.filter(|_| has_code) {
            None => None,
            Some(runtime) => {
                let identity = runtime.version_name(version);
                let object = ObjectIdentity { runtime: Some(runtime.name()), identity: &identity };
                Some(store.object(object)?)
            }
        };
        let mut resolved = Vec::with_capacity(sources.len());
        for Source { path, executable, functions } in &sources {
            let file = store.file(path)?;
            if let Some(object) = object.filter(|_| !executable.is_empty()) {
                store.executable(object, file, executable)?;
            }
            let ordinal = |(line, name): &(u32, String)| store.function(file, (*line, *line), name);
            let ordinals = functions.iter().map(ordinal).collect::<rusqlite::Result<_>>()?;
            resolved.push(ResolvedSource { file, ordinals });
        }
        Ok(Self { object, sources: resolved, hits, damage })
    }

    /// Records that the program `executable` is an interpreter of the log's runtime.
    pub(super) fn record_program(&self, executable: &str, store: &Store) -> rusqlite::Result<()> {
        self.object.map_or(Ok(()), |object| store.object_path(object, executable))
    }

    /// Adds to `by_file` what the process with this serial ran.
    pub(super) fn add(&self, serial: u64, by_file: &mut BTreeMap<i64, FileHits>) {
        for (source, hits) in self.hits.get(&serial).into_iter().flatten() {
            let ResolvedSource { file, ordinals } = &self.sources[*source];
            let all = by_file.entry(*file).or_default();
            all.lines.union_with(&hits.lines);
            all.functions.extend(hits.functions.iter().map(|function| ordinals[function as usize]));
        }
    }
}
