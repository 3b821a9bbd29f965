//! Facts that are made up: runs on many days, each with many tests, which run ranges of lines of some sources.

use forkcov::data::hit_file::{HitFile, ObjectRef};
use forkcov::data::object_table::{ObjectTable, SiteLine};
use forkcov::data::{
    Birth, ContextStart, Exit, ProcessStart, RunDirectory, RunFiles, RunNames, RunSnapshots, SourceSnapshot,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Lines of each source.
const LINES: u32 = 500;
/// Sources that a test runs lines of, and how many lines of each.
const SOURCES_OF_TEST: u32 = 10;
const LINES_OF_TEST: u32 = 200;
const SECONDS_OF_DAY: f64 = 86_400.0;

/// How many there are of everything. Run `n` is of `n * 3` days ago.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub runs: u32,
    pub tests: u32,
    pub sources: u32,
}

/// What the queries must answer.
pub struct Answers {
    /// How many lines of each source any test ran.
    pub union: BTreeMap<String, usize>,
    /// Which tests ran line 250 of the first source.
    pub of_line: BTreeSet<String>,
    /// The lines that no test of the last 30 days ran.
    pub stale: BTreeSet<(String, u32)>,
    /// The tests each of whose lines another test ran, too.
    pub redundant: BTreeSet<String>,
}

impl Size {
    /// What a test runs, in every run.
    fn ran(self, test: u32) -> impl Iterator<Item = (u32, Range<u32>)> {
        let first = test * 31 % (LINES - LINES_OF_TEST) + 1;
        (0..SOURCES_OF_TEST)
            .map(move |nth| ((test * 7 + nth * 13) % self.sources, first..first + LINES_OF_TEST))
    }

    /// The tests of a run: those of a later one are some others.
    fn tests_of(self, run: u32) -> Range<u32> {
        run * self.tests / 2..run * self.tests / 2 + self.tests
    }

    pub fn answers(self) -> Answers {
        let mut of_lines: BTreeMap<(u32, u32), BTreeSet<u32>> = BTreeMap::new();
        let mut recent: BTreeSet<(u32, u32)> = BTreeSet::new();
        for run in 0..self.runs {
            for test in self.tests_of(run) {
                for (source, lines) in self.ran(test) {
                    for line in lines {
                        of_lines.entry((source, line)).or_default().insert(test);
                        if run * 3 <= 30 {
                            recent.insert((source, line));
                        }
                    }
                }
            }
        }
        let mut union: BTreeMap<String, usize> = (0..self.sources).map(|source| (path(source), 0)).collect();
        for (source, _) in of_lines.keys() {
            *union.entry(path(*source)).or_default() += 1;
        }
        let all = (0..self.sources).flat_map(|source| (1..=LINES).map(move |line| (source, line)));
        let stale = all.filter(|line| !recent.contains(line)).map(|(source, line)| (path(source), line));
        let alone: BTreeSet<u32> =
            of_lines.values().filter(|tests| tests.len() == 1).flatten().copied().collect();
        let ran: BTreeSet<u32> = of_lines.values().flatten().copied().collect();
        let of_line = of_lines.get(&(0, 250)).into_iter().flatten();
        Answers {
            union,
            of_line: of_line.map(|test| name(*test)).collect(),
            stale: stale.collect(),
            redundant: ran.difference(&alone).map(|test| name(*test)).collect(),
        }
    }

    /// Writes the hit files of all runs into `directory`.
    pub fn write(self, directory: &Path) {
        (0..self.runs).for_each(|run| self.write_run(directory, run));
    }

    fn write_run(self, directory: &Path, run: u32) {
        let name_of_run = format!("{run:016x}");
        let own = RunDirectory::open(directory).expect("a directory");
        let names = RunNames { base: "forkcov.data".into(), host: "ci".to_owned(), run: name_of_run.clone() };
        let files = RunFiles { directory: own, names };
        let absolute = |source: u32| directory.join(path(source)).to_str().expect("UTF-8").to_owned();
        let sites = self.sources * LINES;
        let table = ObjectTable {
            id: "5ca1ab1e".to_owned(),
            runtime: None,
            path: "/bin/server".to_owned(),
            sites,
            files: (0..self.sources).map(absolute).collect(),
            lines: (0..sites)
                .map(|site| SiteLine { site, file: site / LINES, line: site % LINES + 1 })
                .collect(),
            functions: Vec::new(),
            branches: Vec::new(),
            joined: Vec::new(),
        };
        let table = table.write(&files, 0).expect("a table");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs_f64();
        let began = now - f64::from(run * 3) * SECONDS_OF_DAY;
        for (serial, test) in (0..).zip(self.tests_of(run)) {
            let start = ProcessStart {
                run: name_of_run.clone(),
                serial,
                parent: None,
                host: "ci".to_owned(),
                pid: 1000 + test.cast_signed(),
                birth: Birth::Launch,
                started: began,
                label: None,
            };
            let mut file = HitFile::create(&files, &start).expect("a hit file");
            file.context(&ContextStart { name: name(test), started: began }).expect("a context");
            let object = ObjectRef { number: 0, table: &table, sites: sites as usize };
            let ranges = self.ran(test).map(|(source, lines)| {
                let site = |line: u32| (source * LINES + line - 1) as usize;
                site(lines.start)..=site(lines.end - 1)
            });
            file.set_all(object, ranges).expect("an object");
            file.end(Exit::Code(0), began + 1.0).expect("an end");
        }
        let snapshots = (0..self.sources).map(|source| (absolute(source), SourceSnapshot::of(b"")));
        RunSnapshots { files: snapshots.collect() }.write(&files).expect("snapshots");
    }
}

fn path(source: u32) -> String {
    format!("src/{source:04}.c")
}

fn name(test: u32) -> String {
    format!("test_{test}")
}
