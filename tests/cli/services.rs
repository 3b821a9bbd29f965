//! The formats of services, changed lines, completions and manual pages, as the built forkcov writes them.

use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use forkcov_testing::schema::assert_valid;
use serde_json::Value;
use std::fs;
use std::process::Command;

/// A repository with a program, and its data: two commits, of which the second adds lines 3 to 6, of which 5
/// did not run.
fn repository() -> Sandbox {
    let place = Sandbox::new();
    git(&place, &["init", "-q", "-b", "main"]);
    place.write("main.c", "int main(void) {\n    int n = 0;\n    return 0;\n}\n", 0o644);
    place.write("README", "text\n", 0o644);
    commit(&place, "one");
    git(&place, &["checkout", "-q", "-b", "fix"]);
    let new = "int main(void) {\n    int n = 0;\n    if (n) return 1; /* new */\n    if (n == 1)\n        \
               return 2;\n    n++;\n    return 0;\n}\n";
    place.write("main.c", new, 0o644);
    commit(&place, "two");
    place.cc(&["-g", "-O0", "main.c"]);
    place.succeeds(&["run", "-q", "--", "./a.out"]);
    place
}

pub(crate) fn git(place: &Sandbox, arguments: &[&str]) -> String {
    let mut command = needs::command("git");
    command.args(["-c", "user.name=Name", "-c", "user.email=name@project.example"]).args(arguments);
    let output = command.current_dir(place.path("")).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    text(&output.stdout).to_owned()
}

pub(crate) fn commit(place: &Sandbox, message: &str) {
    git(place, &["add", "main.c", "README"]);
    git(place, &["commit", "-q", "-m", message]);
}

/// Without what a service would say of itself.
fn alone(place: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = place.command(arguments);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GITHUB_") || name.contains("CI")) {
        command.env_remove(name);
    }
    command.env_remove("COVERALLS_REPO_TOKEN");
    command
}

const NOTICE: &str = "::notice file=main.c,line=5,endLine=5,title=Not covered::No process ran line 5.\n";

#[test]
fn github_gets_the_lines_that_a_branch_has_changed() {
    let place = repository();
    let output = place.succeeds(&["github", "--diff-base", "main"]);
    assert_eq!(text(&output.stdout), NOTICE);
    assert_eq!(text(&output.stderr), "");
    // main gets a commit that the branch does not have.
    git(&place, &["checkout", "-q", "main"]);
    place.write("main.c", "", 0o644);
    commit(&place, "three");
    git(&place, &["checkout", "-q", "fix"]);
    assert_eq!(text(&place.succeeds(&["github", "--diff-base", "main"]).stdout), NOTICE);

    fs::write(place.path("changes.diff"), git(&place, &["diff", "main~", "fix"])).unwrap();
    assert_eq!(text(&place.succeeds(&["github", "--diff", "changes.diff"]).stdout), NOTICE);
    let mut from_stdin = assert_cmd::Command::from_std(place.command(&["github", "--diff", "-"]));
    let diff = git(&place, &["diff", "-U0", "--no-prefix", "main~"]);
    from_stdin.write_stdin(diff).assert().success().stdout(NOTICE);
    one_line(&place.succeeds(&["github", "--diff-base", "main", "--limit", "0"]), &["left out 1 notice"]);
}

#[test]
fn the_configuration_of_git_does_not_matter() {
    let place = repository();
    for (key, value) in [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.relative", "true"),
        ("diff.external", "false"),
        ("color.ui", "always"),
        ("diff.renames", "false"),
        ("diff.submodule", "log"),
        ("diff.interHunkContext", "9"),
        ("diff.suppressBlankEmpty", "true"),
    ] {
        git(&place, &["config", key, value]);
        assert_eq!(text(&place.succeeds(&["github", "--diff-base", "main"]).stdout), NOTICE, "{key}");
    }
}

#[test]
fn a_summary_goes_where_github_looks_for_it() {
    let place = repository();
    let arguments = ["github", "--summary", "--diff-base", "main"];
    fs::write(place.path("summary.md"), "before\n").unwrap();
    let output = place.command(&arguments).env("GITHUB_STEP_SUMMARY", "summary.md").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let expected = "before\n### Coverage of the changed lines: 75.0%\n\n\
                    | Name | Lines | Miss | Cover | Missing |\n|:---|---:|---:|---:|:---|\n\
                    | `main.c` | 4 | 1 | 75.0% | 5 |\n| **TOTAL** | **4** | **1** | **75.0%** | |\n";
    assert_eq!(fs::read_to_string(place.path("summary.md")).unwrap(), expected);
    let output = alone(&place, &arguments).output().unwrap();
    one_line(&output, &["no summary: GITHUB_STEP_SUMMARY is not set"]);
    let output = place.command(&arguments).env("GITHUB_STEP_SUMMARY", "no/such/place").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &["failed to write no/such/place: No such file"]);
}

#[test]
fn a_report_has_the_changed_lines_alone_and_a_minimum_is_of_them() {
    let place = repository();
    let changed = ["report", "--format", "total", "--diff-base", "main"];
    assert_eq!(text(&place.succeeds(&changed).stdout), "75.0\n");
    assert_eq!(text(&place.succeeds(&["report", "--format", "total"]).stdout), "87.5\n");
    let table = place.succeeds(&["report", "-m", "--diff-base", "main"]);
    assert!(text(&table.stdout).contains("main.c        4      1  75.0%   5\n"), "{table:?}");
    let output = place.forkcov(&[&changed[..], &["--fail-under", "80"]].concat());
    assert_eq!(output.status.code(), Some(2));
    one_line(&output, &["total of 75.0% is below --fail-under 80"]);

    // What changes no code is no failure, but said.
    place.write("README", "other\n", 0o644);
    let diff = git(&place, &["diff", "-U0", "README"]);
    fs::write(place.path("text.diff"), diff).unwrap();
    let output = place.succeeds(&["report", "--diff", "text.diff", "--fail-under", "100"]);
    one_line(&output, &["no line of the diff is executable"]);
}

#[test]
fn what_cannot_be_found_out_of_git_is_an_error() {
    let place = repository();
    let refused = |arguments: &[&str], words: &[&str]| {
        let output = place.forkcov(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(text(&output.stdout), "");
        one_line(&output, words);
    };
    refused(
        &["github", "--diff-base", "nowhere"],
        &["failed to find what has changed since nowhere: git diff: "],
    );
    refused(&["github", "--diff-base=--output=x"], &["git diff: "]);
    assert!(!place.path("x").exists());
    refused(&["report", "--diff", "main.c"], &["failed to read main.c: not a unified diff: "]);
    refused(&["report", "--diff", "no.diff"], &["failed to read no.diff: No such file"]);
    let output = place.forkcov(&["github"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("<--diff <FILE>|--diff-base <REV>>"), "{output:?}");
}

#[test]
fn coveralls_gets_the_commit() {
    let place = repository();
    let output = alone(&place, &["coveralls"]).env("COVERALLS_REPO_TOKEN", "secret").output().unwrap();
    one_line(&output, &["wrote coveralls.json"]);
    let report: Value = serde_json::from_slice(&fs::read(place.path("coveralls.json")).unwrap()).unwrap();
    assert_valid("tests/golden/coveralls.schema.json", &report);
    assert_eq!(report["repo_token"], "secret");
    let head = &report["git"]["head"];
    assert_eq!(head["id"].as_str().unwrap(), git(&place, &["rev-parse", "HEAD"]).trim_end());
    assert_eq!((&head["author_name"], &head["message"]), (&"Name".into(), &"two".into()));
    assert_eq!(report["git"]["branch"], "fix");
    let source = &report["source_files"][0];
    assert_eq!(source["name"], "main.c");
    let digest = needs::command("md5sum").arg(place.path("main.c")).output().unwrap().stdout;
    assert_eq!(source["source_digest"].as_str().unwrap(), text(&digest).split(' ').next().unwrap());
    assert_eq!(source["coverage"], serde_json::json!([1, 1, 1, 1, 0, 1, 1, 1]));

    fs::rename(place.path(".git"), place.path("no.git")).unwrap();
    let mut elsewhere = alone(&place, &["coveralls", "-o", "-"]);
    let output = elsewhere.env("GIT_CEILING_DIRECTORIES", place.path("").parent().unwrap()).output().unwrap();
    one_line(&output, &["the report names no commit: git ", "not a git repository"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_valid("tests/golden/coveralls.schema.json", &report);
    assert_eq!((&report["git"], &report["repo_token"]), (&Value::Null, &Value::Null));
}

#[test]
fn codecov_and_sonarqube_name_files_as_seen_from_here() {
    let place = repository();
    one_line(&place.succeeds(&["codecov"]), &["wrote codecov.json"]);
    let report: Value = serde_json::from_slice(&fs::read(place.path("codecov.json")).unwrap()).unwrap();
    assert_valid("tests/golden/codecov.schema.json", &report);
    assert_eq!(
        (&report["coverage"]["main.c"]["5"], &report["coverage"]["main.c"]["6"]),
        (&0.into(), &1.into())
    );
    one_line(&place.succeeds(&["sonarqube"]), &["wrote sonarqube.xml"]);
    let report = fs::read_to_string(place.path("sonarqube.xml")).unwrap();
    for part in
        ["<file path=\"main.c\">", "lineNumber=\"5\" covered=\"false\"", "lineNumber=\"6\" covered=\"true\""]
    {
        assert!(report.contains(part), "no {part} in {report}");
    }
    for command in ["codecov", "coveralls", "sonarqube"] {
        let output = place.forkcov(&[command, "-o", "-", "--omit", "*"]);
        assert_eq!(output.status.code(), Some(1));
        one_line(&output, &["nothing to report"]);
    }
}

#[test]
fn the_json_of_a_run_is_as_its_schema_says() {
    let place = repository();
    let report = place.json("forkcov.data");
    assert_valid("docs/forkcov.schema.json", &report);
    let function = &report["files"]["main.c"]["functions"]["main"];
    assert_eq!([&function["start_line"], &function["processes"]], [1, 1]);
    let process = &report["processes"][0];
    assert_eq!(process["birth"], "launch");
    assert!(process["started"].as_f64() <= process["ended"].as_f64(), "{process}");
}
