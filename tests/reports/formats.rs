//! Every format against its golden file, from views made by hand.

use crate::support::{check, child, file, lines, process, server};
use forkcov::data::SourceSnapshot;
use forkcov::data::view::{SourceFile, SourceState, View};
use forkcov::report::colour::Colour;
use forkcov::report::diff::Side;
use forkcov::report::formats::{Format, FormatInput, xml};
use forkcov::report::lcov::{self, LcovLayout};
use forkcov::report::limits::Limits;
use forkcov::report::rows::{RowSelection, Sort, SortKey};
use forkcov::report::{Coverage, annotate, diff, json, markdown, processes, table};
use forkcov::sources::Here;
use forkcov_testing::needs;
use forkcov_testing::schema::assert_valid;
use serde_json::Value;
use std::io::Write;
use std::time::{Duration, UNIX_EPOCH};

pub fn here() -> Here {
    Here::at("/home/u/project")
}

/// The report of a format.
pub fn format_of(view: &View, write: fn(&FormatInput, &mut dyn Write) -> std::io::Result<()>) -> Vec<u8> {
    let now = UNIX_EPOCH + Duration::from_millis(1_800_000_000_042);
    let (coverage, here) = (Coverage::of(view), here());
    let mut out = Vec::new();
    write(&FormatInput { view, coverage: &coverage, here: &here, now }, &mut out).unwrap();
    out
}

pub fn table(view: &View, change: impl FnOnce(&mut table::TableLayout)) -> Vec<u8> {
    written(view, change, table::write)
}

fn markdown_table(view: &View, change: impl FnOnce(&mut table::TableLayout)) -> Vec<u8> {
    written(view, change, markdown::write)
}

pub fn written(
    view: &View,
    change: impl FnOnce(&mut table::TableLayout),
    write: fn(&Coverage, &table::TableLayout, &mut dyn Write) -> std::io::Result<()>,
) -> Vec<u8> {
    let here = here();
    let mut options = table::TableLayout {
        here: &here,
        selection: RowSelection::default(),
        show_missing: false,
        precision: 1,
        colour: Colour::Off,
        limits: Limits::default(),
    };
    change(&mut options);
    let mut out = Vec::new();
    write(&Coverage::of(view), &options, &mut out).unwrap();
    out
}

pub fn json_of(view: &View, pretty: bool) -> Vec<u8> {
    let here = here();
    let now = UNIX_EPOCH + Duration::from_micros(1_800_000_000_000_042);
    let options = json::JsonLayout { here: &here, pretty, precision: 1, contexts: None, now };
    let mut out = Vec::new();
    json::write(view, &Coverage::of(view), &options, &mut out).unwrap();
    out
}

pub fn lcov_of(view: &View) -> Vec<u8> {
    let mut out = Vec::new();
    lcov::write(&Coverage::of(view), LcovLayout::default(), &mut out).unwrap();
    out
}

fn xml_of(view: &View) -> Vec<u8> {
    format_of(view, xml::write)
}

#[test]
fn a_format_can_write_a_row_for_each_process() {
    const FORMAT: Format = Format {
        name: "csv",
        about: "Write how many lines of each file each process ran",
        notes: "",
        default_output: "forkcov.csv",
        write: |input, out| {
            writeln!(out, "pid,file,hit,of")?;
            for file in &input.coverage.files {
                let (path, of) = (file.source.path.display(), file.totals.lines.all);
                for (process, lines) in &file.source.hits {
                    let pid = input.view.processes[*process].pid;
                    writeln!(out, "{pid},{path},{},{of}", lines.len())?;
                }
            }
            Ok(())
        },
    };
    let mut view = server();
    view.files.truncate(1);
    let path = "/home/u/project/server.c";
    let rows = [(41290, 60), (41291, 92), (41292, 92), (41294, 148)];
    let rows = rows.map(|(pid, hit)| format!("{pid},{path},{hit},260\n")).concat();
    let written = String::from_utf8(format_of(&view, FORMAT.write)).unwrap();
    assert_eq!(written, format!("pid,file,hit,of\n{rows}"));
}

#[test]
fn the_table_of_one_file_is_that_of_the_readme() {
    let view = View {
        processes: vec![process(1, forkcov::data::Birth::Launch)],
        files: vec![file(
            "/home/u/project/server.c",
            &lines(&[1..=260]),
            &[(0, &lines(&[1..=30, 41..=76, 78..=89, 125..=260]))],
        )],
        programs: 1,
        ..View::default()
    };
    check("report-readme.txt", &table(&view, |options| options.show_missing = true));
}

#[test]
fn the_table_lists_files_and_a_total() {
    check("report.txt", &table(&server(), |_| {}));
    check("report-missing.txt", &table(&server(), |options| options.show_missing = true));
    check("report-precision-9.txt", &table(&server(), |options| options.precision = 9));
    check("report-precision-0.txt", &table(&server(), |options| options.precision = 0));
}

#[test]
fn covered_files_are_skipped_and_counted() {
    check("report-skip-covered.txt", &table(&server(), |options| options.selection.skip_covered = true));
    let mut covered = server();
    covered.files.drain(..1);
    covered.files.truncate(1);
    check("report-all-skipped.txt", &table(&covered, |options| options.selection.skip_covered = true));
}

#[test]
fn empty_files_are_skipped_and_counted() {
    let skipped = table(&server(), |options| options.selection.skip_empty = true);
    check("report-skip-empty.txt", &skipped);
    let both = |options: &mut table::TableLayout| {
        options.selection = RowSelection { skip_covered: true, skip_empty: true, ..options.selection };
    };
    let covered = table(&server(), |options| options.selection.skip_covered = true);
    assert_eq!(table(&server(), both), covered, "an empty file has no missing line");
}

#[test]
fn percentages_are_coloured_by_how_good_they_are() {
    let plain = table(&server(), |_| {});
    let coloured = table(&server(), |options| options.colour = Colour::On);
    check("report-coloured.txt", &coloured);
    assert_eq!(anstream::adapter::strip_bytes(&coloured).into_vec(), plain);
    let within = |low, high| {
        table(&server(), |options| (options.colour, options.limits) = (Colour::On, Limits { low, high }))
    };
    let has = |text: &[u8], colour: &str| String::from_utf8_lossy(text).contains(colour);
    let (red, yellow, green) = ("\u{1b}[31m", "\u{1b}[33m", "\u{1b}[32m");
    assert!([red, yellow].iter().all(|colour| !has(&within(0.0, 0.0), colour)));
    assert!(has(&within(0.0, 0.0), green) && !has(&within(0.0, 100.0), red));
    assert!(has(&within(100.0, 100.0), red));
}

#[test]
fn a_table_in_markdown() {
    check("report.md", &markdown_table(&server(), |_| {}));
    let missing = |options: &mut table::TableLayout| {
        options.show_missing = true;
        options.selection.skip_covered = true;
    };
    check("report-missing.md", &markdown_table(&server(), missing));
    check("report-empty.md", &markdown_table(&View::default(), |_| {}));
}

#[test]
fn the_table_can_be_sorted_by_each_column_both_ways() {
    let order = |sort: &str| {
        let out = table(&server(), |options| options.selection.sort = sort.parse().unwrap());
        let table = String::from_utf8(out).unwrap();
        let rows: Vec<&str> = table.lines().skip(2).take(4).collect();
        rows.iter().map(|row| row.split_whitespace().next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (server, tool, list, none) = ("server.c", "src/tool.cc", "/srv/lib/list.c", "/srv/lib/none.h");
    assert_eq!(order("name"), [list, none, server, tool]);
    assert_eq!(order("-name"), [tool, server, none, list]);
    assert_eq!(order("lines"), [none, tool, list, server]);
    assert_eq!(order("-lines"), [server, list, tool, none]);
    assert_eq!(order("miss"), [tool, none, list, server]);
    assert_eq!(order("-miss"), [server, list, tool, none]);
    assert_eq!(order("cover"), [list, server, tool, none]);
    assert_eq!(order("-cover"), [tool, none, server, list]);
    assert_eq!("Stmts".parse(), Ok(Sort { key: SortKey::Lines, descending: false }));
    assert!("branches".parse::<Sort>().is_err());
}

#[test]
fn the_process_tree_has_guides_and_columns() {
    let mut out = Vec::new();
    processes::write(&server(), processes::ProcessTreeLayout::default(), &mut out).unwrap();
    check("processes.txt", &out);
}

#[test]
fn a_process_that_ran_no_line_is_counted_and_not_drawn() {
    use forkcov::data::{Birth, Exit};
    let mut view = server();
    let quiet = |pid, parent, exit| child(pid, Birth::Fork, parent, exit);
    // 7 to 9: of no interest, but for the last one, which was killed; 10 and 11: nothing in a branch of its
    // own.
    view.processes.push(quiet(41400, 0, Some(Exit::Code(0))));
    view.processes.push(quiet(41401, 7, Some(Exit::Code(1))));
    view.processes.push(quiet(41402, 8, Some(Exit::Signal(9))));
    view.processes.push(quiet(41403, 0, Some(Exit::Code(0))));
    view.processes.push(quiet(41404, 10, Some(Exit::Code(127))));
    let drawn = |all| {
        let mut out = Vec::new();
        processes::write(&view, processes::ProcessTreeLayout { width: None, all }, &mut out).unwrap();
        out
    };
    check("processes-of-interest.txt", &drawn(false));
    check("processes-all.txt", &drawn(true));
}

#[test]
fn the_process_tree_fits_a_terminal() {
    let mut out = Vec::new();
    processes::write(&server(), processes::ProcessTreeLayout { width: Some(64), all: false }, &mut out)
        .unwrap();
    check("processes-64-columns.txt", &out);
    for line in String::from_utf8(out).unwrap().lines() {
        assert!(line.chars().count() <= 64, "{line:?}");
    }
}

#[test]
fn json_has_the_shape_of_coverage_py_and_the_processes() {
    let plain = json_of(&server(), false);
    check("coverage.json", &anonymous(&plain));
    let pretty = json_of(&server(), true);
    let [plain, pretty] = [plain, pretty].map(|json| serde_json::from_slice::<Value>(&json).unwrap());
    assert_eq!(plain, pretty);
    for report in [plain, serde_json::from_slice(&json_of(&View::default(), false)).unwrap()] {
        assert_valid("docs/forkcov.schema.json", &report);
    }

    let mut small = server();
    small.files.drain(..1);
    small.processes[3].parent = None;
    check("coverage-pretty.json", &anonymous(&json_of(&small, true)));
}

/// Without the version, which changes with every release.
fn anonymous(json: &[u8]) -> Vec<u8> {
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    String::from_utf8_lossy(json).replace(&version, "\"VERSION\"").into_bytes()
}

#[test]
fn lcov_counts_processes() {
    check("coverage.lcov", &lcov_of(&server()));
}

#[test]
fn genhtml_accepts_the_lcov_file() {
    let mut genhtml = needs::command("genhtml");
    let directory = tempfile::tempdir().unwrap();
    let mut view = server();
    for (index, file) in view.files.iter_mut().enumerate() {
        file.path = directory.path().join(format!("file {index}, really.c"));
        std::fs::write(&file.path, "int x;\n".repeat(300)).unwrap();
    }
    let tracefile = directory.path().join("coverage.lcov");
    std::fs::write(&tracefile, lcov_of(&view)).unwrap();
    let output = genhtml
        .args(["--function-coverage", "--output-directory"])
        .arg(directory.path().join("html"))
        .arg(&tracefile)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaints}");
    assert!(!complaints.to_lowercase().contains("warning"), "{complaints}");
    // The same numbers as the report's.
    assert!(said.contains("(220 of 270 lines)"), "{said}");
    assert!(said.contains("(4 of 5 functions)"), "{said}");
}

fn annotated(view: &View, change: impl FnOnce(&mut annotate::AnnotateLayout)) -> Vec<u8> {
    let here = here();
    let mut options =
        annotate::AnnotateLayout { here: &here, pids: false, colour: Colour::Off, precision: 1 };
    change(&mut options);
    let text = "int worker(void) {\n\treturn 1;\n}\n\n// \u{1b}[2J\nint main(void) {\n\tworker();\n\tnever();\n}\nvoid never(void) {}\n";
    let mut out = Vec::new();
    annotate::write(&Coverage::of(view).files[0], view, text, &options, &mut out).unwrap();
    out
}

/// A parent, a worker like it, and twelve like each other.
fn workers() -> View {
    use forkcov::data::Birth;
    let worker = lines(&[1..=3]);
    let mut hits = vec![(0, lines(&[6..=7, 9..=9])), (1, lines(&[1..=2]))];
    hits.extend((2..14).map(|process| (process, worker.clone())));
    let hits: Vec<_> = hits.iter().map(|(process, lines)| (*process, lines)).collect();
    let mut file = file("/home/u/project/worker.c", &lines(&[1..=3, 6..=9]), &hits);
    file.excluded = [10].into_iter().collect();
    View {
        processes: (100..114).map(|pid| process(pid, Birth::Fork)).collect(),
        files: vec![file],
        programs: 1,
        ..View::default()
    }
}

#[test]
fn a_source_has_the_number_of_processes_beside_each_line() {
    check("annotate.txt", &annotated(&workers(), |_| {}));
}

#[test]
fn a_source_names_the_processes_where_they_change() {
    check("annotate-pids.txt", &annotated(&workers(), |options| options.pids = true));
    let mut scattered = workers();
    for process in &mut scattered.processes {
        process.pid *= 2;
    }
    check("annotate-pids-many.txt", &annotated(&scattered, |options| options.pids = true));
}

#[test]
fn a_source_has_colours() {
    let coloured = annotated(&workers(), |options| options.colour = Colour::On);
    check("annotate-coloured.txt", &coloured);
    assert_eq!(anstream::adapter::strip_bytes(&coloured).into_vec(), annotated(&workers(), |_| {}));
}

fn differences(one: Side, other: Side) -> Vec<u8> {
    let mut out = Vec::new();
    diff::write(&one, &other, &here(), &mut out).unwrap();
    out
}

#[test]
fn two_sides_differ_by_the_lines_that_one_alone_ran() {
    let view = server();
    let side =
        |name: &str, processes: &[usize]| Side::of(name, &view, |process| processes.contains(&process));
    check("diff.txt", &differences(side("41290", &[0]), side("41291,41294", &[1, 4])));
    check("diff-same.txt", &differences(side("41291", &[1]), side("41292", &[2])));
    let nothing = Side::of("b.data", &View::default(), |_| true);
    check("diff-all.txt", &differences(side("a.data", &[0, 1, 2, 3, 4, 5, 6]), nothing));
}

#[test]
fn cobertura_counts_processes() {
    let version = concat!("forkcov ", env!("CARGO_PKG_VERSION"));
    let report = String::from_utf8(xml_of(&server())).unwrap().replace(version, "VERSION");
    check("coverage.xml", report.as_bytes());
}

#[test]
fn xmllint_finds_the_cobertura_report_valid() {
    let mut hostile = server();
    hostile.files[0].path = "/home/u/project/<&\"'\u{1}\n>/é.c".into();
    hostile.files[0].functions[0].name = "operator<<(\u{0}&, ]]>)".to_owned();
    for view in [server(), hostile, View::default()] {
        valid_by_document_type(&xml_of(&view));
    }
}

pub fn valid_by_document_type(report: &[u8]) {
    let document_type = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/coverage-04.dtd");
    let address = "http://cobertura.sourceforge.net/xml/coverage-04.dtd";
    let report = String::from_utf8(report.to_vec()).unwrap();
    assert!(report.contains(address), "{report}");
    // The declarations of the report itself count, too.
    xmllint(&["--valid"], report.replace(address, document_type).as_bytes());
}

/// Asserts that xmllint accepts `report`, with these arguments.
pub fn xmllint(arguments: &[&str], report: &[u8]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), report).unwrap();
    let mut command = needs::command("xmllint");
    command.args(["--nonet", "--noout"]).args(arguments).arg(file.path());
    let output = command.output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaints}\n{}", String::from_utf8_lossy(report));
}

#[test]
fn an_empty_view_is_written_too() {
    let view = View::default();
    check("report-empty.txt", &table(&view, |options| options.show_missing = true));
    assert_eq!(lcov_of(&view), b"");
    let json: Value = serde_json::from_slice(&json_of(&view, false)).unwrap();
    assert_eq!(json["totals"]["percent_covered"], 100.0);
    assert_eq!(json["processes"], Value::Array(Vec::new()));
}

#[test]
fn excluded_lines_are_listed_and_counted_and_neither_run_nor_missed() {
    let mut python = file("/home/u/project/a.py", &lines(&[1..=2]), &[(0, &lines(&[1..=1]))]);
    python.excluded = [4, 5, 6].into_iter().collect();
    let view = View {
        processes: vec![process(1, forkcov::data::Birth::Launch)],
        files: vec![python.clone(), SourceFile { path: "/home/u/project/b.py".into(), ..python }],
        programs: 1,
        ..View::default()
    };
    let report: Value = serde_json::from_slice(&json_of(&view, false)).unwrap();
    let entry = &report["files"]["a.py"];
    assert_eq!(entry["executed_lines"], serde_json::json!([1]));
    assert_eq!(entry["missing_lines"], serde_json::json!([2]));
    assert_eq!(entry["excluded_lines"], serde_json::json!([4, 5, 6]));
    assert_eq!(entry["summary"]["excluded_lines"], 3);
    assert_eq!(report["totals"]["excluded_lines"], 6);
    assert_eq!(report["totals"]["num_statements"], 4);
}

#[test]
fn the_first_process_of_a_labelled_run_has_its_label() {
    let mut view = server();
    for process in &mut view.processes[..5] {
        process.label = Some("login".to_owned());
    }
    let mut out = Vec::new();
    processes::write(&view, processes::ProcessTreeLayout::default(), &mut out).unwrap();
    check("processes-labels.txt", &out);
}

#[test]
fn a_source_that_is_not_what_ran_is_said_not_to_be_before_its_lines() {
    let shown = |change: fn(&mut SourceFile)| {
        let mut view = workers();
        change(&mut view.files[0]);
        annotated(&view, |_| {})
    };
    check("annotate-changed.txt", &shown(|file| file.state = SourceState::Changed));
    check(
        "annotate-mixed.txt",
        &shown(|file| file.snapshots = vec![SourceSnapshot::of(b"a"), SourceSnapshot::of(b"b")]),
    );
    check("annotate-gone.txt", &{
        let (mut view, mut out) = (workers(), Vec::new());
        view.files[0].state = SourceState::Missing;
        let here = here();
        let options =
            annotate::AnnotateLayout { here: &here, pids: false, colour: Colour::Off, precision: 1 };
        annotate::write(&Coverage::of(&view).files[0], &view, "", &options, &mut out).unwrap();
        out
    });
}
