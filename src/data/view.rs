//! The one read-only view of a data file that every report is made from.

use super::copy::{end_of, image_of, start_of};
use super::data_file::{DataFile, Error};
use super::numbers::NumberSet;
use super::{Birth, Exit, Image};
use hashbrown::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// All that a data file knows, filtered as asked.
#[derive(Debug, Default)]
pub struct View {
    /// Sorted by run, then serial (so a parent stands before its children).
    pub processes: Vec<Process>,
    /// Sorted by path.
    pub files: Vec<SourceFile>,
    /// How many distinct executables gave lines.
    pub programs: usize,
}

/// What to load of a data file.
pub struct Filter<'a> {
    /// Of a source file, whether it counts.
    pub wants: &'a dyn Fn(&Path) -> bool,
    /// Only the hits of these processes; all if empty.
    pub pids: &'a [i32],
}

impl View {
    /// Loads `data_file`.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn load(data_file: &Path, filter: &Filter) -> Result<Self, Error> {
        let from = DataFile::open(data_file)?;
        let (processes, indices) = processes(&from)?;
        let sets: HashMap<i64, Rc<NumberSet>> =
            from.sets()?.into_iter().map(|(id, set)| (id, Rc::new(set))).collect();
        let set = |id: i64| sets.get(&id).cloned().ok_or_else(|| from.damaged());

        let mut files = HashMap::new();
        let select = "SELECT file.path, file_id, lines, object.id, object.path
                      FROM executable JOIN file ON file_id = file.id JOIN object ON object_id = object.id";
        let executables: HashSet<String> = processes
            .iter()
            .flat_map(|process| &process.images)
            .map(|image| image.executable.clone())
            .collect();
        let mut programs = HashSet::new();
        for (path, file, lines, object, object_path) in from.rows(select, |row| {
            let (path, object_path): (String, String) = (row.get(0)?, row.get(4)?);
            Ok((path, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?, object_path))
        })? {
            let path = PathBuf::from(path);
            if (filter.wants)(&path) {
                let source = files.entry(file).or_insert_with(|| SourceFile::new(path));
                source.executable.union_with(&*set(lines)?);
                if executables.contains(&object_path) {
                    programs.insert(object);
                }
            }
        }
        let programs = programs.len();
        let select = "SELECT file_id, name, line FROM function ORDER BY file_id, number";
        for (file, name, line) in
            from.rows(select, |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))?
        {
            if let Some(source) = files.get_mut(&file) {
                source.functions.push(Function { name, line, processes: 0 });
            }
        }
        let select = "SELECT process_id, file_id, lines, functions FROM hit";
        for [process, file, lines, functions] in
            from.rows(select, |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))?
        {
            let process = *indices.get(&process).ok_or_else(|| from.damaged())?;
            let Some(source) = files.get_mut(&file) else { continue };
            if filter.pids.is_empty() || filter.pids.contains(&processes[process].pid) {
                source.hits.push((process, set(lines)?));
                for number in set(functions)?.iter() {
                    source.functions.get_mut(number as usize).ok_or_else(|| from.damaged())?.processes += 1;
                }
            }
        }
        let mut files: Vec<SourceFile> = files.into_values().map(SourceFile::sorted).collect();
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { processes, files, programs })
    }
}

/// All processes in the order of the view, and their places in it by their IDs.
fn processes(from: &DataFile) -> Result<(Vec<Process>, HashMap<i64, usize>), Error> {
    let select = "SELECT id, run, serial, parent, host, pid, birth, started, ended, exit_code, exit_signal
                  FROM process ORDER BY run, serial";
    let mut processes = Vec::new();
    let (mut indices, mut serials) = (HashMap::new(), HashMap::new());
    for (id, start, end) in
        from.rows(select, |row| Ok((row.get::<_, i64>(0)?, start_of(row)?, end_of(row)?)))?
    {
        let start = start.ok_or_else(|| from.damaged())?;
        indices.insert(id, processes.len());
        serials.insert((start.run.clone(), start.serial), processes.len());
        // A parent is born before its children, so it stands before them.
        let parent = start.parent.and_then(|parent| serials.get(&(start.run.clone(), parent)).copied());
        processes.push(Process {
            run: start.run,
            serial: start.serial,
            parent,
            host: start.host,
            pid: start.pid,
            birth: start.birth,
            started: start.started,
            ended: end.map(|end| end.ended),
            exit: end.map(|end| end.exit),
            images: Vec::new(),
        });
    }
    let select = "SELECT process_id, executable, argv FROM image ORDER BY process_id, position";
    for (process, image) in from.rows(select, |row| Ok((row.get::<_, i64>(0)?, image_of(row, 1)?)))? {
        let process = *indices.get(&process).ok_or_else(|| from.damaged())?;
        processes[process].images.push(image);
    }
    Ok((processes, indices))
}

impl SourceFile {
    fn new(path: PathBuf) -> Self {
        Self { path, executable: NumberSet::default(), hits: Vec::new(), functions: Vec::new() }
    }

    fn sorted(mut self) -> Self {
        self.hits.sort_unstable_by_key(|&(process, _)| process);
        self.functions.sort_unstable_by(|one, other| (one.line, &one.name).cmp(&(other.line, &other.name)));
        self
    }
}

/// A process of the view.
#[derive(Debug, Clone)]
pub struct Process {
    /// The run it belongs to.
    pub run: String,
    /// Its number in the run.
    pub serial: u64,
    /// Index of its parent in [`View::processes`], when that is known.
    pub parent: Option<usize>,
    /// Host name.
    pub host: String,
    /// PID.
    pub pid: i32,
    /// How it began.
    pub birth: Birth,
    /// When, in seconds since the epoch.
    pub started: f64,
    /// When it ended, if that was seen.
    pub ended: Option<f64>,
    /// How it ended; `None` when the tracer did not live to see it.
    pub exit: Option<Exit>,
    /// Its images in order; empty when it never called exec.
    pub images: Vec<Image>,
}

/// A source file with executable lines.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Absolute, normalised.
    pub path: PathBuf,
    /// Every executable line.
    pub executable: NumberSet,
    /// Who ran what: index into [`View::processes`] and the lines, ascending by process.
    pub hits: Vec<(usize, Rc<NumberSet>)>,
    /// The functions that begin in this file, sorted by line, then name.
    pub functions: Vec<Function>,
}

/// A function of a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Demangled.
    pub name: String,
    /// Where it begins.
    pub line: u32,
    /// How many processes entered it.
    pub processes: usize,
}
