//! Sources whose names lead to FIFOs, devices, terminals and directories: they count as sources that are not here, and
//! no command waits for them or reads them without end. The same holds for a data file.

use forkcov_testing::sandbox::{Sandbox, text};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs;

/// A program whose one source has the name `source`.
fn program(source: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    mkfifo(&sandbox.path("fifo.c"), Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
    fs::create_dir(sandbox.path("directory.c")).unwrap();
    let main = format!("# 1 \"{source}\"\nint main(void) {{\n    return 3;\n}}\n");
    sandbox.write("main.c", main, 0o644);
    sandbox.cc(&["-g", "-o", "program", "main.c"]);
    sandbox
}

const SOURCES: [&str; 6] = ["fifo.c", "directory.c", "/dev/zero", "/dev/tty", "/dev/stdin", "/proc/kmsg"];

#[test]
fn a_source_that_is_no_regular_file_is_left_out_as_one_that_is_not_here() {
    for source in SOURCES {
        let sandbox = program(source);
        let output = sandbox.forkcov(&["run", "-v", "--", "./program"]);
        assert_eq!(output.status.code(), Some(3), "{source}: {output:?}");
        assert!(!text(&output.stderr).contains("covers "), "{source}: {output:?}");
    }
}

#[test]
fn every_report_ends_though_a_source_that_was_asked_for_cannot_be_read() {
    for source in SOURCES {
        let sandbox = program(source);
        let output = sandbox.forkcov(&["run", "--include", "*", "--", "./program"]);
        assert_eq!(output.status.code(), Some(3), "{source}: {output:?}");
        let output = sandbox.succeeds(&["report", "-m"]);
        assert!(text(&output.stdout).contains("100.0%"), "{source}: {output:?}");
        for command in ["html", "json", "lcov", "xml", "codecov", "sonarqube", "processes"] {
            sandbox.succeeds(&[command]);
        }
        let name = source.rsplit('/').next().unwrap();
        sandbox.forkcov(&["annotate", name]);
        sandbox.forkcov(&["coveralls"]);
    }
}

#[test]
fn a_fifo_in_the_place_of_a_data_file_is_refused_at_once() {
    let sandbox = program("main.c");
    mkfifo(&sandbox.path("forkcov.data"), Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
    for arguments in [&["report"][..], &["combine", "forkcov.data"], &["run", "--", "./program"]] {
        let output = sandbox.forkcov(arguments);
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        assert!(text(&output.stderr).contains("not a regular file"), "{arguments:?}: {output:?}");
    }
}
