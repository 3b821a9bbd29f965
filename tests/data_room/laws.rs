//! `combine` is associative, commutative and idempotent: any split and any order of the same inputs, some of
//! them twice, gives the same view.

use crate::runtime_log::{Code, FUNCTION, OF_3_10, OF_3_13, OTHER, Probe};
use crate::support::{KEEP, context, image, load, numbered, object, run_files, start, table};
use forkcov::data::combine::{CombineOptions, combine};
use forkcov::data::hit_file::HitFile;
use forkcov::data::view::View;
use forkcov::data::{Exit, RunSnapshots, SourceSnapshot};
use proptest::prelude::*;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::slice;

const SITES: usize = 12;

/// One hit file: several may be about one process, as copies from different moments are.
#[derive(Debug, Clone)]
struct Told {
    run: u8,
    serial: u64,
    object: u8,
    hits: Vec<usize>,
    images: usize,
    /// The contexts, each with how many of the hits are in it; the rest is in none.
    contexts: Vec<(u8, usize)>,
    /// Of the run's two, the ones that it names.
    logs: Vec<usize>,
    ended: Option<(i32, u8)>,
}

fn told() -> impl Strategy<Value = Told> {
    let hits = prop::collection::vec(0..SITES, 0..6);
    let fields = (
        0..2u8,
        0..3u64,
        0..3u8,
        hits,
        0..3usize,
        prop::collection::vec((0..2u8, 0..3usize), 0..3),
        prop::collection::vec(0..2usize, 0..3),
        prop::option::of((0..3i32, 0..3u8)),
    );
    fields.prop_map(|(run, serial, object, hits, images, contexts, logs, ended)| Told {
        run,
        serial,
        object,
        hits,
        images,
        contexts,
        logs,
        ended,
    })
}

/// How to combine: which group each input goes to (twice, if two are named), whether a group is combined
/// first by itself, and the order of the groups.
#[derive(Debug, Clone)]
struct Plan {
    groups: Vec<(usize, Option<usize>)>,
    by_appending: bool,
    order: Vec<usize>,
}

const GROUPS: usize = 3;

fn plan(inputs: usize) -> impl Strategy<Value = Plan> {
    let groups = prop::collection::vec((0..GROUPS, prop::option::of(0..GROUPS)), inputs);
    let order = Just((0..GROUPS).collect::<Vec<_>>()).prop_shuffle();
    (groups, any::<bool>(), order).prop_map(|(groups, by_appending, order)| Plan {
        groups,
        by_appending,
        order,
    })
}

/// The logs of two images of a run, of each process: interpreters of two versions run the same file, not the
/// same lines of it. The processes were forked from each other.
fn logs(data_file: &Path, run: u8) -> Vec<[String; 2]> {
    let [old, new] = [OF_3_10, OF_3_13].map(|version| {
        let number = u32::from(version == OF_3_13);
        let mut probe = Probe::start(data_file, &format!("{run:02x}"), number, version, 0);
        let file = probe.file("/src/main.py");
        let only = probe.file(&format!("/src/only{number}.py"));
        let mut code = |file, parent, flags, name: &str, lines: &[u32]| {
            probe.code(&Code { file, parent, flags, name, lines })
        };
        let module = code(file, 0, OTHER, "<module>", &[1, 2, 5 + number]);
        let function = code(file, module, FUNCTION, "function", &[2, 3 + u32::from(run)]);
        let other = code(only, 0, FUNCTION, "other", &[7, 8]);
        let mut names = Vec::new();
        for process in 0..3 {
            probe.line([module, function, other][process as usize], 2 + process);
            names.push(probe.log.name());
            probe = probe.fork(2 * (process + 1) + number, u64::from(process) + 1);
        }
        names
    });
    old.into_iter().zip(new).map(|(old, new)| [old, new]).collect()
}

fn write(directory: &Path, told: &[Told]) -> Vec<PathBuf> {
    let data_file = directory.join("d");
    let mut names = Vec::new();
    for run in 0..2u8 {
        for object in 0..3u8 {
            // Two runs of one object with other filters: not the same lines are executable.
            let mut table = table(&format!("object{object}"), SITES as u32);
            table.lines.retain(|line| line.file != u32::from(run) || object != 1);
            table.functions.rotate_left(usize::from(run));
            table.branches.rotate_left(usize::from(run));
            names.push(table.write(&run_files(&data_file, &format!("{run:02x}")), object.into()).unwrap());
        }
    }
    for run in 0..2u8 {
        let own = [run, 7].map(|text| SourceSnapshot::of(&[text]));
        let files = ["/src/main.c", "/src/main.py"].map(str::to_owned).into_iter().zip(own).collect();
        RunSnapshots { files }.write(&run_files(&data_file, &format!("{run:02x}"))).unwrap();
    }
    let logs = [0, 1].map(|run| logs(&data_file, run));
    let write = |told: &Told| {
        let run = format!("{:02x}", told.run);
        let mut file = HitFile::create(&run_files(&data_file, &run), &start(&run, told.serial)).unwrap();
        (0..told.images).for_each(|image_| file.image(&image(&format!("object{image_}"))).unwrap());
        let table = &names[usize::from(told.run) * 3 + usize::from(told.object)];
        file.object(object(table, SITES)).unwrap();
        let mut hits = told.hits.iter().map(|site| *site..=*site);
        for (name, count) in &told.contexts {
            file.set_all(object(table, SITES), hits.by_ref().take(*count)).unwrap();
            file.context(&context(&format!("test {name}"), 1500.0 + f64::from(*name))).unwrap();
        }
        file.set_all(object(table, SITES), hits).unwrap();
        told.logs
            .iter()
            .for_each(|log| file.log(&logs[usize::from(told.run)][told.serial as usize][*log]).unwrap());
        if let Some((code, time)) = told.ended {
            file.end(Exit::Code(code), 2000.0 + f64::from(time)).unwrap();
        } else {
            file.left(2000.0).unwrap();
        }
        file.path().unwrap()
    };
    told.iter().map(write).collect()
}

/// Carries `plan` out and gives the data file.
fn carry_out(plan: &Plan, inputs: &[PathBuf], directory: &Path) -> PathBuf {
    let output = directory.join("out");
    let mut groups = vec![Vec::new(); GROUPS];
    for (input, (first, second)) in inputs.iter().zip(&plan.groups) {
        groups[*first].push(input.clone());
        second.iter().for_each(|second| groups[*second].push(input.clone()));
    }
    let groups: Vec<_> =
        plan.order.iter().map(|group| &groups[*group]).filter(|group| !group.is_empty()).collect();
    if plan.by_appending {
        for group in groups {
            combine(group, &output, &CombineOptions { append: true, keep: true, rewrite: None }).unwrap();
        }
    } else {
        let part = |(number, group): (usize, &&Vec<PathBuf>)| {
            let part = directory.join(format!("part{number}"));
            combine(group, &part, &KEEP).unwrap();
            part
        };
        let parts: Vec<_> = groups.iter().enumerate().map(part).collect();
        combine(&parts, &output, &KEEP).unwrap();
    }
    output
}

/// All that is in a data file: the view, and the facts by context, with all branches.
fn content(data_file: &Path) -> (View, Vec<String>) {
    let connection = Connection::open(data_file).unwrap();
    let sql = "SELECT concat_ws(' ', 'line', run, pid, context, path, line) AS fact FROM line_hit
               UNION SELECT concat_ws(' ', 'branch', run, pid, context, path, line, jump, way) FROM branch_hit
               UNION SELECT concat_ws(' ', 'known', identity, path, line, jump, way) FROM executable
                   JOIN object ON object.id = object JOIN file ON file.id = executable.file
                   JOIN number ON number_set = executable.branches
                   JOIN branch ON branch.file = executable.file AND branch.ordinal = number
               ORDER BY fact";
    let mut statement = connection.prepare(sql).unwrap();
    let facts = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    (numbered(load(data_file)), facts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_split_and_order_gives_the_same_view(
        (told, plan) in prop::collection::vec(told(), 1..8)
            .prop_flat_map(|told| { let plan = plan(told.len()); (Just(told), plan) })
    ) {
        let directory = tempfile::tempdir().unwrap();
        let inputs = write(directory.path(), &told);
        let whole = directory.path().join("whole");
        prop_assert_eq!(combine(&inputs, &whole, &KEEP).unwrap().damaged, []);
        let expected = content(&whole);
        let output = carry_out(&plan, &inputs, directory.path());
        prop_assert_eq!(&content(&output), &expected);
        // Once more, by hit files and by itself, changes nothing.
        let again = [&inputs[..], slice::from_ref(&output)].concat();
        combine(&again, &output, &CombineOptions { append: true, keep: true, rewrite: None }).unwrap();
        prop_assert_eq!(&content(&output), &expected);
    }
}
