//! Branches in every format, from a view made by hand.

use crate::formats::{format_of, here, json_of, lcov_of, table, valid_by_document_type, xmllint};
use crate::support::{check, file, lines, process};
use forkcov::data::Birth;
use forkcov::data::view::{Branch, Function, SourceFile, View};
use forkcov::report::colour::Colour;
use forkcov::report::diff::{self, Side};
use forkcov::report::formats::{codecov, sonarqube, xml};
use forkcov::report::{Coverage, annotate, coverage_py, coveralls, markdown, table as text};
use forkcov::runtime::statements::Span;
use forkcov::runtime::{Definition, DefinitionKind};
use forkcov_testing::needs;
use forkcov_testing::schema::assert_valid;
use rusqlite::Connection;
use serde_json::{Value, json};

fn with_branches(
    mut file: SourceFile,
    branches: &[(u32, u32, i64)],
    taken: &[(usize, &[u32])],
) -> SourceFile {
    let branch = |(ordinal, &(line, jump, way)): (usize, &(u32, u32, i64))| Branch {
        line,
        jump,
        way,
        ordinal: ordinal as u32,
    };
    file.branches = branches.iter().enumerate().map(branch).collect();
    let of_process = |&(process, ordinals): &(usize, &[u32])| {
        (process, std::rc::Rc::new(ordinals.iter().copied().collect()))
    };
    file.taken = taken.iter().map(of_process).collect();
    file
}

/// A native source: line 2 has two jumps, line 4 a switch that only one process comes to, line 6 ran no
/// process, and line 8 went both ways, in two processes. And a Python source.
pub fn view() -> View {
    let mut native = with_branches(
        file(
            "/home/u/project/a.c",
            &lines(&[1..=9]),
            &[(0, &lines(&[1..=3, 8..=9])), (1, &lines(&[1..=5, 8..=9]))],
        ),
        &[
            (2, 0, 0),
            (2, 0, 1),
            (2, 1, 0),
            (2, 1, 1),
            (4, 0, 0),
            (4, 0, 1),
            (4, 0, 2),
            (6, 0, 0),
            (6, 0, 1),
            (8, 0, 0),
            (8, 0, 1),
        ],
        &[(0, &[0, 2, 9]), (1, &[0, 3, 5, 10])],
    );
    let mut python = with_branches(
        file("/home/u/project/b.py", &lines(&[1..=7]), &[(1, &lines(&[1..=3, 5..=7]))]),
        &[(2, 0, 3), (2, 0, 4), (5, 0, -1), (5, 0, 6), (6, 0, 2), (6, 0, 7)],
        &[(1, &[0, 3, 4, 5])],
    );
    python.runtime = Some("python".to_owned());
    let function = |name: &str, lines: std::ops::RangeInclusive<u32>, ordinal| Function {
        name: name.to_owned(),
        line: *lines.start(),
        last: *lines.end(),
        ordinal,
        processes: 1,
    };
    // `a` is around `b`.
    native.functions = vec![function("a", 1..=9, 0), function("b", 4..=7, 1)];
    python.functions = vec![function("C.f", 4..=4, 0)];
    let definition = |kind, name: &str, start, class| Definition {
        kind,
        name: name.to_owned(),
        first: start,
        start,
        body: Span { first: start + 1, last: 7 },
        class,
    };
    python.definitions = vec![
        definition(DefinitionKind::Class, "C", 3, None),
        definition(DefinitionKind::Function, "C.f", 4, Some(0)),
    ];
    View {
        processes: vec![process(1, Birth::Launch), process(2, Birth::Fork)],
        files: vec![native, python],
        programs: 1,
        has_branches: true,
        ..View::default()
    }
}

#[test]
fn tables_have_columns_of_branches_and_name_those_that_are_partial() {
    check("branches.txt", &table(&view(), |options| options.show_missing = true));
    check(
        "branches.md",
        &crate::formats::written(&view(), |options| options.show_missing = true, markdown::write),
    );
    let order = |sort: &str| {
        let out = table(&view(), |options| options.selection.sort = sort.parse().unwrap());
        String::from_utf8(out).unwrap().lines().nth(2).unwrap().split(' ').next().unwrap().to_owned()
    };
    assert_eq!((order("branch"), order("-branch")), ("b.py".to_owned(), "a.c".to_owned()));
    assert_eq!((order("brpart"), order("-brpart")), ("b.py".to_owned(), "a.c".to_owned()));
}

#[test]
fn a_file_with_missing_branches_is_not_covered() {
    let mut whole = view();
    whole.files.truncate(1);
    whole.files[0].hits[0].1 = lines(&[1..=9]);
    let out = crate::formats::written(&whole, |options| options.selection.skip_covered = true, text::write);
    assert!(String::from_utf8(out).unwrap().contains("a.c"));
}

#[test]
fn annotated_sources_say_how_many_ways_a_line_went() {
    let (view, here, mut out) = (view(), here(), Vec::new());
    let layout = annotate::AnnotateLayout { here: &here, pids: false, colour: Colour::Off, precision: 1 };
    let source: String = (1..=9).map(|line| format!("line {line}\n")).collect();
    annotate::write(&Coverage::of(&view).files[0], &view, &source, &layout, &mut out).unwrap();
    check("branches-annotate.txt", &out);
}

#[test]
fn formats_of_other_tools_have_branches() {
    let (lcov, xml) = (lcov_of(&view()), format_of(&view(), xml::write));
    check("branches.lcov", &lcov);
    let version = concat!("forkcov ", env!("CARGO_PKG_VERSION"));
    check("branches.xml", String::from_utf8(xml.clone()).unwrap().replace(version, "VERSION").as_bytes());
    valid_by_document_type(&xml);
    let sonarqube = format_of(&view(), sonarqube::write);
    check("branches-sonarqube.xml", &sonarqube);
    xmllint(
        &["--schema", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/sonar-generic-coverage.xsd")],
        &sonarqube,
    );
    let codecov = format_of(&view(), codecov::write);
    let report: Value = serde_json::from_slice(&codecov).unwrap();
    assert_valid("tests/golden/codecov.schema.json", &report);
    let expected = json!({"1": 2, "2": "3/4", "3": 2, "4": "1/3", "5": 1, "6": 0, "7": 0, "8": 2, "9": 2});
    assert_eq!(report["coverage"]["a.c"], expected);
}

#[test]
fn genhtml_counts_the_same_branches() {
    let mut genhtml = needs::command("genhtml");
    let directory = tempfile::tempdir().unwrap();
    let mut view = view();
    for file in &mut view.files {
        file.path = directory.path().join(file.path.file_name().unwrap());
        std::fs::write(&file.path, "x\n".repeat(9)).unwrap();
    }
    let tracefile = directory.path().join("coverage.lcov");
    std::fs::write(&tracefile, lcov_of(&view)).unwrap();
    genhtml.args(["--branch-coverage", "--output-directory"]).arg(directory.path().join("html"));
    let output = genhtml.arg(&tracefile).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaints.is_empty(), "{said}{complaints}");
    assert!(said.contains("(10 of 17 branches)"), "{said}");
}

#[test]
fn json_has_the_branches_of_files_and_processes() {
    let report = json_of(&view(), false);
    let report: Value = serde_json::from_slice(&report).unwrap();
    assert_valid("docs/forkcov.schema.json", &report);
    assert_eq!(report["meta"]["branch_coverage"], true);
    let python = &report["files"]["b.py"];
    assert_eq!(python["executed_branches"], json!([[2, 3], [5, 6], [6, 2], [6, 7]]));
    assert_eq!(python["missing_branches"], json!([[2, 4], [5, -1]]));
    assert_eq!(python["summary"]["num_branches"], 6);
    assert_eq!(python["summary"]["num_partial_branches"], 2);
    let native = &report["files"]["a.c"];
    assert_eq!(native["executed_branches"], json!([]), "destinations are not known");
    assert_eq!(native["branches"][3], json!({"line": 2, "jump": 1, "way": 1, "processes": 1}));
    assert_eq!(report["totals"]["covered_branches"], 10);
    assert_eq!(report["totals"]["missing_branches"], 7);
    assert_eq!(report["processes"][0]["branches"], json!({"a.c": [[2, 0, 0], [2, 1, 0], [8, 0, 0]]}));
    // Lines and branches of a region are not those of the one around it.
    let missing =
        |region: &Value| (region["missing_lines"].clone(), region["summary"]["missing_branches"].clone());
    assert_eq!(missing(&native["functions"]["a"]), (json!([]), json!(1)));
    assert_eq!(missing(&native["functions"]["b"]), (json!([6, 7]), json!(4)));
    assert_eq!(missing(&native["functions"][""]), (json!([]), json!(0)));
    assert_eq!(missing(&python["functions"]["C.f"]), (json!([]), json!(1)));
    assert_eq!(missing(&python["functions"][""]), (json!([4]), json!(1)));
    assert_eq!(python["functions"]["C.f"]["processes"], 1);
    assert_eq!(python["classes"]["C"]["missing_branches"], json!([[5, -1]]));
    assert_eq!(python["classes"]["C"]["start_line"], 3);
    // 13 of 16 lines, 10 of 17 branches.
    assert_eq!(report["totals"]["percent_covered_display"], "69.7");
}

/// The view with each process in no context, and the second one in a test, too.
fn by_pair() -> View {
    let mut view = view();
    view.contexts = vec!["test_login".to_owned()];
    view.pairs = vec![(0, None), (1, None), (1, Some(0))];
    let python = &mut view.files[1];
    python.hits.push((2, lines(&[7..=7])));
    view
}

#[test]
fn contexts_of_coverage_py_are_tests_and_processes() {
    let directory = tempfile::tempdir().unwrap();
    coverage_py::write(&by_pair(), &directory.path().join(".coverage")).unwrap();
    let contexts = |name: &str| {
        let data = Connection::open(directory.path().join(name)).unwrap();
        let mut rows = data.prepare("SELECT context FROM context ORDER BY id").unwrap();
        rows.query_map([], |row| row.get::<_, String>(0)).unwrap().collect::<Result<Vec<_>, _>>().unwrap()
    };
    assert_eq!(contexts(".coverage"), ["1 launch", "2 fork", "test_login|2 fork"]);
    assert_eq!(coverage_py::write_each(&by_pair(), &directory.path().join("each")).unwrap(), 1);
    assert_eq!(contexts("each.build-1.2.1"), ["2 fork", "test_login|2 fork"]);
}

#[test]
fn coverage_py_gets_arcs_and_the_lines_from_them() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".coverage");
    coverage_py::write(&by_pair(), &path).unwrap();
    let data = Connection::open(&path).unwrap();
    let text = |sql: &str| data.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(text("SELECT value FROM meta WHERE key = 'has_arcs'"), "1");
    let arcs =
        "SELECT group_concat(fromno || ' ' || tono, ', ') FROM (SELECT * FROM arc ORDER BY fromno, tono)";
    assert_eq!(text(arcs), "-1 1, -1 7, 2 3, 5 6, 6 2, 6 7");
    assert_eq!(text("SELECT CAST(count(*) AS text) FROM line_bits"), "0");
}

#[test]
fn two_sides_differ_by_the_ways_that_one_alone_went() {
    let (view, mut out) = (view(), Vec::new());
    let side = |name: &str, process: usize| Side::of(name, &view, |index| index == process);
    diff::write(&side("1", 0), &side("2", 1), &here(), &mut out).unwrap();
    check("branches-diff.txt", &out);
}

#[test]
fn coveralls_gets_four_numbers_of_each_direction() {
    let directory = tempfile::tempdir().unwrap();
    let mut view = view();
    view.files.truncate(1);
    view.files[0].path = directory.path().join("a.c");
    std::fs::write(&view.files[0].path, "x\n".repeat(9)).unwrap();
    let sources =
        coveralls::JobSources::of(&Coverage::of(&view), &forkcov::sources::Here::at(directory.path()));
    let details = coveralls::JobDetails {
        service: coveralls::Service::of(|_| None),
        repo_token: None,
        git: None,
        now: std::time::UNIX_EPOCH,
    };
    let mut out = Vec::new();
    coveralls::write(&sources, &details, &mut out).unwrap();
    let report: Value = serde_json::from_slice(&out).unwrap();
    assert_valid("tests/golden/coveralls.schema.json", &report);
    let branches = report["source_files"][0]["branches"].as_array().unwrap();
    assert_eq!(branches[..8], [2, 0, 0, 2, 2, 0, 1, 0].map(Value::from));
    assert_eq!(branches.len(), 44);
}
