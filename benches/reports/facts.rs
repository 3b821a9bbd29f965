//! More than 100,000,000 facts, as ten machines have them: ten data files, each of a run of 5,000 processes.
//! A process runs two of 2,000 tests, and in each of these 200 lines of five sources, with the functions and
//! branches there.

use forkcov::data::hit_file::{HitFile, ObjectRef};
use forkcov::data::object_table::{Function, ObjectTable, SiteBranch, SiteLine};
use forkcov::data::{Birth, ContextStart, Exit, Image, ProcessStart, RunDirectory, RunFiles, RunNames};
use forkcov_testing::paths;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::Command;

const RUNS: u32 = 10;
const PROCESSES: u32 = 5_000;
const TESTS: u32 = 2_000;
const SOURCES: u32 = 500;
const SOURCES_OF_TEST: u32 = 5;
const LINES: u32 = 500;
const LINES_OF_TEST: u32 = 200;
/// So many parts of each source are run by any process.
const VARIANTS: u32 = 60;
const LINES_OF_FUNCTION: u32 = 25;
/// One line of so many has a jump, with two directions.
const LINES_OF_JUMP: u32 = 5;
const DIRECTIONS: u32 = LINES / LINES_OF_JUMP * 2;
/// A site for each line of a source, then an edge for each direction.
const SITES: u32 = SOURCES * (LINES + DIRECTIONS);

/// Writes the sources and the data files into `directory`. Gives how many facts they have, and their names.
pub fn write(directory: &Path) -> (u64, Vec<String>) {
    for source in 0..SOURCES {
        fs::write(directory.join(format!("{source}.c")), "value += 1;\n".repeat(LINES as usize))
            .expect("a source");
    }
    let names = (0..RUNS).map(|run| format!("{run}.data")).collect::<Vec<_>>();
    ((0..).zip(&names).map(|(run, name)| write_run(directory, run, name)).sum(), names)
}

/// Writes the hit files of a run, and combines them.
fn write_run(directory: &Path, run: u32, data_file: &str) -> u64 {
    let run_name = format!("{run:016x}");
    let files = RunFiles {
        directory: RunDirectory::open(directory).expect("a directory"),
        names: RunNames { base: data_file.into(), host: "host".to_owned(), run: run_name.clone() },
    };
    let table = table(directory).write(&files, 0).expect("a table");
    let object = ObjectRef { number: 0, table: &table, sites: SITES as usize };
    let mut facts = 0;
    for serial in 0..PROCESSES {
        let start = ProcessStart {
            run: run_name.clone(),
            serial: serial.into(),
            parent: None,
            host: "host".to_owned(),
            pid: 1000 + serial.cast_signed(),
            birth: Birth::Launch,
            started: 1.7e9 + f64::from(serial),
            label: None,
        };
        let mut file = HitFile::create(&files, &start).expect("a hit file");
        let image = Image { executable: "/bin/server".to_owned(), argv: vec!["server".to_owned()] };
        file.image(&image).expect("an image");
        let process = run * PROCESSES + serial;
        for nth in 0..2 {
            let test = (process * 2 + nth) % TESTS;
            let context = ContextStart { name: format!("test_{test}"), started: start.started };
            file.context(&context).expect("a context");
            for part in 0..SOURCES_OF_TEST {
                let source = (process * 7 + (nth * SOURCES_OF_TEST + part) * 13) % SOURCES;
                let hit = hit_sites(source, process % VARIANTS);
                facts += hit.iter().map(|range| range.clone().count() as u64).sum::<u64>();
                facts += u64::from(LINES_OF_TEST / LINES_OF_FUNCTION);
                file.set_all(object, hit).expect("an object");
            }
        }
        file.end(Exit::Code(0), start.started + 60.0).expect("an end");
    }
    let mut combine = Command::new(paths::forkcov());
    combine.args(["combine", "--data-file"]).arg(data_file).current_dir(directory);
    assert!(combine.output().expect("forkcov").status.success(), "{combine:?}");
    facts
}

/// The sites that a process hits in a source: those of neighbouring lines, and of some directions there.
fn hit_sites(source: u32, variant: u32) -> Vec<RangeInclusive<usize>> {
    let first = variant * LINES_OF_JUMP;
    let line = |line: u32| (source * LINES + line) as usize;
    let mut hit = vec![line(first)..=line(first + LINES_OF_TEST - 1)];
    let jumps = first / LINES_OF_JUMP..(first + LINES_OF_TEST) / LINES_OF_JUMP;
    hit.extend(jumps.map(|jump| {
        let edge = (SOURCES * LINES + source * DIRECTIONS + 2 * jump) as usize;
        edge..=edge + usize::from((jump + variant).is_multiple_of(3))
    }));
    hit
}

fn table(directory: &Path) -> ObjectTable {
    let path = |source: u32| directory.join(format!("{source}.c")).to_string_lossy().into_owned();
    let line = |site| SiteLine { site, file: site / LINES, line: site % LINES + 1 };
    let function = |site| {
        let SiteLine { file, line, .. } = line(site);
        let name = format!("function_{line}");
        Function { sites: vec![site], file, line, last: line + LINES_OF_FUNCTION - 1, name }
    };
    let branch = |edge: u32| {
        let direction = edge % DIRECTIONS;
        SiteBranch {
            site: SOURCES * LINES + edge,
            file: edge / DIRECTIONS,
            line: direction / 2 * LINES_OF_JUMP + 1,
            jump: 0,
            way: direction % 2,
        }
    };
    ObjectTable {
        id: "5ca1ab1e".to_owned(),
        runtime: None,
        path: "/bin/server".to_owned(),
        sites: SITES,
        files: (0..SOURCES).map(path).collect(),
        lines: (0..SOURCES * LINES).map(line).collect(),
        joined: Vec::new(),
        branches: (0..SOURCES * DIRECTIONS).map(branch).collect(),
        functions: (0..SOURCES * LINES).step_by(LINES_OF_FUNCTION as usize).map(function).collect(),
    }
}
