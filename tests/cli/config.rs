//! Configuration files, as the commands use them.

use crate::unprivileged;
use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn what_a_file_says_is_done_unless_a_flag_says_otherwise() {
    let place = Sandbox::with("forks");
    place.write(
        "forkcov.toml",
        "[run]\ndata_file = 'all.data'\nquiet = true\n[report]\nfail_under = 95\nprecision = 2\nshow_missing = true\n",
        0o644,
    );
    let run = place.succeeds(&["run", "--", "./forks"]);
    assert_eq!(text(&run.stderr), "");
    assert_eq!(place.files("all"), ["all.data"]);
    let report = place.forkcov(&["report"]);
    assert_eq!(report.status.code(), Some(2), "{report:?}");
    assert!(text(&report.stdout).contains("92.31%"), "{report:?}");
    assert!(text(&report.stdout).contains("Missing"), "{report:?}");
    let report = place.succeeds(&["report", "--fail-under=50", "--precision=0", "--no-show-missing"]);
    assert!(text(&report.stdout).contains(" 92%\n"), "{report:?}");
    assert!(!text(&report.stdout).contains("Missing"), "{report:?}");
    place.succeeds(&["erase"]);
    assert_eq!(place.files("all"), [""; 0]);
}

#[test]
fn the_environment_is_above_the_file_and_names_another() {
    let place = Sandbox::with("forks");
    place.write("forkcov.toml", "[run]\ndata_file = 'file.data'\n", 0o644);
    place.write("other.toml", "[run]\ndata_file = 'other.data'\n", 0o644);
    let run = |variable: &str, value: &str, flags: &[&str]| {
        let mut command = place.command(&[&["run", "-q"], flags, &["--", "./forks"]].concat());
        assert!(command.env(variable, value).output().unwrap().status.success());
    };
    run("FORKCOV_FILE", "environment.data", &[]);
    run("FORKCOV_CONFIG", "other.toml", &[]);
    assert_eq!(place.files("").len(), 5, "{:?}", place.files(""));
    run("FORKCOV_CONFIG", "other.toml", &["--config", "forkcov.toml"]);
    let data: Vec<_> = place.files("").into_iter().filter(|name| name.ends_with(".data")).collect();
    assert_eq!(data, ["environment.data", "file.data", "other.data"]);
}

#[test]
fn a_file_of_coverage_py_is_named_by_its_variable() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    place.write(".coveragerc", "[report]\nprecision = 3\n", 0o644);
    place.write("ci.rc", "[report]\nprecision = 2\n", 0o644);
    place.write("ci.toml", "[report]\nprecision = 4\n", 0o644);
    let report = |file: &str, flags: &[&str]| {
        let output = place.command(&[&["report"], flags].concat()).env("COVERAGE_RCFILE", file).output();
        output.unwrap()
    };
    for (file, percent) in [("ci.rc", "92.31%"), ("ci.toml", "92.3077%"), ("", "92.308%")] {
        let output = report(file, &[]);
        assert!(text(&output.stdout).contains(percent), "{file}: {output:?}");
    }
    let absent = report("absent.rc", &[]);
    assert_eq!(absent.status.code(), Some(1));
    assert!(
        text(&absent.stderr).starts_with("forkcov: failed to read absent.rc: No such file"),
        "{absent:?}"
    );
    place.write("forkcov.toml", "[report]\nprecision = 0\n", 0o644);
    let output = report("absent.rc", &[]);
    assert!(text(&output.stdout).contains(" 92%\n"), "forkcov's own comes first: {output:?}");
}

#[test]
fn a_file_that_is_not_understood_stops_everything_before_it_begins() {
    let place = Sandbox::with("forks");
    place.write("forkcov.toml", "[report]\n\nprecison = 2\n", 0o644);
    let line = "forkcov: forkcov.toml:3: no key `precison` in [report]: did you mean `precision`?\n";
    for (arguments, status) in [
        (&["run", "--", "./forks"][..], 125),
        (&["--config", "forkcov.toml", "run", "./forks"], 125),
        (&["report"], 1),
        (&["--config=forkcov.toml", "erase"], 1),
    ] {
        let output = place.forkcov(arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(status), ""), "{arguments:?}");
        assert_eq!(text(&output.stderr), line);
    }
    place.succeeds(&["run", "--help"]);
    let output = place.forkcov(&["--config", "none.toml", "run", "--", "./forks"]);
    assert_eq!(output.status.code(), Some(125));
    one_line(&output, &["failed to read none.toml: No such file"]);
    let output = place.forkcov(&["--config", "none.toml", "run", "--no-such-flag"]);
    assert_eq!(output.status.code(), Some(125), "{output:?}");
}

#[test]
fn sources_and_patterns_lie_below_the_directory_of_the_file() {
    let place = Sandbox::with("forks");
    fs::create_dir_all(place.path("project/sub")).unwrap();
    fs::create_dir(place.path("project/lib")).unwrap();
    place.write("project/lib/a.py", "x = 1\n", 0o644);
    place.write("project/b.py", "import sys\nsys.path += ['../lib']\nimport a\n", 0o644);
    place.write(
        "project/pyproject.toml",
        "[tool.forkcov.run]\nsource = ['lib']\n[tool.forkcov.report]\nomit = ['b.py']\n",
        0o644,
    );
    let run = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        let output = command.current_dir(place.path("project/sub")).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout).to_owned()
    };
    let file = "--config=../pyproject.toml";
    let python = "/usr/bin/python3";
    needs::require(needs::tool(python));
    run(&["run", "-q", file, "--", python, "-B", "../b.py"]);
    assert!(!place.path("project/forkcov.data").exists(), "only what the file names is relative to it");
    assert!(place.path("project/sub/forkcov.data").exists());
    let report = run(&["report"]);
    assert!(report.contains("a.py") && !report.contains("b.py"), "{report}");
    run(&["run", "-q", "--source=..", file, "--", python, "-B", "../b.py"]);
    assert!(run(&["report"]).contains("b.py"));
    let report = run(&["report", file]);
    assert!(report.contains("a.py") && !report.contains("b.py"), "{report}");
}

#[test]
fn a_file_that_may_not_be_read_is_an_error() {
    let place = unprivileged::place();
    place.write("forkcov.toml", "", 0o000);
    let output = unprivileged::forkcov(&place, &["run", "--", "true"]);
    assert_eq!(output.status.code(), Some(125), "{output:?}");
    one_line(&output, &["failed to read forkcov.toml: Permission denied"]);
}

#[test]
fn a_directory_that_may_not_be_searched_has_no_file() {
    let place = unprivileged::place();
    let closed = place.path("closed");
    fs::create_dir(&closed).unwrap();
    unprivileged::give(&closed);
    let forkcov = place.path("forkcov");
    let script =
        format!("cd closed && chmod 0 . && exec {} run -q -p --data-file $0/d -- true", forkcov.display());
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(place.path("")).current_dir(place.path(""));
    unprivileged::drop_privileges(&mut command);
    let output = command.output().unwrap();
    fs::set_permissions(&closed, Permissions::from_mode(0o755)).unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(!text(&output.stderr).contains(".toml"), "{output:?}");
}
