//! The programs that are measured, written and compiled on the spot.

use forkcov_testing::c_source::{HOT, calls, lines, statements};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program to be timed.
pub struct Work {
    /// What it does.
    pub name: &'static str,
    /// The compiled program.
    pub program: PathBuf,
    /// How many basic blocks its processes reach for the first time, in all; 0 when that is not the point.
    pub stops: u32,
}

/// Compiles all of them into `directory`.
pub fn all(directory: &Path) -> Vec<Work> {
    let work = |name, file: &str, source: String, stops| Work {
        name,
        program: compile(directory, file, &source),
        stops,
    };
    vec![
        work("20,000 lines once", "lines", lines(20_000), 20_000),
        work("a hot loop", "hot", HOT.to_owned(), 0),
        work("500 forks of 200 lines", "forks", forks(500, 200), 500 * 200),
        work("500 forks of 1 line", "idle", forks(500, 1), 0),
        work("start of a program of 400,000 lines", "large", large(400_000), 0),
    ]
}

fn compile(directory: &Path, name: &str, source: &str) -> PathBuf {
    let (file, program) = (directory.join(name).with_extension("c"), directory.join(name));
    fs::write(&file, source).expect("a source file");
    let status =
        Command::new("cc").arg("-g").arg(&file).arg("-o").arg(&program).status().expect("a C compiler");
    assert!(status.success(), "{name}.c does not compile");
    program
}

fn large(count: u32) -> String {
    let (source, functions) = statements(count);
    format!("{source}int main(int argc, char **argv) {{ if (argc > 1) {{ {} }} }}\n", calls(functions))
}

fn forks(count: u32, each: u32) -> String {
    let (source, functions) = statements(each);
    format!(
        "#include <sys/wait.h>\n#include <unistd.h>\n{source}\
         int main(void) {{\nfor (int i = 0; i < {count}; i++) {{ if (fork() == 0) {{ {} _exit(0); }} wait(0); }}\n}}\n",
        calls(functions)
    )
}
