//! The command line: what is parsed, what is refused, and with which exit status.

#[macro_use]
extern crate forkcov_testing;

use assert_cmd::Command;
use clap::Parser;
use forkcov::cli::{Cli, Command as Parsed, RunOptions};
use forkcov::report::formats::FORMATS;
use forkcov_testing::paths;
use predicates::str::{contains, starts_with};
use std::path::Path;

harness!();

/// The built forkcov, in `directory`.
fn forkcov(directory: &Path) -> Command {
    let mut command = Command::new(paths::forkcov());
    command.current_dir(directory).env_remove("FORKCOV_FILE");
    command
}

fn run_options(arguments: &[&str]) -> RunOptions {
    match Cli::try_parse_from(["forkcov", "run"].iter().chain(arguments)).unwrap().command {
        Parsed::Run(options) => options,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_follows_the_program_is_the_programs() {
    for (arguments, command) in [
        (&["./p"][..], &["./p"][..]),
        (&["--", "./p", "-a", "--append"], &["./p", "-a", "--append"]),
        (&["./p", "-a", "--help", "--source", "x"], &["./p", "-a", "--help", "--source", "x"]),
        (&["./p", "--", "x"], &["./p", "--", "x"]),
        (&["--", "./p", "--", "x", "--"], &["./p", "--", "x", "--"]),
        (&["-q", "./p", "-q"], &["./p", "-q"]),
        (&["--", "--odd-name"], &["--odd-name"]),
        (&["./p", ""], &["./p", ""]),
    ] {
        let options = run_options(arguments);
        assert_eq!(options.command, command, "{arguments:?}");
        assert!(!options.append, "{arguments:?}");
    }
}

#[test]
fn lists_may_be_repeated_and_have_commas() {
    let options =
        run_options(&["--source", "a,b", "--source=c", "--omit", "*/x/*,*.h", "--include", "d/*", "./p"]);
    assert_eq!(options.source, ["a", "b", "c"].map(Path::new));
    assert_eq!(options.patterns.omit, ["*/x/*", "*.h"]);
    assert_eq!(options.patterns.include, ["d/*"]);
}

#[test]
fn a_column_may_have_a_minus() {
    let Parsed::Report(options) =
        Cli::try_parse_from(["forkcov", "report", "--sort", "-cover", "-m"]).unwrap().command
    else {
        panic!("not a report");
    };
    assert!(options.sort.descending && options.show_missing);
}

#[test]
fn a_usage_error_of_run_is_125_and_any_other_is_1() {
    let here = Path::new("/");
    forkcov(here).args(["run"]).assert().code(125).stderr(starts_with("forkcov: the following required"));
    forkcov(here).args(["run", "--no-such-flag", "x"]).assert().code(125);
    forkcov(here).args(["run", "-a", "-p", "x"]).assert().code(125);
    forkcov(here).assert().code(1).stdout("");
    for arguments in [
        &["report", "--no-such-flag"][..],
        &["report", "--precision", "99"],
        &["report", "--fail-under", "101"],
        &["report", "--fail-under", "NaN"],
        &["report", "--sort", "branches"],
        &["report", "--pid", "x"],
        &["no-such-command"],
        &["html"],
    ] {
        forkcov(here).args(arguments).assert().code(1).stdout("").stderr(starts_with("forkcov: "));
    }
}

#[test]
fn help_documents_exit_statuses_and_shows_examples() {
    let here = Path::new("/");
    forkcov(here)
        .arg("--help")
        .assert()
        .success()
        .stderr("")
        .stdout(contains("2 below --fail-under, --fail-under-file or --minimum"))
        .stdout(contains("forkcov run -- ./server"));
    for command in ["run", "combine", "report", "json", "lcov", "xml"] {
        forkcov(here).args([command, "--help"]).assert().success().stdout(contains("Example"));
    }
    for format in FORMATS {
        forkcov(here)
            .arg("--help")
            .assert()
            .stdout(contains(format!("{:11}  {}", format.name, format.about)));
        let help = forkcov(here).args([format.name, "--help"]).assert().success();
        help.stdout(starts_with(format.about)).stdout(contains(format.default_output));
    }
    forkcov(here).arg("--version").assert().success().stdout(contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_missing_data_file_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    for command in ["report", "processes", "json", "lcov"] {
        forkcov(path)
            .arg(command)
            .assert()
            .code(1)
            .stdout("")
            .stderr("forkcov: no data file forkcov.data: use `forkcov run`\n");
    }
    forkcov(path)
        .args(["report", "--data-file", "no/such/place"])
        .assert()
        .code(1)
        .stderr("forkcov: no data file no/such/place: use `forkcov run`\n");
    forkcov(path)
        .arg("report")
        .env("FORKCOV_FILE", "other.data")
        .assert()
        .code(1)
        .stderr(contains("other.data"));
    forkcov(path).arg("combine").assert().code(1).stderr(contains("nothing to combine"));
    forkcov(path).arg("erase").assert().success().stderr("");
}

#[test]
fn hit_files_without_a_data_file_ask_for_combine() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("forkcov.data.build-1.4129.0123456789abcdef"), "").unwrap();
    forkcov(directory.path()).arg("report").assert().code(1).stderr(contains("use `forkcov combine`"));
}

#[test]
fn a_help_text_that_is_not_read_to_its_end_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(paths::forkcov())
        .arg("--help")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
