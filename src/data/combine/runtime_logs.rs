//! Runtime logs, each read once and converted to ids of the data file.

use super::super::data_file::store::{Branch, Executable, ObjectIdentity, Store};
use super::super::file_hits::HitsByFile;
use super::super::names;
use super::super::runtime_log::{Arc, LogContents, LogId, LoggedUnit, Source, sources};
use crate::byte_text;
use crate::numbers::NumberSet;
use hashbrown::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// At most so many bytes of logs are kept converted in memory. Converted, they take less.
const KEPT: usize = 1 << 28;

/// A log whose sources and functions are those of the data file.
#[derive(Debug)]
pub(super) struct ResolvedLog {
    /// The object of the data file that the version of the runtime is; `None` if the log has no lines.
    object: Option<i64>,
    /// The process that it belongs to.
    owner: u64,
    /// The log that it continues, or why that cannot be read.
    parent: Option<LogResult>,
    first: u32,
    /// The code units, by their slots.
    units: HashMap<u32, ResolvedUnit>,
    hits: HitsByFile,
    /// The damage of the log, if any. All that is undamaged is here.
    pub(super) damage: Option<String>,
}

/// A code unit; `None` if its record is incomplete.
type ResolvedUnit = Option<UnitPlace>;

#[derive(Debug, Clone, Copy)]
struct UnitPlace {
    file: i64,
    /// Of its functions.
    ordinal: Option<u32>,
}

/// A log, or why it cannot be read.
pub(super) type LogResult = Result<Rc<ResolvedLog>, String>;

/// The sources of a run by their numbers, from 1 on; or why the list cannot be read.
type SourcesOfRun = Result<Rc<Vec<String>>, String>;

/// Where a log is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LogPath {
    /// Its file.
    pub(super) path: PathBuf,
    /// Its place in that; `None` if it is all of it.
    pub(super) place: Option<u32>,
}

/// The logs that hit files have named so far, and those that they continue.
#[derive(Debug, Default)]
pub(super) struct ResolvedLogs {
    by_path: HashMap<LogPath, LogResult>,
    /// The file of logs of children that was read last.
    open: Option<(PathBuf, File)>,
    sources: HashMap<PathBuf, SourcesOfRun>,
    kept: usize,
}

impl ResolvedLogs {
    /// The log at `path`.
    pub(super) fn get(&mut self, path: LogPath, store: &mut Store) -> rusqlite::Result<LogResult> {
        if self.kept > KEPT {
            *self = Self::default();
        }
        // Those that it continues come first: a chain can be long.
        let mut unread = Vec::new();
        let mut next = Some(path.clone());
        while let Some(path) = next.take().filter(|path| !self.by_path.contains_key(path)) {
            let contents = self.read(&path);
            let parent = contents.as_ref().ok().and_then(|contents| contents.parent);
            next = parent.and_then(|id| path.of_parent(id));
            unread.push((path, contents, next.clone()));
        }
        while let Some((path, contents, parent)) = unread.pop() {
            let parent = parent.and_then(|parent| self.by_path.get(&parent).cloned());
            let log = match contents {
                Err(reason) => Err(reason),
                Ok(contents) => {
                    let sources = self.sources(&path.path);
                    Ok(Rc::new(ResolvedLog::new(contents, parent, &sources, store)?))
                }
            };
            self.by_path.insert(path, log);
        }
        Ok(self.by_path[&path].clone())
    }

    fn read(&mut self, path: &LogPath) -> Result<LogContents, String> {
        let bytes = self.bytes(path).map_err(|error| error.to_string())?;
        self.kept += bytes.len();
        Ok(LogContents::read(&bytes))
    }

    fn bytes(&mut self, LogPath { path, place }: &LogPath) -> io::Result<Vec<u8>> {
        let Some(place) = *place else { return LogContents::bytes(&File::open(path)?) };
        let open = self.open.take().filter(|(open, _)| open == path);
        let (_, file) = match open {
            Some(open) => self.open.insert(open),
            None => self.open.insert((path.clone(), File::open(path)?)),
        };
        LogContents::bytes_at(file, place)
    }

    /// The sources of the run that the log `path` is of.
    fn sources(&mut self, path: &Path) -> SourcesOfRun {
        let list = names::beside_runtime_log(path, "sources").unwrap_or_default();
        let read = |list: &PathBuf| {
            let bytes = fs::read(list).map_err(|error| format!("the sources of its run: {error}"))?;
            let sources =
                sources::read(&bytes).map_err(|reason| format!("the sources of its run: {reason}"))?;
            let text = |source: &&[u8]| byte_text::encode(source).into_owned();
            Ok(Rc::new(sources.iter().map(text).collect()))
        };
        self.sources.entry(list).or_insert_with_key(read).clone()
    }
}

/// An arc, as a direction of a branch: a runtime has one jump on each line.
fn branch(Arc { from, to }: Arc) -> Branch {
    Branch { line: from, jump: 0, way: to.into() }
}

impl LogPath {
    /// The log that this one continues: it is an earlier one of the same run.
    fn of_parent(&self, parent: LogId) -> Option<Self> {
        let own = LogId { file: names::runtime_log_number(&self.path)?, place: self.place };
        let path = || names::beside_runtime_log(&self.path, &format!("{}.runtime", parent.file));
        if parent < own { Some(Self { path: path()?, place: parent.place }) } else { None }
    }
}

/// A chain of logs is dropped one by one: the recursion could be too deep for the stack.
impl Drop for ResolvedLog {
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(Ok(log)) = next {
            next = Rc::into_inner(log).and_then(|mut log| log.parent.take());
        }
    }
}

impl ResolvedLog {
    /// Records the sources with their executable lines and functions.
    fn new(
        log: LogContents,
        parent: Option<LogResult>,
        sources: &SourcesOfRun,
        store: &mut Store,
    ) -> rusqlite::Result<Self> {
        let mut resolved = Self {
            object: None,
            owner: log.owner,
            parent,
            first: log.first,
            units: HashMap::with_capacity(log.units.len()),
            hits: HitsByFile::new(),
            damage: log.damage,
        };
        let has_lines = !log.inherited.is_empty() || log.sources.values().any(|it| !it.executable.is_empty());
        if let Some(runtime) = log.runtime.filter(|_| has_lines) {
            let identity = runtime.version_name(log.version);
            let object = ObjectIdentity { runtime: Some(runtime.name()), identity: &identity };
            resolved.object = Some(store.object(object)?);
        }
        let mut files = HashMap::new();
        for (number, Source { executable, functions, arcs }) in &log.sources {
            let path = match sources {
                Ok(sources) => (*number as usize).checked_sub(1).and_then(|at| sources.get(at)),
                Err(reason) => {
                    resolved.damage.get_or_insert_with(|| reason.clone());
                    None
                }
            };
            let Some(path) = path else {
                resolved.damage.get_or_insert_with(|| "a code unit of no source file".to_owned());
                continue;
            };
            let file = store.file(path)?;
            let arcs = arcs.iter().map(|arc| store.branch(file, branch(*arc)));
            let arcs = arcs.collect::<rusqlite::Result<Vec<_>>>()?;
            if let Some(object) = resolved.object.filter(|_| !executable.is_empty()) {
                let branches = arcs.iter().copied().collect();
                store.executable(object, file, &Executable { lines: executable.clone(), branches })?;
            }
            let ordinal = |(line, name): &(u32, String)| store.function(file, (*line, *line), name);
            let ordinals = functions.iter().map(ordinal).collect::<rusqlite::Result<Vec<_>>>()?;
            if let Some(hits) = log.hits.get(number) {
                let all = resolved.hits.entry(file).or_default();
                all.lines.union_with(&hits.lines);
                all.functions.extend(hits.functions.iter().map(|function| ordinals[function as usize]));
                if let Some(taken) = &hits.branches {
                    let taken = taken.iter().map(|arc| arcs[arc as usize]);
                    all.branches.get_or_insert_default().extend(taken);
                }
            }
            files.insert(*number, (file, ordinals));
        }
        for (slot, unit) in log.units {
            let place = match unit {
                LoggedUnit::Incomplete => None,
                LoggedUnit::Complete { source, function } => {
                    let Some((file, ordinals)) = files.get(&source) else { continue };
                    Some(UnitPlace { file: *file, ordinal: function.map(|at| ordinals[at as usize]) })
                }
            };
            resolved.units.insert(slot, place);
        }
        resolved.add_inherited(&log.inherited, store)?;
        resolved.add_inherited_arcs(&log.inherited_arcs, store)?;
        Ok(resolved)
    }

    /// Adds the lines of code units that are described in the logs that it continues, which are sorted.
    fn add_inherited(&mut self, lines: &[(u32, u32)], store: &mut Store) -> rusqlite::Result<()> {
        for of_unit in lines.chunk_by(|(a, _), (b, _)| a == b) {
            let Some(place) = self.inherited_place(of_unit[0].0) else { continue };
            let lines: NumberSet = of_unit.iter().map(|(_, line)| *line).collect();
            let hits = self.hits.entry(place.file).or_default();
            hits.lines.union_with(&lines);
            if let Some(object) = self.object {
                store.executable(object, place.file, &Executable::of_lines(lines))?;
            }
            hits.functions.extend(place.ordinal);
        }
        Ok(())
    }

    /// Adds the arcs of such code units.
    fn add_inherited_arcs(&mut self, arcs: &[(u32, Arc)], store: &mut Store) -> rusqlite::Result<()> {
        for of_unit in arcs.chunk_by(|(a, _), (b, _)| a == b) {
            let Some(place) = self.inherited_place(of_unit[0].0) else { continue };
            let branches = of_unit.iter().map(|(_, arc)| store.branch(place.file, branch(*arc)));
            let branches = branches.collect::<rusqlite::Result<NumberSet>>()?;
            let hits = self.hits.entry(place.file).or_default();
            hits.branches.get_or_insert_default().union_with(&branches);
            if let Some(object) = self.object {
                store.executable(
                    object,
                    place.file,
                    &Executable { lines: NumberSet::default(), branches },
                )?;
            }
        }
        Ok(())
    }

    /// Where the code unit is in a slot of a log that this one continues. `None` if its record is incomplete,
    /// or not there, which is damage.
    fn inherited_place(&mut self, slot: u32) -> Option<UnitPlace> {
        self.inherited_unit(slot).unwrap_or_else(|reason| {
            self.damage.get_or_insert(reason);
            None
        })
    }

    /// The code unit in a slot of a log that this one continues.
    fn inherited_unit(&self, slot: u32) -> Result<ResolvedUnit, String> {
        let mut log = self;
        while slot < log.first {
            log = match &log.parent {
                Some(Ok(parent)) => parent,
                Some(Err(reason)) => return Err(format!("a log that it continues: {reason}")),
                None => break,
            };
        }
        log.units.get(&slot).copied().ok_or_else(|| "a line of no code unit".to_owned())
    }

    /// Records that the program `executable` is an interpreter of the log's runtime.
    pub(super) fn record_program(&self, executable: &str, store: &Store) -> rusqlite::Result<()> {
        self.object.map_or(Ok(()), |object| store.object_path(object, executable))
    }

    /// Adds to `by_file` what the process with this serial ran, if the log is that process's.
    pub(super) fn add(&self, serial: u64, by_file: &mut HitsByFile) {
        for (file, hits) in self.hits.iter().filter(|_| serial == self.owner) {
            by_file.entry(*file).or_default().union_with(hits);
        }
    }
}
