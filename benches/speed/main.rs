//! What forkcov costs: the same work bare and under `forkcov run`, interleaved in one run, and the floor
//! below which no tracer of this kind can go: a minimal loop of as many stops.
//!
//! The first table is on the cache; in the second one, everything is read anew. `cargo bench` prints both in
//! Markdown. Ratios are what can be compared between machines; times are not.

mod floor;
mod starts;
mod work;

use forkcov_testing::paths;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use work::Work;

const ROUNDS: usize = 5;

fn main() {
    // In memory where that can be had: what a disk takes to make files is not the point.
    let directory =
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary directory");
    let works = work::all(directory.path());
    starts::table(works.last().expect("a work"), directory.path());
    println!(
        "\n| CPUs | work | bare | forkcov | forkcov / bare | stops | µs per stop added | floor, µs per stop | to the floor |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for cpus in ["all", "one"] {
        if cpus == "one" {
            stay_on_one_cpu();
        }
        for work in &works {
            row(cpus, work, directory.path());
        }
    }
}

/// Programs started from here on inherit it: tracer and tracee share a CPU.
fn stay_on_one_cpu() {
    let mut set = nix::sched::CpuSet::new();
    set.set(0).expect("CPU 0");
    nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(0), &set).expect("an affinity");
}

fn row(cpus: &str, work: &Work, directory: &Path) {
    let (mut bare, mut traced, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(time(&mut Command::new(&work.program)));
        traced.push(time(
            Command::new(paths::forkcov())
                .args(["run", "-q", "--no-cache", "--source"])
                .arg(directory)
                .arg("--data-file")
                .arg(directory.join("forkcov.data"))
                .arg("--")
                .arg(&work.program),
        ));
        if work.stops > 0 {
            floor.push(floor::time(work.stops));
        }
    }
    let (bare, traced) = (median(bare), median(traced));
    let ratio = traced.as_secs_f64() / bare.as_secs_f64();
    print!("| {cpus} | {} | {bare:.1?} | {traced:.1?} | {ratio:.2} ", work.name);
    if work.stops == 0 {
        println!("| | | | |");
        return;
    }
    let stops = work.stops as f64;
    let floor = median(floor);
    let added = traced.saturating_sub(bare);
    println!(
        "| {} | {:.2} | {:.2} | {:.2} |",
        work.stops,
        added.as_secs_f64() * 1e6 / stops,
        floor.as_secs_f64() * 1e6 / stops,
        added.as_secs_f64() / floor.as_secs_f64()
    );
}

fn time(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().expect("a program that starts");
    assert!(status.success(), "{command:?} failed: {status}");
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
