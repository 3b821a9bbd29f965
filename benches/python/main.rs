//! What coverage of Python costs: the same programs bare, under `forkcov run` and under coverage.py,
//! interleaved in one run, by each installed interpreter; and how many processes kept their lines.
//!
//! `cargo bench --bench python` prints a Markdown table; `-- 3.11 3.12` asks for these versions alone, and
//! `FORKCOV_ROUNDS=N` for other than 5 rounds. Each program times its own work: those that compute, by the
//! processor time of the process. Ratios are what can be compared between machines; times are not.
//!
//! Of the started and the forked processes it also says how many have all of their lines in the data: the
//! fewest of any round.

mod kept;
mod tool;
mod work;

use forkcov_testing::environment::CoverageEnvironment;
use forkcov_testing::interpreter::{self, Interpreter};
use std::path::Path;
use tool::Tool;
use work::{Shown, WORKS, Work};

/// The versions of CPython, by their minor numbers.
const WANTED: std::ops::RangeInclusive<u32> = 9..=14;

const ROUNDS: usize = 5;

/// What the rounds of a tool with a program have shown.
#[derive(Debug, Default)]
struct Measured {
    /// Seconds.
    times: Vec<f64>,
    /// The fewest processes with complete lines.
    kept: Option<usize>,
}

fn main() {
    let rounds = std::env::var("FORKCOV_ROUNDS")
        .map_or(ROUNDS, |rounds| rounds.parse().expect("a number in FORKCOV_ROUNDS"));
    assert!(rounds > 0, "FORKCOV_ROUNDS=0 measures nothing");
    // In memory where that can be had: what a disk takes to make files is not the point.
    let directory =
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary directory");
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let mut found = interpreter::found(WANTED);
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|version| name.starts_with(version));
    found.retain(|python| python.environments && is_wanted(&python.name));
    assert!(!found.is_empty(), "no such interpreter is here");
    header();
    for python in &found {
        compare(python, directory.path(), rounds);
    }
}

fn header() {
    print!("| Python | under |");
    for work in WORKS {
        print!(" {} |", work.name);
    }
    println!("\n|---|---|{}", "---|".repeat(WORKS.len()));
}

fn compare(python: &Interpreter, directory: &Path, rounds: usize) {
    let environment = CoverageEnvironment::of(python);
    let tools = Tool::all(python.minor);
    let mut measured: Vec<Vec<Measured>> =
        tools.iter().map(|_| WORKS.iter().map(|_| Measured::default()).collect()).collect();
    for _ in 0..rounds {
        for (number, work) in WORKS.iter().enumerate() {
            for (tool, measured) in tools.iter().zip(&mut measured) {
                measured[number].add(*tool, work, &environment, directory);
            }
        }
    }
    let bare: Vec<f64> = measured[0].iter().map(Measured::median).collect();
    for (tool, measured) in tools.iter().zip(&measured) {
        print!("| {} | {} |", python.name, tool.name(&environment));
        for ((work, measured), bare) in WORKS.iter().zip(measured).zip(&bare) {
            print!(" {} |", measured.cell(*tool, work, *bare));
        }
        println!();
    }
}

impl Measured {
    /// Runs `work` once.
    fn add(&mut self, tool: Tool, work: &Work, environment: &CoverageEnvironment, directory: &Path) {
        let place = tempfile::tempdir_in(directory).expect("a temporary directory");
        self.times.push(work.run(tool, environment, place.path()));
        if let Some(children) = &work.children {
            let kept = kept::complete(tool, environment, children, place.path());
            self.kept = kept.map(|kept| self.kept.map_or(kept, |fewest| fewest.min(kept)));
        }
    }

    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }

    /// What the table says, beside a program that takes `bare` seconds.
    fn cell(&self, tool: Tool, work: &Work, bare: f64) -> String {
        let seconds = self.median();
        let time = match work.shown {
            Shown::Whole if tool == Tool::Bare => format!("{:.0} ms", seconds * 1e3),
            Shown::Whole => format!("{:.2}", seconds / bare),
            Shown::Each(count) if tool == Tool::Bare => format!("{:.1} ms", seconds * 1e3 / f64::from(count)),
            Shown::Each(count) => format!("{:+.1} ms", (seconds - bare) * 1e3 / f64::from(count)),
        };
        match (self.kept, &work.children) {
            (Some(kept), Some(children)) => format!("{time}, {kept} of {} kept", children.count),
            _ => time,
        }
    }
}
