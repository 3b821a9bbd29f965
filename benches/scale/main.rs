//! What many processes cost: 20,000 in one run, 1,000 of which live at once, each with an object of 200,000
//! sites in it of which it reaches some hundreds.
//!
//! `cargo bench --bench scale` prints a Markdown table; `PROCESSES=2000 ALIVE=100 LINES=5000` make it
//! smaller. Data goes to the disk of the target directory, or where `DIRECTORY` says. Ratios within one run
//! are what can be compared.

mod program;
mod watched;

use forkcov_testing::measured::Measured;
use forkcov_testing::paths;
use program::{OWN, Size};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use watched::Watched;

fn main() {
    let size = Size::asked();
    let place = std::env::var_os("DIRECTORY").unwrap_or(paths::scratch().into());
    let directory = tempfile::tempdir_in(place).expect("a temporary directory");
    let program = program::compile(directory.path(), size);
    let data_file = directory.path().join("forkcov.data");
    let bare = Watched::of(Command::new(&program));
    let mut run = Command::new(paths::forkcov());
    run.args(["run", "-q", "-p", "--source"]).arg(directory.path()).arg("--data-file").arg(&data_file);
    run.arg("--").arg(&program);
    let run = Watched::of(run);
    let kept = Kept::by(directory.path());
    let combine = forkcov(&data_file, &["combine", "--keep"]);
    let report = forkcov(&data_file, &["report"]);
    let processes = forkcov(&data_file, &["processes"]);
    let json = forkcov(&data_file, &["json", "-o", "/dev/null"]);
    let erase = forkcov(&data_file, &["erase"]);

    let each = 1e6 / f64::from(size.processes);
    let told = program::told(&run.stdout);
    let told_bare = program::told(&bare.stdout);
    println!(
        "{} processes, {} at once, each {OWN} lines of {}\n\n| | |\n|---|---|",
        size.processes, size.alive, size.lines
    );
    let row = |what: &str, value: String| println!("| {what} | {value} |");
    row("bare", format!("{:.2} s", bare.seconds));
    row("`run -p`", format!("{:.2} s, {:.0} µs a process", run.seconds, run.seconds * each));
    row(
        "a process of the first tenth with all alive, and of the last",
        format!(
            "{:.0} µs and {:.0} µs: {:.2} times (bare {:.0} µs and {:.0} µs)",
            told.first_tenth / 1e3,
            told.last_tenth / 1e3,
            told.last_tenth / told.first_tenth,
            told_bare.first_tenth / 1e3,
            told_bare.last_tenth / 1e3
        ),
    );
    row(
        "most memory of `run`",
        format!("{} MB, {} MB of it without a file", run.resident / 1024, run.anonymous / 1024),
    );
    let alive = u64::from(size.alive);
    row(
        "the same for each process alive",
        format!("{} kB, {} kB", run.resident / alive, run.anonymous / alive),
    );
    row("most descriptors, mappings", format!("{}, {}", run.descriptors, run.mappings));
    row(
        "hit files",
        format!(
            "{}, {:.0} bytes each, {:.0} bytes of disk",
            kept.files,
            kept.bytes as f64 / kept.files as f64,
            kept.disk as f64 / kept.files as f64
        ),
    );
    row("`combine --keep`", format!("{combine}: {:.3} of `run`", combine.seconds / run.seconds));
    row("`report`", report.to_string());
    row("`processes`", processes.to_string());
    row("`json`", json.to_string());
    row("`erase`", erase.to_string());
}

/// The hit files of a run.
#[derive(Debug, Default)]
struct Kept {
    files: u64,
    bytes: u64,
    disk: u64,
}

impl Kept {
    fn by(directory: &Path) -> Self {
        let mut kept = Self::default();
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let is_hit_file = |name: &str| name.starts_with("forkcov.data.") && !name.ends_with("object");
            if path.file_name().and_then(|name| name.to_str()).is_some_and(is_hit_file) {
                let metadata = fs::metadata(&path).expect("a file");
                kept.files += 1;
                kept.bytes += metadata.len();
                kept.disk += metadata.blocks() * 512;
            }
        }
        kept
    }
}

fn forkcov(data_file: &Path, arguments: &[&str]) -> Measured {
    let mut forkcov = Command::new(paths::forkcov());
    forkcov.args(arguments).arg("--data-file").arg(data_file);
    Measured::of(forkcov)
}
