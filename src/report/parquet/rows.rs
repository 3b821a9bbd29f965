//! The rows of each table, of one run.

use super::table::{Cell, Schema, TableFile};
use super::{keys, name_of};
use crate::data::view::{Process, SourceFile, View};
use crate::data::{Exit, SourceSnapshot};
use crate::numbers::NumberSet;
use crate::quote::json::text;
use crate::report::line_counts::by_set;
use crate::sources::Here;
use hashbrown::HashMap;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use std::path::PathBuf;
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
    /// Sorted by their numbers.
    processes: Vec<&'v Process>,
    view: &'v View,
    /// Sorted by their keys.
    sources: Vec<RunSource<'v>>,
    /// The cells `process` and `context` of each of [`View::pairs`].
    pairs: Vec<[Cell; 2]>,
}

struct RunSource<'v> {
    key: i64,
    name: String,
    snapshot: Option<SourceSnapshot>,
    file: &'v SourceFile,
    /// What the pairs of the run hit: lines, functions, branches.
    hits: [Vec<(usize, Rc<NumberSet>)>; 3],
}

/// A line, a function or a direction of a branch: what the tables `unit` and `hit` begin with.
struct Unit {
    /// Its number in the sets of hits.
    number: u32,
    cells: [Cell; 6],
    /// The last line of a function.
    last: Cell,
}

impl<'v> RunFacts<'v> {
    pub(super) fn of(
        view: &'v View,
        run: &str,
        snapshots: Option<&HashMap<PathBuf, SourceSnapshot>>,
        root: &Here,
    ) -> Self {
        let processes: Vec<&Process> = view.processes.iter().filter(|process| process.run == run).collect();
        let is_of_run = |pair: usize| view.processes[view.pairs[pair].0].run == run;
        let of_run = |hits: &[(usize, Rc<NumberSet>)]| -> Vec<(usize, Rc<NumberSet>)> {
            hits.iter().filter(|(pair, _)| is_of_run(*pair)).cloned().collect()
        };
        let mut sources: Vec<RunSource> = view
            .files
            .iter()
            .filter_map(|file| {
                let hits = [&file.hits, &file.entered, &file.taken].map(|hits| of_run(hits));
                let snapshot = snapshots.and_then(|snapshots| snapshots.get(&file.path)).copied();
                if snapshot.is_none() && hits.iter().all(Vec::is_empty) {
                    return None;
                }
                let name = root.relative(&file.path);
                let key = keys::source(name, snapshot);
                Some(RunSource { key, name: name_of(name).into_owned(), snapshot, file, hits })
            })
            .collect();
        sources.sort_by_key(|source| source.key);
        let names: Vec<ByteArray> = view.contexts.iter().map(|name| text(name).as_ref().into()).collect();
        let pair = |&(process, context): &(usize, Option<usize>)| {
            let context = Cell::or_null(context, |context: usize| Cell::Text(names[context].clone()));
            [serial(&view.processes[process]), context]
        };
        Self { processes, view, sources, pairs: view.pairs.iter().map(pair).collect() }
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
