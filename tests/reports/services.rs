//! The formats of services against golden files and their documented schemas, from views made by hand.

use crate::formats::{format_of, here, xmllint};
use crate::support::{check, file, lines, process, server};
use forkcov::changes::Changes;
use forkcov::data::Birth;
use forkcov::data::view::View;
use forkcov::git::Head;
use forkcov::report::colour::Colour;
use forkcov::report::coveralls::{self, GitDetails, JobSources, Service};
use forkcov::report::formats::{codecov, sonarqube};
use forkcov::report::limits::Limits;
use forkcov::report::rows::RowSelection;
use forkcov::report::{Coverage, github, table};
use forkcov::sources::Here;
use forkcov_testing::schema::assert_valid;
use serde_json::Value;
use std::time::{Duration, UNIX_EPOCH};

/// A view whose names are as odd as can be.
fn hostile() -> View {
    let mut view = server();
    view.files[0].path = "/home/u/project/<&\"'\u{1}\n>%,:/é.c".into();
    view.files[0].functions[0].name = "operator<<(\u{0}&, ]]>)".to_owned();
    view
}

fn codecov_of(view: &View) -> Vec<u8> {
    format_of(view, codecov::write)
}

fn sonarqube_of(view: &View) -> Vec<u8> {
    format_of(view, sonarqube::write)
}

#[test]
fn codecov_counts_processes() {
    check("codecov.json", &codecov_of(&server()));
    for view in [server(), hostile(), View::default()] {
        let report: Value = serde_json::from_slice(&codecov_of(&view)).unwrap();
        assert_valid("tests/golden/codecov.schema.json", &report);
        assert_eq!(report["coverage"].as_object().unwrap().len(), view.files.len());
    }
}

#[test]
fn sonarqube_has_every_executable_line() {
    check("sonarqube.xml", &sonarqube_of(&server()));
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/sonar-generic-coverage.xsd");
    for view in [server(), hostile(), View::default()] {
        xmllint(&["--schema", schema], &sonarqube_of(&view));
    }
}

/// Three sources, one of which is shorter than what ran of it, and one is not there.
fn sources() -> (tempfile::TempDir, View) {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("a.c"), "int f(void) {\n    return 1;\n}\n\n// no line break").unwrap();
    std::fs::write(path("short.c"), "").unwrap();
    let all = lines(&[1..=3]);
    let processes = [(0, &lines(&[1..=2])), (1, &lines(&[2..=2]))];
    let view = View {
        processes: vec![process(1, Birth::Launch), process(2, Birth::Fork)],
        files: ["a.c", "gone.c", "short.c"].map(|name| file(&path(name), &all, &processes)).to_vec(),
        programs: 1,
        ..View::default()
    };
    (directory, view)
}

#[test]
fn coveralls_gets_the_digest_and_the_lines_of_each_source() {
    let (directory, view) = sources();
    let sources = JobSources::of(&Coverage::of(&view), &Here::at(directory.path()));
    let unreadable: Vec<_> = sources.unreadable.iter().map(|(path, _)| path.file_name().unwrap()).collect();
    assert_eq!(unreadable, ["gone.c"]);

    let person = |name: &str| (name.to_owned(), format!("{name}@project.example"));
    let ((author_name, author_email), (committer_name, committer_email)) = (person("a"), person("c"));
    let id = "0123456789abcdef0123456789abcdef01234567".to_owned();
    let message = "Count \"lines\"".to_owned();
    let head = Head { id, author_name, author_email, committer_name, committer_email, message };
    let now = UNIX_EPOCH + Duration::from_micros(1_800_000_000_000_042);
    let bare = coveralls::JobDetails { service: Service::default(), repo_token: None, git: None, now };
    let full = coveralls::JobDetails {
        service: Service {
            name: Some("github".to_owned()),
            number: Some("88".to_owned()),
            job_id: Some("test".to_owned()),
            pull_request: Some("17".to_owned()),
            branch: Some("fix".to_owned()),
            parallel: true,
            flag_name: Some("unit".to_owned()),
        },
        repo_token: Some("secret"),
        git: Some(GitDetails { head, branch: Some("fix".to_owned()) }),
        now,
    };
    for (name, options) in [("coveralls-bare.json", &bare), ("coveralls.json", &full)] {
        let mut out = Vec::new();
        coveralls::write(&sources, options, &mut out).unwrap();
        assert_valid("tests/golden/coveralls.schema.json", &serde_json::from_slice(&out).unwrap());
        check(name, &out);
    }
}

/// A diff that brings these ranges of lines to files: the first, and the number.
fn diff(ranges: &[(&str, u32, u32)]) -> Vec<u8> {
    let mut diff = String::new();
    for (name, first, number) in ranges {
        let added = "+x\n".repeat(*number as usize);
        let quoted = name.replace('"', "\\\"").replace('\u{1}', "\\001").replace('\n', "\\n");
        let hunk = format!("@@ -{},0 +{first},{number} @@\n{added}", first - 1);
        diff += &format!("--- \"a/{quoted}\"\n+++ \"b/{quoted}\"\n{hunk}");
    }
    diff.into_bytes()
}

fn notices(view: &View, diff: &[u8], limit: usize) -> (Vec<u8>, usize) {
    let changes = Changes::of_diff(diff, &here()).unwrap();
    let mut out = Vec::new();
    let left_out = github::write(&Coverage::of_changes(view, &changes), &here(), limit, &mut out).unwrap();
    (out, left_out)
}

#[test]
fn github_gets_changed_lines_that_did_not_run() {
    // Missing are 31-40, 77, 90-124; the third range ran, the sixth is of another file.
    let ranges = [
        ("server.c", 25, 8),
        ("server.c", 39, 1),
        ("server.c", 41, 20),
        ("server.c", 77, 1),
        ("server.c", 120, 10),
        ("README.md", 1, 5),
    ];
    let mut one_file = String::new();
    for (index, (name, first, number)) in ranges.iter().enumerate() {
        let text = String::from_utf8(diff(&[(*name, *first, *number)])).unwrap();
        let is_first = index == 0 || ranges[index - 1].0 != *name;
        one_file += if is_first { &text } else { &text[text.find("@@").unwrap()..] };
    }
    let (all, left_out) = notices(&server(), one_file.as_bytes(), github::MAX_NOTICES);
    check("github.txt", &all);
    assert_eq!(left_out, 0);
    let (longest, left_out) = notices(&server(), one_file.as_bytes(), 2);
    check("github-limited.txt", &longest);
    assert_eq!(left_out, 2);
    assert_eq!(notices(&server(), one_file.as_bytes(), 0), (Vec::new(), 4));
}

#[test]
fn github_obeys_no_name() {
    let view = hostile();
    let (notice, _) = notices(&view, &diff(&[("<&\"'\u{1}\n>%,:/é.c", 31, 3)]), 10);
    let expected = "::notice file=<&\"'\u{1}%0A>%25%2C%3A/é.c,line=31,endLine=33,title=Not covered::\
                    No process ran lines 31 to 33.\n";
    assert_eq!(String::from_utf8(notice).unwrap(), expected);
}

fn summary(view: &View, diff: &[u8]) -> Vec<u8> {
    let changes = Changes::of_diff(diff, &here()).unwrap();
    let here = here();
    let selection = RowSelection::default();
    let table = table::TableLayout {
        here: &here,
        selection,
        show_missing: true,
        precision: 1,
        colour: Colour::Off,
        limits: Limits::default(),
    };
    let mut out = Vec::new();
    github::write_summary(&Coverage::of_changes(view, &changes), &table, &mut out).unwrap();
    out
}

#[test]
fn github_shows_a_table_of_changed_files() {
    let changed = diff(&[("server.c", 25, 40), ("src/tool.cc", 3, 3), ("README.md", 1, 1)]);
    check("github-summary.md", &summary(&server(), &changed));
    check("github-summary-empty.md", &summary(&server(), &diff(&[("README.md", 1, 1)])));
}

#[test]
fn a_range_of_missing_lines_is_parted_by_one_that_has_not_changed() {
    let view = server();
    // 90 to 124 are missing; 100 has not changed.
    let one = String::from_utf8(diff(&[("server.c", 90, 10)])).unwrap();
    let other = String::from_utf8(diff(&[("server.c", 101, 5)])).unwrap();
    let both = one + &other[other.find("@@").unwrap()..];
    let changes = Changes::of_diff(both.as_bytes(), &here()).unwrap();
    let coverage = Coverage::of_changes(&view, &changes);
    let ranges: Vec<String> = coverage.files[0].missing_ranges().iter().map(ToString::to_string).collect();
    assert_eq!(ranges, ["90-99", "101-105"]);
    assert_eq!((coverage.totals.lines.all, coverage.totals.lines.hit), (15, 0));
}
