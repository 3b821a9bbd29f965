//! The static binary, in systems with other C libraries or none but that of the program.

use crate::files;
use crate::root::{Root, lines};
use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, text};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A root with forkcov, and the program `/work/forks`, made by this compiler.
fn root(name: &str, compiler: &str, flags: &[&str]) -> Root {
    let forkcov = files::static_binary();
    needs::require(needs::tool(compiler));
    let root = Root::of(name);
    fs::copy(forkcov, root.path("usr/bin/forkcov")).unwrap();
    root.compile(compiler, flags, "forks");
    root
}

/// Runs the program there, and compares what is reported with a run outside, by the other forkcov.
fn covers_forks(root: &Root) {
    let outcome = root.run(&["forkcov", "run", "-q", "--", "/work/forks", "3"]);
    assert_eq!(outcome.status.code(), Some(3), "{outcome:?}");
    assert_eq!((text(&outcome.stdout), text(&outcome.stderr)), ("child\nparent\n", ""));
    let report = root.report();
    let outside = Sandbox::with("forks");
    assert_eq!(outside.forkcov(&["run", "-q", "--", "./forks", "3"]).status.code(), Some(3));
    let expected = outside.json("forkcov.data");
    for which in ["executed_lines", "missing_lines"] {
        assert_eq!(lines(&report, which), lines(&expected, which), "{which}");
    }
    assert!(lines(&report, "executed_lines").is_superset(&[8, 16].into()), "{report}");
    assert_eq!(report["processes"].as_array().unwrap().len(), 2);
    let table = root.succeeds(&["forkcov", "report", "-m"]);
    assert!(table.contains("/work/forks.c") || table.contains("work/forks.c"), "{table}");
}

#[test]
fn it_covers_a_program_where_there_is_only_its_c_library() {
    covers_forks(&root("debian", "cc", &[]));
}

#[test]
fn it_covers_a_program_of_an_old_glibc() {
    // Without the others, gcc would take the start files and the library of this machine.
    let libraries = "ROOT/usr/lib/x86_64-linux-gnu";
    let flags = ["--sysroot=ROOT", &format!("-B{libraries}"), &format!("-L{libraries}")];
    let root = root("old", "cc", &flags);
    let library = root.succeeds(&["/lib64/ld-linux-x86-64.so.2", "--list", "/work/forks"]);
    assert!(library.contains("/libc.so.6"), "{library}");
    covers_forks(&root);
}

#[test]
fn it_covers_programs_of_musl_and_a_static_shell() {
    let root = root("musl", "musl-gcc", &[]);
    covers_forks(&root);
    let job = "/work/forks; /work/forks 5";
    let outcome = root.run(&["forkcov", "run", "-q", "--", "sh", "-c", job]);
    assert_eq!(outcome.status.code(), Some(5), "{outcome:?}");
    assert_eq!(text(&outcome.stdout), "child\nparent\nchild\nparent\n");
    let report = root.report();
    assert!(lines(&report, "executed_lines").is_superset(&[8, 16].into()), "{report}");
}

/// What forkcov of either build reports of a command.
fn report(forkcov: &Path, place: &Sandbox, command: &[&str]) -> serde_json::Value {
    let in_place = || {
        let mut command = Command::new(forkcov);
        command.current_dir(place.path("")).env("XDG_CACHE_HOME", place.path("cache"));
        command
    };
    let output = in_place().args(["run", "-q", "--source", ".", "--"]).args(command).output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    let output = in_place().args(["json", "-o", "-"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn its_probes_are_those_of_the_other_build() {
    let forkcov = files::static_binary();
    let place = Sandbox::new();
    place.write(
        "forks.py",
        "import os\nif os.fork() == 0:\n    os._exit(0)\nos.wait()\nif not os:\n    no()\n",
        0o644,
    );
    place.write("forks.sh", "if (exit 1); then\n    echo no\nfi\n(\n    echo yes\n)\n", 0o644);
    let commands = [["python3", "forks.py"], ["bash", "forks.sh"]];
    for [interpreter, script] in commands {
        needs::require(needs::tool(interpreter));
        let here = report(&forkcov, &place, &[interpreter, script]);
        let expected = report(forkcov_testing::paths::forkcov(), &place, &[interpreter, script]);
        assert_eq!(here["files"][script], expected["files"][script], "{script}");
        for which in ["executed_lines", "missing_lines"] {
            let lines = here["files"][script][which].as_array().unwrap();
            assert!(!lines.is_empty(), "{script}: {which}");
        }
    }
}

#[test]
fn it_is_small_and_needs_no_library() {
    let forkcov = files::static_binary();
    let headers = needs::command("readelf").args(["-lW"]).arg(&forkcov).output().unwrap();
    assert!(headers.status.success() && !text(&headers.stdout).contains("INTERP"), "{headers:?}");
    if forkcov.parent().unwrap().ends_with("dist") {
        let size = forkcov.metadata().unwrap().len();
        assert!(size <= 12_000_000, "{size} bytes");
    }
}
