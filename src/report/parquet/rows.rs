//! The rows of each table, of one run.

use super::table::{Cell, Schema, TableFile};
use super::{keys, name_of};
use crate::data::view::{Process, SnapshotsOfRuns, SourceFile, View};
use crate::data::{Exit, SourceSnapshot};
use crate::numbers::NumberSet;
use crate::quote::json::text;
use crate::report::line_counts::by_set;
use crate::sources::Here;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use std::rc::Rc;

pub(super) const PROCESS: Schema = Schema {
    name: "process",
    message: "message process {
        required int64 process; optional int64 parent; optional binary label (UTF8);
        required binary host (UTF8); required int32 pid; required binary birth (UTF8);
        required int64 started (TIMESTAMP(MICROS,true)); optional int64 ended (TIMESTAMP(MICROS,true));
        optional int32 exit_code; optional int32 exit_signal;
    }",
    sorted_by: 1,
};
pub(super) const IMAGE: Schema = Schema {
    name: "image",
    message: "message image {
        required int64 process; required int32 ordinal; required binary executable (UTF8);
        required binary argv (UTF8);
    }",
    sorted_by: 2,
};
pub(super) const CONTEXT: Schema = Schema {
    name: "context",
    message: "message context {
        required int64 process; required int32 ordinal; required binary context (UTF8);
        required int64 started (TIMESTAMP(MICROS,true));
    }",
    sorted_by: 2,
};
pub(super) const SOURCE: Schema = Schema {
    name: "source",
    message: "message source {
        required int64 source; required binary path (UTF8); optional binary digest (UTF8);
        optional binary runtime (UTF8);
    }",
    sorted_by: 1,
};
pub(super) const UNIT: Schema = Schema {
    name: "unit",
    message: "message unit {
        required int64 source; required binary kind (UTF8); required int32 line; optional int32 jump;
        optional int64 way; optional binary name (UTF8); optional int32 last;
    }",
    sorted_by: 3,
};
pub(super) const HIT: Schema = Schema {
    name: "hit",
    message: "message hit {
        required int64 source; required binary kind (UTF8); required int32 line; optional int32 jump;
        optional int64 way; optional binary name (UTF8); required int64 process;
        optional binary context (UTF8);
    }",
    sorted_by: 3,
};

/// What the tables have of one run.
pub(super) struct RunFacts<'v> {
    /// Sorted by their numbers; at least one.
    pub(super) processes: &'v [Process],
    view: &'v View,
    /// Sorted by their keys.
    sources: Vec<RunSource<'v>>,
    /// The cells `process` and `context` of each of [`View::pairs`].
    pairs: Rc<[[Cell; 2]]>,
}

struct RunSource<'v> {
    key: i64,
    name: String,
    snapshot: Option<SourceSnapshot>,
    file: &'v SourceFile,
    /// What the pairs of the run hit: lines, functions, branches.
    hits: SourceHits,
}

type SourceHits = [Vec<(usize, Rc<NumberSet>)>; 3];

/// A line, a function or a direction of a branch: what the tables `unit` and `hit` begin with.
struct Unit {
    /// Its number in the sets of hits.
    number: u32,
    cells: [Cell; 6],
    /// The last line of a function.
    last: Cell,
}

impl<'v> RunFacts<'v> {
    /// Those of each run.
    pub(super) fn all(view: &'v View, snapshots: &SnapshotsOfRuns, root: &Here) -> Vec<Self> {
        let names: Vec<ByteArray> = view.contexts.iter().map(|name| text(name).as_ref().into()).collect();
        let pair = |&(process, context): &(usize, Option<usize>)| {
            let context = Cell::or_null(context, |context: usize| Cell::Text(names[context].clone()));
            [serial(&view.processes[process]), context]
        };
        let pairs: Rc<[[Cell; 2]]> = view.pairs.iter().map(pair).collect();
        let (mut runs, mut run_of_process) = (Vec::new(), Vec::with_capacity(view.processes.len()));
        for processes in view.processes.chunk_by(|one, next| one.run == next.run) {
            run_of_process.resize(run_of_process.len() + processes.len(), runs.len());
            runs.push(Self { processes, view, sources: Vec::new(), pairs: Rc::clone(&pairs) });
        }
        for file in &view.files {
            let mut of_runs: Vec<SourceHits> = runs.iter().map(|_| SourceHits::default()).collect();
            for (kind, hits) in [&file.hits, &file.entered, &file.taken].into_iter().enumerate() {
                for (pair, numbers) in hits {
                    let run = run_of_process[view.pairs[*pair].0];
                    of_runs[run][kind].push((*pair, Rc::clone(numbers)));
                }
            }
            runs.iter_mut().zip(of_runs).for_each(|(run, hits)| run.add(file, hits, snapshots, root));
        }
        runs.iter_mut().for_each(|run| run.sources.sort_by_key(|source| source.key));
        runs
    }

    /// Its name.
    pub(super) fn run(&self) -> &'v str {
        &self.processes[0].run
    }

    /// Adds a source file, if the run knows it.
    fn add(&mut self, file: &'v SourceFile, hits: SourceHits, snapshots: &SnapshotsOfRuns, root: &Here) {
        let snapshot = snapshots.get(self.run()).and_then(|of_run| of_run.get(&file.path)).copied();
        if snapshot.is_none() && hits.iter().all(Vec::is_empty) {
            return;
        }
        let name = root.relative(&file.path);
        let (key, name) = (keys::source(name, snapshot), name_of(name).into_owned());
        self.sources.push(RunSource { key, name, snapshot, file, hits });
    }

    pub(super) fn processes(&self, table: &mut TableFile) -> Result<()> {
        self.processes.iter().try_for_each(|process| {
            let (code, signal) = match process.exit {
                Some(Exit::Code(code)) => (Cell::Int(code), Cell::Null),
                Some(Exit::Signal(signal)) => (Cell::Null, Cell::Int(signal)),
                None => (Cell::Null, Cell::Null),
            };
            table.add(&[
                serial(process),
                Cell::or_null(process.parent, |parent| serial(&self.view.processes[parent])),
                Cell::or_null(process.label.as_deref(), |label| Cell::text(&text(label))),
                Cell::text(&text(&process.host)),
                Cell::Int(process.pid),
                Cell::text(process.birth.name()),
                moment(process.started),
                Cell::or_null(process.ended, moment),
                code,
                signal,
            ])
        })
    }

    pub(super) fn images(&self, table: &mut TableFile) -> Result<()> {
        self.processes.iter().try_for_each(|process| {
            (0..).zip(&process.images).try_for_each(|(ordinal, image)| {
                let argv: Vec<_> = image.argv.iter().map(|argument| text(argument)).collect();
                let argv = serde_json::to_string(&argv).unwrap_or_default();
                let executable = Cell::text(&text(&image.executable));
                table.add(&[serial(process), Cell::Int(ordinal), executable, Cell::text(&argv)])
            })
        })
    }

    pub(super) fn contexts(&self, table: &mut TableFile) -> Result<()> {
        self.processes.iter().try_for_each(|process| {
            (0..).zip(&process.contexts).try_for_each(|(ordinal, context)| {
                let name = Cell::text(&text(&context.name));
                table.add(&[serial(process), Cell::Int(ordinal), name, moment(context.started)])
            })
        })
    }

    pub(super) fn sources(&self, table: &mut TableFile) -> Result<()> {
        self.sources.iter().try_for_each(|source| {
            let digest = match source.snapshot {
                Some(SourceSnapshot::Hash(hash)) => Cell::text(&blake3::Hash::from(hash).to_hex()),
                _ => Cell::Null,
            };
            let runtime = Cell::or_null(source.file.runtime.as_deref(), Cell::text);
            table.add(&[Cell::Long(source.key), Cell::text(&source.name), digest, runtime])
        })
    }

    pub(super) fn units(&self, table: &mut TableFile) -> Result<()> {
        for source in &self.sources {
            for unit in source.units().iter().flatten() {
                let [key, kind, line, jump, way, name] = unit.cells.clone();
                table.add(&[key, kind, line, jump, way, name, unit.last.clone()])?;
            }
        }
        Ok(())
    }

    pub(super) fn hits(&self, table: &mut TableFile) -> Result<()> {
        for source in &self.sources {
            for (units, hits) in source.units().iter().zip(&source.hits) {
                let groups = by_set(hits);
                for unit in units {
                    let hitters = groups.iter().filter(|(numbers, _)| numbers.contains(unit.number));
                    for pair in hitters.flat_map(|(_, pairs)| pairs) {
                        let [key, kind, line, jump, way, name] = unit.cells.clone();
                        let [process, context] = self.pairs[*pair].clone();
                        table.add(&[key, kind, line, jump, way, name, process, context])?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl RunSource<'_> {
    /// The lines, functions and directions of branches.
    fn units(&self) -> [Vec<Unit>; 3] {
        let key = Cell::Long(self.key);
        let unit = |number, kind: &Cell, line: u32, [jump, way, name]: [Cell; 3]| Unit {
            number,
            cells: [key.clone(), kind.clone(), Cell::Int(line as i32), jump, way, name],
            last: Cell::Null,
        };
        let [line, function, branch] = ["line", "function", "branch"].map(Cell::text);
        let none = || [Cell::Null, Cell::Null, Cell::Null];
        let lines = self.file.executable.iter().map(|number| unit(number, &line, number, none()));
        let functions = self.file.functions.iter().map(|it| {
            let name = Cell::text(&text(&it.name));
            let last = Cell::Int(it.last as i32);
            Unit { last, ..unit(it.ordinal, &function, it.line, [Cell::Null, Cell::Null, name]) }
        });
        let branches = self.file.branches.iter().map(|it| {
            let (jump, way) = (Cell::Int(it.jump as i32), Cell::Long(it.way));
            unit(it.ordinal, &branch, it.line, [jump, way, Cell::Null])
        });
        [lines.collect(), functions.collect(), branches.collect()]
    }
}

fn serial(process: &Process) -> Cell {
    Cell::Long(process.serial as i64)
}

/// A time in microseconds since the epoch.
fn moment(seconds: f64) -> Cell {
    Cell::Long((seconds * 1e6) as i64)
}
