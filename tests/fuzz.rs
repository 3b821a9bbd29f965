//! The readers of files get changed inputs, by seeds: they must return, without a panic and in bounded memory.
//!
//! `FORKCOV_FUZZ_ROUNDS` says how many inputs each reader gets (20,000). `cargo fuzz` does the same, guided by coverage:
//! see `fuzz/README.md`.

use fastrand::Rng;
use forkcov::data::names::{self, RunFileKind};
use forkcov_fuzz_targets::mutation::mutated;
use forkcov_fuzz_targets::{TARGETS, Target};
use forkcov_testing::sandbox::Sandbox;
use forkcov_testing::{harness, needs, paths};
use libtest_mimic::Arguments;
use nix::sys::resource::{Resource, setrlimit};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// More than any input may take, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Address space of the test, in bytes: many times what the valid inputs take.
const MEMORY: u64 = 4 << 30;

fn main() -> ExitCode {
    setrlimit(Resource::RLIMIT_AS, MEMORY, MEMORY).expect("a limit can be lowered");
    let rounds = std::env::var("FORKCOV_FUZZ_ROUNDS").ok().map_or(20_000, |rounds| rounds.parse().unwrap());
    let trial = |target: &'static Target| harness::trial(target.name, move || fuzz(target, rounds));
    harness::run(&Arguments::from_args(), TARGETS.iter().map(trial).collect())
}

/// Gives one reader its valid inputs, and `rounds` changed ones.
fn fuzz(target: &'static Target, rounds: u64) -> Result<(), String> {
    let seeds = seeds(target.name);
    let (progress, watched) = channel();
    thread::spawn(move || {
        let mut round = 0;
        while let outcome = watched.recv_timeout(PATIENCE)
            && outcome != Err(RecvTimeoutError::Disconnected)
        {
            match outcome {
                Ok(next) => round = next,
                Err(_) => {
                    eprintln!("{} does not return from the input of round {round}", target.name);
                    std::process::abort();
                }
            }
        }
    });
    for (number, seed) in seeds.iter().enumerate() {
        assert!((target.run)(seed), "seed {number} of {} is not a sound file", target.name);
    }
    for round in 0..rounds {
        progress.send(round).expect("the watching thread lives");
        let input = mutated(&seeds, &mut Rng::with_seed(round));
        if catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
            let file = paths::scratch().join(format!("fuzz-{}-{round}", target.name));
            fs::write(&file, &input).map_err(|error| error.to_string())?;
            return Err(format!(
                "{} panicked at the input of round {round}: {}",
                target.name,
                file.display()
            ));
        }
    }
    Ok(())
}

/// Valid inputs of a reader.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "object" => objects(),
        "hit_file" | "object_table" | "runtime_log" | "data_file" => files_of_a_run(target),
        "diff" => DIFFS.iter().map(|diff| diff.as_bytes().to_vec()).collect(),
        "statements" => {
            [sources("test-programs/python", "py"), sources("test-programs/shell", "sh")].concat()
        }
        target => panic!("there are no inputs for {target}"),
    }
}

/// Programs with every version of DWARF, compressed or not.
fn objects() -> Vec<Vec<u8>> {
    let sandbox = Sandbox::new();
    let flags = [
        &["-gdwarf-2", "-O0"][..],
        &["-gdwarf-4", "-O2"],
        &["-gdwarf-5", "-O2"],
        &["-gdwarf-5", "-gz=zlib"],
        &["-gdwarf-5", "-gsplit-dwarf"],
    ];
    let build = |flags: &&[&str]| {
        sandbox.compile_source(PROGRAM, "program", flags);
        fs::read(sandbox.path("program")).unwrap()
    };
    flags.iter().map(build).collect()
}

const PROGRAM: &str = "forks.c";

const PYTHON: &str = "import os\n\ndef work(x):\n    return [y for y in range(x) if y]\n\nif os.fork() == 0:\n    work(3)\n    \
                      os._exit(0)\nos.wait()\n";

/// What a run leaves, with `-p` and without.
fn files_of_a_run(kind: &str) -> Vec<Vec<u8>> {
    let sandbox = Sandbox::new();
    if kind == "runtime_log" {
        needs::require(needs::tool("python3"));
        sandbox.write("program.py", PYTHON, 0o644);
        sandbox.succeeds(&["run", "-p", "--", "python3", "program.py"]);
    } else {
        sandbox.compile_source(PROGRAM, "program", &["-g"]);
        sandbox.succeeds(&["run", "-p", "--", "./program"]);
    }
    sandbox.succeeds(&["combine", "--keep"]);
    let files = sandbox.files("forkcov.data");
    let kind_of = |name: &str| names::parse(Path::new(name)).map(|name| name.kind);
    let is_wanted = |name: &&String| match kind {
        "data_file" => *name == "forkcov.data",
        "runtime_log" => matches!(kind_of(name), Some(RunFileKind::RuntimeLog { .. })),
        "object_table" => matches!(kind_of(name), Some(RunFileKind::ObjectTable { .. })),
        _ => matches!(kind_of(name), Some(RunFileKind::HitFile)),
    };
    let wanted: Vec<_> =
        files.iter().filter(is_wanted).map(|name| fs::read(sandbox.path(name)).unwrap()).collect();
    assert!(!wanted.is_empty(), "{kind}: {files:?}");
    wanted
}

/// The files in `directory` whose names end so.
fn sources(directory: &str, end: &str) -> Vec<Vec<u8>> {
    let directory = paths::repository().join(directory);
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|it| it == end)).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

const DIFFS: [&str; 2] = [
    "diff --git a/one.c b/one.c\nindex 1111111..2222222 100644\n--- a/one.c\n+++ b/one.c\n@@ -1,3 +1,4 @@ int main\n \
     int a;\n-int b;\n+int c;\n+int d;\n int e;\ndiff --git a/x y b/x y\nnew file mode 100644\n--- /dev/null\n+++ b/x \
     y\n@@ -0,0 +1 @@\n+z\n\\ No newline at end of file\n",
    "--- old/two.c\t2026-01-01 00:00:00.000000000 +0000\n+++ two.c\t2026-01-02 00:00:00.000000000 +0000\n@@ -7 +7,2 \
     @@\n-a\n+b\n+c\n",
];
