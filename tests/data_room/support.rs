//! Hit files as a tracer would leave them, made without a tracer.

use forkcov::data::combine::{CombineOptions, combine};
use forkcov::data::hit_file::{HitFile, HitPiece, ObjectHits, ObjectRef};
use forkcov::data::object_table::{Function, ObjectTable, SiteBranch, SiteLine};
use forkcov::data::view::{Filter, View};
use forkcov::data::{
    Birth, ContextStart, Exit, Image, ProcessStart, RunDirectory, RunFiles, RunNames, TestResult,
};
use forkcov::numbers::NumberSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A program of two files; site n begins line n + 1 of one of them, every fourth enters a function, and every
/// third is one way of a jump of the line.
pub fn table(id: &str, sites: u32) -> ObjectTable {
    let name = |site| format!("f{site}");
    ObjectTable {
        id: id.to_owned(),
        runtime: None,
        path: format!("/bin/{id}"),
        sites,
        files: vec!["/src/main.c".to_owned(), format!("/src/{id}.c")],
        lines: (0..sites).map(|site| SiteLine { site, file: site % 2, line: site + 1 }).collect(),
        joined: vec![],
        branches: (0..sites)
            .step_by(3)
            .map(|site| SiteBranch { site, file: site % 2, line: site + 1, jump: site % 4, way: site % 5 })
            .collect(),
        functions: (0..sites)
            .step_by(4)
            .map(|site| Function {
                sites: vec![site],
                file: site % 2,
                line: site + 1,
                last: site + 1,
                name: name(site),
            })
            .collect(),
    }
}

/// The files of a run of the host that [`start`] names.
pub fn run_files(data_file: &Path, run: &str) -> RunFiles {
    RunFiles {
        directory: RunDirectory::open(data_file.parent().unwrap()).unwrap(),
        names: RunNames {
            base: data_file.file_name().unwrap().to_owned(),
            host: "ci.example".to_owned(),
            run: run.to_owned(),
        },
    }
}

pub fn start(run: &str, serial: u64) -> ProcessStart {
    ProcessStart {
        run: run.to_owned(),
        serial,
        parent: serial.checked_sub(1),
        host: "ci.example".to_owned(),
        pid: 100 + serial as i32,
        birth: if serial == 0 { Birth::Launch } else { Birth::Fork },
        started: 1000.5 + serial as f64,
        label: None,
    }
}

pub fn context(name: &str, started: f64) -> ContextStart {
    ContextStart { name: name.to_owned(), started }
}

pub fn result(test: &str, failed: bool, ended: f64) -> TestResult {
    TestResult { test: test.to_owned(), failed, ended }
}

pub fn image(id: &str) -> Image {
    Image { executable: format!("/bin/{id}"), argv: vec![id.to_owned(), "--flag".to_owned()] }
}

/// The sites of an object that were hit, ascending.
pub fn hit_sites(sites: &ObjectHits) -> Vec<usize> {
    let of_piece = |piece: &HitPiece| {
        let hit = (piece.first as usize..).zip(piece.hits).filter(|(_, byte)| **byte != 0);
        hit.map(|(site, _)| site).collect::<Vec<_>>()
    };
    let mut hit: Vec<usize> = sites.pieces.iter().flat_map(of_piece).collect();
    hit.sort_unstable();
    hit
}

/// The only object of a process.
pub fn object(table: &str, sites: usize) -> ObjectRef<'_> {
    ObjectRef { number: 0, table, sites }
}

/// A process that ran the first `hits` sites of the object in the table `name`, and ended.
pub fn process(data_file: &Path, start: &ProcessStart, name: &str, sites: u32, hits: u32) -> PathBuf {
    process_in(&run_files(data_file, &start.run), start, name, sites, hits)
}

/// The same, with its files there.
pub fn process_in(files: &RunFiles, start: &ProcessStart, name: &str, sites: u32, hits: u32) -> PathBuf {
    let mut file = HitFile::create(files, start).unwrap();
    if start.serial == 0 {
        file.image(&image("server")).unwrap();
    }
    let object = object(name, sites as usize);
    file.object(object).unwrap();
    file.set_all(object, (0..hits as usize).map(|site| site..=site)).unwrap();
    file.end(Exit::Code(0), start.started + 1.0).unwrap();
    file.path().unwrap()
}

/// A run of `processes` processes, of which the first ran 10 sites, each other one more than the one before,
/// and none more than there are, 40; its hit files.
pub fn run(data_file: &Path, run: &str, processes: u64) -> Vec<PathBuf> {
    run_of(data_file, run, processes, 10)
}

/// The same, but the first ran `first` sites.
pub fn run_of(data_file: &Path, run: &str, processes: u64, first: u32) -> Vec<PathBuf> {
    run_in(&run_files(data_file, run), processes, first)
}

/// The same run in its private directory, while it goes on.
pub fn run_that_goes_on(data_file: &Path, run: &str, processes: u64) -> RunFiles {
    let directory = RunDirectory::create(run, data_file).unwrap();
    let files = RunFiles { directory, ..run_files(data_file, run) };
    run_in(&files, processes, 10);
    files
}

fn run_in(files: &RunFiles, processes: u64, first: u32) -> Vec<PathBuf> {
    let name = table("server", 40).write(files, 0).unwrap();
    let start = |serial| start(&files.names.run, serial);
    let process = |serial| process_in(files, &start(serial), &name, 40, 40.min(first + serial as u32));
    (0..processes).map(process).collect()
}

pub fn load(data_file: &Path) -> View {
    View::load(data_file, &Filter::default()).unwrap()
}

/// The view with the functions and branches of each file numbered as they stand in it: in a data file, they are
/// numbered as they came.
pub fn numbered(mut view: View) -> View {
    for file in &mut view.files {
        let functions: Vec<u32> = file.functions.iter().map(|function| function.ordinal).collect();
        let branches: Vec<u32> = file.branches.iter().map(|branch| branch.ordinal).collect();
        renumber(&mut file.entered, &functions);
        renumber(&mut file.taken, &branches);
        (0..).zip(&mut file.functions).for_each(|(place, function)| function.ordinal = place);
        (0..).zip(&mut file.branches).for_each(|(place, branch)| branch.ordinal = place);
    }
    view
}

/// Replaces each of `ordinals` by its place there.
fn renumber(of_processes: &mut [(usize, Rc<NumberSet>)], ordinals: &[u32]) {
    for (_, numbers) in of_processes {
        let places = (0..).zip(ordinals).filter(|(_, ordinal)| numbers.contains(**ordinal));
        *numbers = Rc::new(places.map(|(place, _)| place).collect());
    }
}

/// The view of a new data file of `inputs`, which are kept.
pub fn view_of(inputs: &[PathBuf]) -> View {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("out");
    let summary =
        combine(inputs, &output, &CombineOptions { append: false, keep: true, rewrite: None }).unwrap();
    assert_eq!(summary.damaged, []);
    load(&output)
}

/// The names in `directory`, sorted.
pub fn names_in(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

pub const APPEND: CombineOptions = CombineOptions { append: true, keep: false, rewrite: None };

pub const KEEP: CombineOptions = CombineOptions { append: false, keep: true, rewrite: None };
