//! What the cache saves: the start of a program with much debug information, without the cache, when it is
//! empty, and again.

use super::{ROUNDS, median, time};
use crate::work::Work;
use forkcov_testing::paths;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Prints a table.
pub fn table(work: &Work, directory: &Path) {
    let cache = directory.join("cache");
    let start = |flags: &[&str]| {
        time(
            Command::new(paths::forkcov())
                .args(["run", "-q", "--source"])
                .arg(directory)
                .args(flags)
                .arg("--data-file")
                .arg(directory.join("forkcov.data"))
                .arg("--")
                .arg(&work.program)
                .env("XDG_CACHE_HOME", &cache),
        )
    };
    let (mut bare, mut without, mut first, mut again) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let _ = fs::remove_dir_all(&cache);
        bare.push(time(&mut Command::new(&work.program)));
        without.push(start(&["--no-cache"]));
        assert!(!cache.exists(), "--no-cache keeps something");
        first.push(start(&[]));
        assert!(cache.exists(), "nothing is kept");
        again.push(start(&[]));
    }
    let [bare, without, first, again] = [bare, without, first, again].map(median);
    let added = |time: Duration| time.saturating_sub(bare).as_secs_f64();
    println!(
        "\n| work | bare | --no-cache | first | again | added, first / --no-cache | added, again / --no-cache |"
    );
    println!("|---|---|---|---|---|---|---|");
    println!(
        "| {} | {bare:.1?} | {without:.1?} | {first:.1?} | {again:.1?} | {:.2} | {:.2} |",
        work.name,
        added(first) / added(without),
        added(again) / added(without)
    );
}
