//! A crate with a test that runs 5,000 lines: what cargo-tarpaulin can run.

use super::generated::marked;
use super::{Subject, Work};
use crate::build::Program;
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A crate that has been built with debug information.
pub struct Crate {
    /// Where its manifest is.
    pub directory: PathBuf,
    /// Its unit tests.
    pub tests: PathBuf,
}

const MANIFEST: &str =
    "[package]\nname = \"statements\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n";

/// That of this file.
pub fn work(directory: &Path) -> Work {
    let source = source();
    Program::write(directory, "Cargo.toml", MANIFEST);
    Program::write(&directory.join("src"), "lib.rs", &source);
    let subject = Subject::Crate(Crate { directory: directory.to_owned(), tests: tests(directory) });
    Work::of("a Rust test of 5,000 lines", subject, vec![marked("it", "lib.rs", &source, "X.store")])
}

fn source() -> String {
    let mut source =
        "use std::sync::atomic::{AtomicU32, Ordering::Relaxed};\npub static X: AtomicU32 = AtomicU32::new(0);\n"
            .to_owned();
    for function in 0..5 {
        let _ = writeln!(source, "pub fn f{function}() {{");
        for line in 0..1000 {
            let _ = writeln!(source, "X.store({line}, Relaxed);");
        }
        source.push_str("}\n");
    }
    source.push_str("#[test]\nfn all() {\n");
    for function in 0..5 {
        let _ = writeln!(source, "f{function}();");
    }
    source.push_str("}\n");
    source
}

/// Builds the tests; the executable is what cargo says.
pub(super) fn tests(directory: &Path) -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--offline", "--quiet", "--lib", "--no-run", "--message-format=json"]);
    command.arg("--manifest-path").arg(directory.join("Cargo.toml"));
    command.arg("--target-dir").arg(directory.join("target")).env("CARGO_PROFILE_DEV_DEBUG", "2");
    let output = command.output().expect("cargo");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .expect("an executable of tests")
}
