//! Random programs, each of which logs exactly what it runs.
//!
//! A seed makes a C program of processes, threads, signals, libraries and abrupt ends (`random/ast.rs`).
//! Every line of interest logs itself, with the PID, before it does anything else, in memory that outlives
//! the process (`random/runtime/log.c`). A process is killed from outside only where it waits for that; so
//! the log is exact, and forkcov's lines must equal it, process by process. Beside that, the program must do
//! as it does without forkcov: the same processes with the same lines, ends and sums. At `-O0`, the
//! directions of each `if` are those that its lines say (`random/directions.rs`).
//!
//! | variable | says |
//! |---|---|
//! | `FORKCOV_SEEDS=FROM..TO` | these seeds, TO included, instead of the usual ones |
//! | `FORKCOV_REPEAT=N` | runs each program N times |
//! | `FORKCOV_KEEP=1` | the files of programs that pass are kept as well |
//! | `FORKCOV_SHRINK=1` | what fails is made smaller, as long as it fails in one of ten runs |
//!
//! What a failed seed leaves behind (sources, log, data file) is in `target/tmp/random/`.

mod ast;
mod build;
mod check;
mod cost;
mod directions;
mod generate;
mod log;
mod optimised;
mod paths;
mod print;
mod shrink;
mod trial;

use forkcov_testing::{harness, repeated};
use libtest_mimic::{Arguments, Trial};
use std::env;
use std::ops::RangeInclusive;
use std::process::ExitCode;

/// Without `FORKCOV_SEEDS`.
const USUAL: RangeInclusive<u64> = 1..=20;

fn main() -> ExitCode {
    let seeds = match env::var("FORKCOV_SEEDS").map(|text| range(&text)) {
        Err(_) => USUAL,
        Ok(Some(seeds)) => seeds,
        Ok(None) => {
            eprintln!("FORKCOV_SEEDS is not FROM..TO");
            return ExitCode::FAILURE;
        }
    };
    let both = |seed| ["-O0", "-Og"].map(|level| build::Variant::of(seed, level));
    let optimised = harness::trial("facts-O2", {
        let seeds = seeds.clone();
        move || optimised::run(seeds)
    });
    let trials = seeds.flat_map(both).map(trial).chain([optimised]).collect();
    harness::run(&Arguments::from_args(), trials)
}

fn range(text: &str) -> Option<RangeInclusive<u64>> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    Some(from.parse().ok()?..=to.parse().ok()?)
}

fn trial(variant: build::Variant) -> Trial {
    match variant.missing_compiler() {
        Some(lack) => repeated::lacking(variant.name(), lack),
        None => harness::trial(variant.name(), move || trial::run(&variant)),
    }
}
