//! Many processes of one Rust test binary, as `cargo nextest` makes one for each test.

use super::generated::marked;
use super::rust::tests as built_tests;
use super::{Script, Subject, Work};
use crate::build::Program;
use std::fmt::Write;
use std::path::Path;

const TESTS: usize = 200;
const EACH: usize = 20;
const PROCESSES: usize = 100;

/// Runs the test `tN` in a process of its own, for each of `count` numbers, two at a time.
fn each(count: usize) -> String {
    format!("seq 0 {} | xargs -P 2 -I N \"$1\" --exact tN --nocapture", count - 1)
}

fn script(directory: &Path, count: usize) -> Subject {
    Subject::Script(Script {
        directory: directory.to_owned(),
        text: each(count),
        executable: built_tests(directory),
    })
}

/// Each test has lines of its own, and every fifth one panics, as it should.
pub fn tests(directory: &Path) -> Work {
    let mut source =
        "use std::sync::atomic::{AtomicU32, Ordering::Relaxed};\npub static X: AtomicU32 = AtomicU32::new(0);\n"
            .to_owned();
    for test in 0..TESTS {
        let should_panic = if test % 5 == 0 { "#[should_panic]\n" } else { "" };
        let _ = writeln!(source, "#[test]\n{should_panic}fn t{test}() {{");
        for line in 0..EACH {
            let _ = writeln!(source, "X.store({line}, Relaxed);");
        }
        let end = if test % 5 == 0 { "panic!(\"it should\");\n" } else { "" };
        let _ = writeln!(source, "{end}}}");
    }
    let manifest = "[package]\nname = \"many\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n";
    Program::write(directory, "Cargo.toml", manifest);
    Program::write(&directory.join("src"), "lib.rs", &source);
    let groups = vec![marked("the tests", "lib.rs", &source, "X.store")];
    Work {
        pairs: Some(TESTS * EACH),
        ..Work::of("200 processes of a Rust test binary", script(directory, TESTS), groups)
    }
}

/// Each test reads JSON and matches expressions. The sources of interest are those of the crate, or all.
pub fn with_dependencies(directory: &Path) -> [Work; 2] {
    let mut source = include_str!("../rust/dependencies.rs").to_owned();
    for test in 0..PROCESSES {
        let _ = writeln!(source, "#[test]\nfn t{test}() {{\n    assert!(work({test}) > 0);\n}}");
    }
    let manifest = "[package]\nname = \"dependent\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n\
                    regex = \"1\"\nserde_json = \"1\"\n\n[workspace]\n";
    Program::write(directory, "Cargo.toml", manifest);
    Program::write(&directory.join("src"), "lib.rs", &source);
    // The same dependencies as forkcov's own, which have been fetched.
    Program::write(directory, "Cargo.lock", include_str!("../../../Cargo.lock"));
    let groups = vec![marked("the tests", "lib.rs", &source, "assert!(work(")];
    let work = |name: &str| Work {
        pairs: Some(PROCESSES),
        ..Work::of(name, script(directory, PROCESSES), groups.clone())
    };
    [
        work("100 processes of a Rust test binary with dependencies, own crate"),
        Work { interest: Some("/".into()), ..work("the same, all sources") },
    ]
}
