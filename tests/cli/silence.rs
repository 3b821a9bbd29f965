//! No diagnostic without a cause, and none twice.

use crate::unprivileged;
use forkcov_testing::sandbox::{Sandbox, text};
use std::collections::BTreeSet;

/// What shells, make and interpreters do all day.
const WORK: &str = "./forks | cat; seq 100 | sort -n | uniq -c | tail -1 >/dev/null; make -s -f makefile; \
     python3 -c 'import subprocess, ctypes; subprocess.run([\"./forks\"])'; (./forks &); sh -c 'kill $$'; wait";

#[test]
fn everyday_work_is_covered_without_a_word() {
    let place = Sandbox::with("forks");
    place.write("makefile", "all: one two\none two:\n\t./forks\n", 0o644);
    let output = place.forkcov(&["run", "--include", "*/forks.c", "--", "sh", "-c", WORK]);
    // The shell itself says that a child was terminated.
    let said: Vec<&str> = text(&output.stderr).lines().filter(|line| *line != "Terminated").collect();
    assert_eq!(said.len(), 1, "{output:?}");
    assert!(said[0].contains(" processes, 1 program, "), "{output:?}");
}

#[test]
fn code_that_a_program_makes_is_no_unreadable_object() {
    let place = unprivileged::place();
    place.compile("makes-code", &["-g"]);
    let output = unprivileged::forkcov(&place, &["run", "-q", "--", "./makes-code"]);
    assert_eq!(text(&output.stdout), "42\n42\n", "{output:?}");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn with_verbose_no_line_is_said_twice() {
    let place = Sandbox::with("forks");
    place.write("makefile", "all: one two\none two:\n\t./forks\n", 0o644);
    let output = place.forkcov(&["run", "-v", "--include", "*/forks.c", "--", "sh", "-c", WORK]);
    let lines: Vec<&str> = text(&output.stderr).lines().collect();
    let different: BTreeSet<&str> = lines.iter().copied().collect();
    assert!(lines.len() > 5 && different.len() == lines.len(), "{lines:#?}");
}
