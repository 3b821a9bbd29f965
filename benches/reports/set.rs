//! The data: programs of many sources, and processes each of which runs two of them.

use forkcov::data::hit_file::{HitFile, ObjectRef};
use forkcov::data::object_table::{Function, ObjectTable, SiteLine};
use forkcov::data::{Birth, Exit, Image, ProcessStart, RunDirectory, RunFiles, RunNames};
use std::fs;
use std::path::Path;

const PROGRAMS: u32 = 15;
const SOURCES: u32 = 100;
const LINES: u32 = 500;
const PROCESSES: u32 = 5_000;
/// So many lines a function has.
const FUNCTION: u32 = 25;

/// Writes the sources and the hit files into `directory`.
pub fn write(directory: &Path) {
    let data_file = directory.join("forkcov.data");
    let run = "0123456789abcdef";
    let own = RunDirectory::open(data_file.parent().expect("a directory")).expect("a directory");
    let base = data_file.file_name().expect("a name").to_owned();
    let files =
        RunFiles { directory: own, names: RunNames { base, host: "host".to_owned(), run: run.to_owned() } };
    write_sources(directory, "c", "value += 1;");
    let tables = (0..PROGRAMS).map(|program| table(directory, program));
    let names: Vec<_> =
        (0..).zip(tables).map(|(number, table)| table.write(&files, number).expect("a table")).collect();
    for process in 0..PROCESSES {
        let start = ProcessStart {
            run: run.to_owned(),
            serial: u64::from(process),
            parent: process.checked_sub(1).map(|before| u64::from(before / 10)),
            host: "host".to_owned(),
            pid: 1000 + process.cast_signed(),
            birth: if process == 0 { Birth::Launch } else { Birth::Fork },
            started: 1.7e9 + f64::from(process),
            label: None,
        };
        let mut file = HitFile::create(&files, &start).expect("a hit file");
        if process == 0 {
            let image = Image { executable: "/bin/server".to_owned(), argv: vec!["server".to_owned()] };
            file.image(&image).expect("an image");
        }
        for (program, sites) in ran(process) {
            let table = &names[program as usize];
            let object = ObjectRef { number: program, table, sites: (SOURCES * LINES) as usize };
            file.set_all(object, [sites.start as usize..=sites.end as usize - 1]).expect("an object");
        }
        file.end(Exit::Code(0), start.started + 60.0).expect("an end");
    }
}

/// What each process ran, as lines of sources: a line of text for each process, `PROGRAM-SOURCE:FIRST-LAST
/// …`.
pub fn told() -> String {
    let mut text = String::new();
    for process in 0..PROCESSES {
        for (program, sites) in ran(process) {
            let sources =
                sites.clone().step_by(LINES as usize).chain([sites.end - 1]).map(|site| site / LINES);
            let mut sources: Vec<u32> = sources.collect();
            sources.dedup();
            for source in sources {
                let first = sites.start.max(source * LINES) - source * LINES + 1;
                let last = sites.end.min((source + 1) * LINES) - source * LINES;
                text += &format!("{program}-{source}:{first}-{last} ");
            }
        }
        text.push('\n');
    }
    text
}

/// Writes the same sources in Python.
pub fn write_python(directory: &Path) {
    write_sources(directory, "py", "value += 1");
}

fn write_sources(directory: &Path, kind: &str, line: &str) {
    for (program, source) in
        (0..PROGRAMS).flat_map(|program| (0..SOURCES).map(move |source| (program, source)))
    {
        let text = format!("{line}\n").repeat(LINES as usize);
        fs::write(source_in(directory, program, source, kind), text).expect("a source");
    }
}

/// A core that all run, and a part of another program that differs from process to process.
fn ran(process: u32) -> [(u32, std::ops::Range<u32>); 2] {
    let first = process * 37 % (SOURCES * LINES - 3000);
    [(0, 0..20_000), (1 + process % (PROGRAMS - 1), first..first + 500 + process % 2500)]
}

fn source_in(directory: &Path, program: u32, source: u32, kind: &str) -> std::path::PathBuf {
    directory.join(format!("p{program}_{source}.{kind}"))
}

fn table(directory: &Path, program: u32) -> ObjectTable {
    let sites = SOURCES * LINES;
    let place = |site| (site / LINES, site % LINES + 1);
    let line = |site| {
        let (file, line) = place(site);
        SiteLine { site, file, line }
    };
    let function = |site| {
        let (file, line) = place(site);
        Function {
            sites: vec![site],
            file,
            line,
            last: line + FUNCTION - 1,
            name: format!("function_{line}"),
        }
    };
    let path = |source| source_in(directory, program, source, "c").to_string_lossy().into_owned();
    ObjectTable {
        id: format!("{program:040x}"),
        runtime: None,
        path: format!("/bin/p{program}"),
        sites,
        files: (0..SOURCES).map(path).collect(),
        lines: (0..sites).map(line).collect(),
        joined: vec![],
        branches: vec![],
        functions: (0..sites).step_by(FUNCTION as usize).map(function).collect(),
    }
}
