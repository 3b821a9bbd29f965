//! The effect of coverage.py's files on a command line.

use crate::cli::{Cli, Command, TestFramework};
use crate::config::tests::{parse, place};
use std::path::Path;

fn cli(files: &[(&str, &str)], line: &str) -> (Cli, tempfile::TempDir) {
    let place = place(files);
    (parse(place.path(), line).unwrap(), place)
}

#[test]
fn a_file_that_coverage_py_knows_nothing_of_does_not_end_the_search() {
    let other = "[coverage:run]\nunknown = 1\n";
    let (report, _) =
        cli(&[("setup.cfg", other), ("tox.ini", "[coverage:report]\nprecision = 2\n")], "report");
    let Command::Report(report) = report.command else { panic!() };
    assert_eq!(report.precision, 2);
}

#[test]
fn options_of_all_sections_are_for_those_that_exist() {
    let precision = |text: &str| {
        let (report, _) = cli(&[(".coveragerc", text)], "report");
        assert_eq!(report.notes, [""; 0]);
        let Command::Report(report) = report.command else { panic!() };
        report.precision
    };
    assert_eq!(precision("[DEFAULT]\nprecision = 2\nx = 1\n[report]\n"), 2);
    assert_eq!(precision("[report]\nprecision = 3\n[DEFAULT]\nprecision = 2\n"), 3);
    assert_eq!(precision("[DEFAULT]\nprecision = 2\n[run]\n"), 1, "there is no section of reports");
}

const COVERAGERC: &str = "\
[run]
branch = True
source =
    src
    app.core
source_pkgs = other
omit = */vendor/*, src/old/*
context = nightly
dynamic_context = test_function
parallel = true
plugins = django_coverage_plugin
concurrency = multiprocessing
[report]
exclude_lines =
    # keep this one
    pragma: no cover
    if (?!TYPE)x:
partial_also = either
fail_under = 87.5
precision = 2
sort = -Cover
skip_covered = yes
contexts = test_a,test_b
[html]
directory = build/html
extra_css = a.css
[xml]
output = build/c.xml
[paths]
source =
    src/
    */site-packages/
";

#[test]
fn what_has_a_meaning_is_taken() {
    let files = [(".coveragerc", COVERAGERC), ("src/a.py", "")];
    let (run, place) = cli(&files, "run true");
    let note = format!(
        "{}: no effect on forkcov: [run] parallel, [run] plugins, [html] extra_css",
        place.path().join(".coveragerc").display()
    );
    assert_eq!(run.notes, [note]);
    let Command::Run(run) = run.command else { panic!() };
    assert_eq!(run.source, [place.path().join("src")]);
    assert_eq!(run.source_pkgs, ["app.core", "other"]);
    assert!(run.branches && run.patterns.omit.len() == 2 && run.patterns.omit[0] == "*/vendor/*");
    assert_eq!(run.label.as_deref(), Some("nightly"));
    assert_eq!(run.test_framework, [TestFramework::Pytest, TestFramework::Unittest]);
    assert_eq!(run.patterns.exclude.exclude_lines, ["pragma: no cover", "if (?!TYPE)x:"]);
    assert_eq!(run.data_file.data_file, Path::new("forkcov.data"), "that of coverage.py is another format");
    let (report, _) = cli(&files, "report --precision 1");
    let Command::Report(report) = report.command else { panic!() };
    assert_eq!((report.fail_under, report.precision, report.skip_covered), (Some(87.5), 1, true));
    assert_eq!(report.sort, "-cover".parse().unwrap());
    assert_eq!(report.data.patterns.exclude.partial_also, ["either"]);
    assert_eq!(report.data.labels.test.unwrap().as_str(), "(?:test_a)|(?:test_b)");
    let (html, place) = cli(&files, "html");
    let Command::Html(html) = html.command else { panic!() };
    assert_eq!(html.directory, place.path().join("build/html"));
    let (combine, place) = cli(&files, "combine");
    let Command::Combine(combine) = combine.command else { panic!() };
    assert_eq!(
        (&combine.map[0].to, &*combine.map[0].from[0]),
        (&place.path().join("src/"), "*/site-packages/")
    );
}

#[test]
fn the_files_are_tried_in_the_order_of_coverage_py_and_after_those_of_forkcov() {
    let precision = |files: &[(&str, &str)]| match cli(files, "report").0.command {
        Command::Report(report) => report.precision,
        other => panic!("{other:?}"),
    };
    let own = (".coveragerc", "[report]\nprecision = 2\n");
    let toml = (".coveragerc.toml", "[report]\nprecision = 3\n");
    let setup = ("setup.cfg", "[metadata]\nname = x\n[coverage:report]\nprecision = 4\n");
    let tox = ("tox.ini", "[coverage:report]\nprecision = 5\n");
    let python = ("pyproject.toml", "[tool.coverage.report]\nprecision = 6\n");
    let forkcov = ("Cargo.toml", "[package.metadata.forkcov.report]\nprecision = 7\n");
    let all = [forkcov, own, toml, setup, tox, python];
    for (index, expected) in [7, 2, 3, 4, 5, 6, 1].into_iter().enumerate() {
        assert_eq!(precision(&all[index..]), expected);
    }
    // Neither of these has a setting of coverage.py.
    let others = [("setup.cfg", "[report]\nprecision = 4\n"), ("tox.ini", "[testenv\ncoverage"), python];
    assert_eq!(precision(&others), 6);
    assert_eq!(precision(&[(".coveragerc", ""), python]), 1, "it is the file of coverage.py, and is empty");
}

#[test]
fn what_is_empty_or_cannot_be_read_is_not_there() {
    let text = "[run]\ncontext = ${FORKCOV_NOT_SET}\nbranch =\n[report]\nformat =\nsort =\nprecision = 2\n[html]\ndirectory =\n";
    let files = [(".coveragerc", text)];
    let Command::Report(report) = cli(&files, "report").0.command else { panic!() };
    assert_eq!(report.precision, 2);
    assert!(matches!(cli(&files, "run true").0.command, Command::Run(run) if run.label.is_none()));
    // A FIFO, a directory, and an encoding that no tool has asked about.
    let place = place(&[("pyproject.toml", "[tool.coverage.report]\nprecision = 3\n"), ("tox.ini/x", "")]);
    nix::unistd::mkfifo(&place.path().join("setup.cfg"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    std::fs::write(place.path().join("Cargo.toml"), b"# \xff\n").unwrap();
    let Command::Report(report) = parse(place.path(), "report").unwrap().command else { panic!() };
    assert_eq!(report.precision, 3);
}

#[test]
fn a_file_can_be_named() {
    let place = place(&[
        ("a.cfg", "[coverage:report]\nprecision = 2\n"),
        ("d/pyproject.toml", "[tool.coverage.report]\nprecision = 3\n"),
    ]);
    for (name, expected) in [("a.cfg", 2), ("d/pyproject.toml", 3)] {
        let Command::Report(report) =
            parse(place.path(), &format!("report --config {name}")).unwrap().command
        else {
            panic!()
        };
        assert_eq!(report.precision, expected);
    }
}

#[test]
fn what_is_not_valid_is_named() {
    for (text, expected) in [
        ("[report]\nexclude_lines = (\n", "[report] exclude_lines: \"(\": malformed regular expression"),
        ("[report]\nprecision = many\n", "[report] precision: \"many\": "),
        ("[run]\nbranch = perhaps\n", "[run] branch: expected true or false"),
        ("[run]\nsource = ${FORKCOV_NOT_SET?}\n", "[run] source: $FORKCOV_NOT_SET is not set"),
        ("[run]\ndynamic_context = mine\n", "[run] dynamic_context: expected test_function"),
        ("[paths]\na =\n", "[paths] a: expected directories"),
        ("[run\n", "line 1"),
    ] {
        let place = place(&[(".coveragerc", text)]);
        let error = parse(place.path(), "report").unwrap_err().to_string();
        assert!(error.contains(".coveragerc: ") && error.contains(expected), "{text}: {error}");
    }
}
