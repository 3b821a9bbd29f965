//! Programs that cannot be run, and data that cannot be read: one clear line each.

use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::fs;

#[test]
fn a_missing_program_is_127() {
    let place = Sandbox::new();
    for program in ["./no-such-program", "no-such-program-anywhere", "/no/such/directory/program"] {
        let output = place.forkcov(&["run", "--", program]);
        assert_eq!(output.status.code(), Some(127), "{output:?}");
        one_line(&output, &[program]);
    }
    assert_eq!(place.files(""), [""; 0], "nothing is left behind");
}

#[test]
fn a_program_that_cannot_be_executed_is_126() {
    let place = Sandbox::new();
    place.write("text", "no program\n", 0o644);
    fs::create_dir(place.path("directory")).unwrap();
    for program in ["./text", "./directory"] {
        let output = place.forkcov(&["run", "--", program]);
        assert_eq!(output.status.code(), Some(126), "{output:?}");
        one_line(&output, &[program]);
    }
}

#[test]
fn a_program_of_another_architecture_is_126_and_says_so() {
    const E_MACHINE: usize = 18;
    const AARCH64: u8 = 183;
    let place = Sandbox::with("forks");
    let mut elf = fs::read(place.path("forks")).unwrap();
    elf[E_MACHINE] = AARCH64;
    place.write("foreign", elf, 0o755);
    let output = place.forkcov(&["run", "--", "./foreign"]);
    assert_eq!(output.status.code(), Some(126), "{output:?}");
    let line = one_line(&output, &["foreign"]);
    assert!(line.to_lowercase().contains("aarch64"), "{line}");
}

#[test]
fn a_script_without_a_first_line_is_run_by_the_shell() {
    let place = Sandbox::with("forks");
    place.write("script", "echo \"script $1\"\n./forks\n", 0o755);
    let output = place.forkcov(&["run", "-q", "--", "./script", "here"]);
    assert_eq!(text(&output.stdout), "script here\nchild\nparent\n", "{output:?}");
    assert!(output.status.success());
    assert!(place.executed("forkcov.data", "forks.c").is_superset(&[8, 16].into()));
}

#[test]
fn a_program_is_found_in_path_as_execvp_does() {
    let place = Sandbox::with("forks");
    let mut command = place.command(&["run", "-q", "--", "forks"]);
    let path = std::env::join_paths(["/nonexistent".into(), place.path("")]).unwrap();
    let output = command.env("PATH", path).output().unwrap();
    assert_eq!(text(&output.stdout), "child\nparent\n", "{output:?}");
}

#[test]
fn without_debug_information_one_line_says_how_to_compile() {
    let place = Sandbox::new();
    place.compile("forks", &["-g0"]);
    let output = place.forkcov(&["run", "--", "./forks", "3"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(text(&output.stdout), "child\nparent\n");
    let said: Vec<&str> = text(&output.stderr).lines().filter(|line| line.contains("-g")).collect();
    assert_eq!(said.len(), 1, "{output:?}");
    let output = place.forkcov(&["run", "-q", "--", "./forks", "3"]);
    one_line(&output, &["-g"]);
}

#[test]
fn a_usage_error_of_run_is_125_and_of_others_is_1() {
    let place = Sandbox::new();
    assert_eq!(place.forkcov(&["run", "--no-such-flag", "--", "true"]).status.code(), Some(125));
    assert_eq!(place.forkcov(&["run"]).status.code(), Some(125));
    assert_eq!(place.forkcov(&["report", "--no-such-flag"]).status.code(), Some(1));
    assert_eq!(place.forkcov(&["no-such-command"]).status.code(), Some(1));
    assert_eq!(place.forkcov(&["--help"]).status.code(), Some(0));
    assert_eq!(place.forkcov(&["--version"]).status.code(), Some(0));
}

#[test]
fn a_missing_data_file_is_named() {
    let place = Sandbox::new();
    for command in ["report", "processes", "json", "lcov"] {
        let output = place.forkcov(&[command, "--data-file", "nothing.data"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        one_line(&output, &["nothing.data"]);
    }
    let output = place.forkcov(&["combine"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    one_line(&output, &["nothing to combine into forkcov.data", "`forkcov run -p`"]);
}

#[test]
fn a_damaged_data_file_is_named_and_left_alone() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    let whole = fs::read(place.path("forkcov.data")).unwrap();
    let (first, second) = whole.split_at(whole.len() / 2);
    let with_damage = [
        (b"not a database at all".as_slice(), "not a data file of forkcov"),
        (first, "it is damaged (database disk image is malformed): run the program again, without --append"),
        (second, "not a data file of forkcov"),
        (b"", "it is empty"),
        (&[0; 5000], "it is empty"),
    ];
    for (garbage, damage) in with_damage {
        fs::write(place.path("forkcov.data"), garbage).unwrap();
        for command in ["report", "processes", "json", "lcov"] {
            let output = place.forkcov(&[command]);
            assert_eq!(output.status.code(), Some(1), "{command}: {output:?}");
            one_line(&output, &["forkcov.data", damage]);
        }
        assert_eq!(fs::read(place.path("forkcov.data")).unwrap(), garbage);
    }
}

#[test]
fn a_file_that_is_no_data_file_is_never_replaced() {
    let place = Sandbox::with("forks");
    // The header of a file of SQLite has 100 bytes.
    let zeros = format!("{}somebody's notes", "\0".repeat(1000));
    for (append, notes) in [&[][..], &["--append"]]
        .into_iter()
        .flat_map(|it| ["somebody's notes", &zeros].map(|notes| (it, notes)))
    {
        place.write("forkcov.data", notes, 0o644);
        let output = place.forkcov(&[&["run"], append, &["--", "./forks"]].concat());
        assert_eq!(output.status.code(), Some(125), "{output:?}");
        assert_eq!(text(&output.stdout), "", "it is said before the program runs");
        one_line(&output, &["forkcov.data"]);
        assert_eq!(fs::read(place.path("forkcov.data")).unwrap(), notes.as_bytes());
    }
}

#[test]
fn a_run_that_finds_its_data_file_damaged_at_the_end_keeps_its_hits() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    let damage = "truncate -s 5000 forkcov.data && ./forks 3";
    let output = place.forkcov(&["run", "--append", "--", "sh", "-c", damage]);
    assert_eq!(text(&output.stdout), "child\nparent\n", "{output:?}");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    one_line(&output, &["forkcov.data"]);
    fs::remove_file(place.path("forkcov.data")).unwrap();
    place.succeeds(&["combine"]);
    assert!(place.executed("forkcov.data", "forks.c").is_superset(&[8, 16].into()));
}

#[test]
fn a_data_file_in_a_missing_directory_fails_before_the_program_runs() {
    let place = Sandbox::with("forks");
    let output = place.forkcov(&["run", "--data-file", "missing/forkcov.data", "--", "./forks"]);
    assert_eq!(output.status.code(), Some(125), "{output:?}");
    assert_eq!(text(&output.stdout), "");
    one_line(&output, &["missing"]);
}
