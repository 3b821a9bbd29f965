//! Hit files and data files: append, parallel mode, combine, erase.

use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::fs;
use std::process::Command;

#[test]
fn a_run_replaces_the_data_file_and_append_adds_to_it() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    place.succeeds(&["run", "-q", "--", "./forks"]);
    assert_eq!(place.processes("forkcov.data"), 2);
    place.succeeds(&["run", "-q", "--append", "--", "./forks"]);
    assert_eq!(place.processes("forkcov.data"), 4);
    place.succeeds(&["run", "-q", "-a", "--", "./forks"]);
    assert_eq!(place.processes("forkcov.data"), 6);
    assert_eq!(place.files("forkcov.data"), ["forkcov.data"], "no hit file is left");
}

#[test]
fn runs_are_shown_in_the_order_of_time() {
    let place = Sandbox::with("forks");
    let labels: Vec<String> = (1..=6).map(|run| format!("run-{run}")).collect();
    for label in &labels {
        place.succeeds(&["run", "-q", "-a", "--label", label, "--", "./forks"]);
    }
    let processes = place.succeeds(&["processes"]).stdout;
    let shown: Vec<&str> =
        text(&processes).split_whitespace().filter(|word| word.starts_with("[run-")).collect();
    assert_eq!(shown, labels.iter().map(|label| format!("[{label}]")).collect::<Vec<_>>());
}

#[test]
fn append_to_nothing_makes_a_data_file() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "-a", "--", "./forks"]);
    assert_eq!(place.processes("forkcov.data"), 2);
}

#[test]
fn parallel_mode_leaves_hit_files_for_combine() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "-p", "--", "./forks"]);
    place.succeeds(&["run", "-q", "--parallel-mode", "--", "./forks"]);
    assert!(!place.path("forkcov.data").exists());
    let hit_files = place.files("forkcov.data.");
    assert!(hit_files.len() >= 4, "{hit_files:?}");

    place.succeeds(&["combine", "--keep"]);
    assert_eq!(place.processes("forkcov.data"), 4);
    assert_eq!(place.files("forkcov.data."), hit_files, "--keep keeps");

    place.succeeds(&["combine", "--append"]);
    assert_eq!(place.processes("forkcov.data"), 4, "combining again adds nothing");
    assert_eq!(place.files("forkcov.data"), ["forkcov.data"]);
}

#[test]
fn data_files_combine_in_any_order_and_any_number_of_times() {
    let place = Sandbox::with("forks");
    for name in ["one", "two", "three"] {
        place.succeeds(&["run", "-q", "--data-file", name, "--", "./forks"]);
    }
    place.succeeds(&["combine", "--keep", "--data-file", "a", "one", "two", "three"]);
    place.succeeds(&["combine", "--keep", "--data-file", "b", "three", "one", "two", "one"]);
    place.succeeds(&["combine", "--keep", "--data-file", "c", "a", "b", "two"]);
    let of = |name: &str| {
        let json = place.json(name);
        (json["files"].clone(), json["processes"].clone(), json["totals"].clone())
    };
    assert_eq!(of("a"), of("b"));
    assert_eq!(of("a"), of("c"));
    assert_eq!(place.processes("a"), 6);
}

#[test]
fn combine_takes_directories() {
    let place = Sandbox::with("forks");
    for name in ["left", "right"] {
        fs::create_dir(place.path(name)).unwrap();
        place.succeeds(&["run", "-q", "-p", "--data-file", &format!("{name}/forkcov.data"), "--", "./forks"]);
    }
    place.succeeds(&["combine", "left", "right"]);
    assert_eq!(place.processes("forkcov.data"), 4);
    for name in ["left", "right"] {
        assert_eq!(fs::read_dir(place.path(name)).unwrap().count(), 0, "what was combined is removed");
    }
}

#[test]
fn runs_at_once_in_one_directory_share_nothing() {
    let place = Sandbox::with("forks");
    let start = || place.command(&["run", "-q", "-p", "--", "./forks"]).spawn().unwrap();
    let runs: Vec<_> = (0..6).map(|_| start()).collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    place.succeeds(&["combine"]);
    assert_eq!(place.processes("forkcov.data"), 12);
    assert!(place.executed("forkcov.data", "forks.c").is_superset(&[8, 16].into()));
}

#[test]
fn runs_at_once_without_parallel_mode_leave_one_whole_data_file() {
    let place = Sandbox::with("forks");
    let start = || place.command(&["run", "-q", "-a", "--", "./forks"]).spawn().unwrap();
    let runs: Vec<_> = (0..4).map(|_| start()).collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    assert_eq!(place.processes("forkcov.data"), 8, "--append loses no other run's data");
}

#[test]
fn the_data_file_may_be_anywhere() {
    let place = Sandbox::with("forks");
    fs::create_dir(place.path("elsewhere")).unwrap();
    place.succeeds(&["run", "-q", "--data-file", "elsewhere/run.data", "--", "./forks"]);
    assert_eq!(place.files("forkcov"), [""; 0]);
    assert_eq!(place.processes("elsewhere/run.data"), 2);
    let mut command = place.command(&["run", "-q", "--", "./forks"]);
    assert!(command.env("FORKCOV_FILE", place.path("by-environment")).status().unwrap().success());
    assert_eq!(place.processes("by-environment"), 2);
}

#[test]
fn a_program_that_changes_its_directory_does_not_move_the_data() {
    let place = Sandbox::with("forks");
    fs::create_dir(place.path("inside")).unwrap();
    place.succeeds(&["run", "-q", "--", "sh", "-c", "cd inside && exec ../forks"]);
    assert_eq!(place.processes("forkcov.data"), 2);
    assert_eq!(fs::read_dir(place.path("inside")).unwrap().count(), 0);
}

#[test]
fn a_damaged_hit_file_is_named_and_left_and_the_others_are_combined() {
    let place = Sandbox::with("forks");
    for damage in [garble, change_one_byte] {
        place.succeeds(&["run", "-q", "-p", "--", "./forks"]);
        let hit_files = place.files("forkcov.data.");
        let whole = hit_files
            .iter()
            .find(|name| !name.ends_with(".object") && !name.ends_with(".snapshots"))
            .unwrap();
        let (name, _random) = whole.rsplit_once('.').unwrap();
        let damaged = format!("{name}.0123456789abcdef");
        let mut bytes = fs::read(place.path(whole)).unwrap();
        damage(&mut bytes);
        fs::write(place.path(&damaged), &bytes).unwrap();

        let output = place.forkcov(&["combine", "-q"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        one_line(&output, &[&damaged]);
        assert_eq!(fs::read(place.path(&damaged)).unwrap(), bytes);
        assert_eq!(place.processes("forkcov.data"), 2);
        assert!(!place.path(whole).exists(), "what was combined is removed");
        place.succeeds(&["erase"]);
    }
}

fn garble(bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|byte| *byte ^= 0x55);
}

fn change_one_byte(bytes: &mut [u8]) {
    bytes[40] ^= 1;
}

#[test]
fn erase_removes_no_file_of_another_program() {
    let place = Sandbox::new();
    place.write("notes.txt", "notes\n", 0o644);
    let output = place.forkcov(&["erase", "--data-file", "notes.txt"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    one_line(&output, &["notes.txt", "so it is not removed"]);
    assert_eq!(place.files("notes"), ["notes.txt"]);
}

#[test]
fn erase_removes_the_data_file_and_what_is_beside_it_alone() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    place.succeeds(&["run", "-q", "-p", "--", "./forks"]);
    place.write("forkcov.database", "another's", 0o644);
    place.succeeds(&["erase"]);
    assert_eq!(place.files(""), ["forkcov.database", "forks"]);
}

/// Without maps of paths, no current directory is needed.
#[test]
fn files_are_combined_in_a_directory_that_is_gone() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    let script = "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" combine --keep --data-file \"$1/all.data\" \"$1/forkcov.data\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, paths::forkcov_text()]).arg(place.path("")).current_dir(place.path(""));
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(place.executed("all.data", "forks.c"), place.executed("forkcov.data", "forks.c"));
}
