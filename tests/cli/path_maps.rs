//! `combine --map` and `[paths]`: checkouts of several machines.

use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

const MAIN: &str = "\
int used(int);
int main(int argc, char **argv) {
    if (argc > 1)
        return used(argc);
    return 0;
}
";

const USED: &str = "\
int used(int n) {
    return n - 2;
}
";

/// The checkouts `ci/41/app`, in which `main.c` ran without an argument, and `work/app`, in which it ran with
/// one; the data of each, `one.data` and `two.data`; and an empty directory `app`.
fn place() -> Sandbox {
    let place = Sandbox::new();
    fs::create_dir(place.path("app")).unwrap();
    for (checkout, data, argument) in [("ci/41/app", "one.data", None), ("work/app", "two.data", Some("x"))] {
        fs::create_dir_all(place.path(checkout).join("lib")).unwrap();
        place.write(&format!("{checkout}/main.c"), MAIN, 0o644);
        place.write(&format!("{checkout}/lib/used.c"), USED, 0o644);
        let mut compile = needs::command("cc");
        compile.args(["-g", "-o", "program", "main.c", "lib/used.c"]).current_dir(place.path(checkout));
        assert!(compile.status().unwrap().success());
        let program = format!("./{checkout}/program");
        let arguments = ["run", "-q", "--data-file", data, "--", &program].into_iter().chain(argument);
        place.succeeds(&arguments.collect::<Vec<_>>());
    }
    place
}

/// The names of the files of a data file, and the lines that ran of those.
fn files(place: &Sandbox, data_file: &str) -> Vec<(String, Value)> {
    let json = place.json(data_file);
    let files = json["files"].as_object().unwrap();
    files.iter().map(|(name, file)| (name.clone(), file["executed_lines"].clone())).collect()
}

fn united() -> Vec<(String, Value)> {
    vec![("app/lib/used.c".to_owned(), json!([1, 2, 3])), ("app/main.c".to_owned(), json!([2, 3, 4, 5, 6]))]
}

#[test]
fn checkouts_of_several_machines_become_one() {
    let place = place();
    place.succeeds(&["combine", "--keep", "one.data", "two.data"]);
    assert_eq!(files(&place, "forkcov.data").len(), 4, "without a map they are four files");
    let maps = ["--map", "ci/*/app=app", "--map", "*/work/app=app"];
    place.succeeds(&[&["combine", "--keep", "one.data", "two.data"][..], &maps].concat());
    assert_eq!(files(&place, "forkcov.data"), united());
    let by_process: Vec<Value> = place.json("forkcov.data")["processes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|process| process["files"]["app/main.c"].clone())
        .collect();
    assert_eq!(by_process.len(), 2);
    for lines in [json!([2, 3, 5, 6]), json!([2, 3, 4, 6])] {
        assert!(by_process.contains(&lines), "each process keeps its own lines: {by_process:?}");
    }
}

#[test]
fn combining_again_or_by_and_by_gives_the_same() {
    let place = place();
    let map = "--map=*/app=app";
    place.succeeds(&["combine", "--keep", map, "one.data", "two.data"]);
    let of = |data_file: &str| {
        let json = place.json(data_file);
        (json["files"].clone(), json["processes"].clone(), json["totals"].clone())
    };
    let at_once = of("forkcov.data");
    place.succeeds(&["combine", "--keep", map, "--data-file=again.data", "forkcov.data", "two.data"]);
    assert_eq!(of("again.data"), at_once);
    // What an earlier combine has left as it was is rewritten, too.
    place.succeeds(&["combine", "--keep", "--data-file=late.data", "one.data"]);
    place.succeeds(&["combine", "--keep", map, "--append", "--data-file=late.data", "two.data"]);
    assert_eq!(of("late.data"), at_once);
    // Hit files, as data files.
    for (checkout, argument) in [("ci/41/app", None), ("work/app", Some("x"))] {
        let program = format!("./{checkout}/program");
        let run = ["run", "-q", "-p", "--data-file=hits.data", "--", &program];
        place.succeeds(&run.into_iter().chain(argument).collect::<Vec<_>>());
    }
    place.succeeds(&["combine", map, "--data-file=hits.data"]);
    assert_eq!(files(&place, "hits.data"), united());
}

#[test]
fn the_configuration_maps_what_is_there() {
    let place = place();
    place.write("forkcov.toml", "[paths]\napp = ['app', '*/app']\n", 0o644);
    place.succeeds(&["combine", "--keep", "one.data", "two.data"]);
    assert_eq!(files(&place, "forkcov.data").len(), 4, "no source is in app");
    place.write("app/main.c", MAIN, 0o644);
    place.succeeds(&["combine", "--keep", "one.data", "two.data"]);
    let names: Vec<String> = files(&place, "forkcov.data").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["app/main.c", "ci/41/app/lib/used.c", "work/app/lib/used.c"]);
    place.succeeds(&["combine", "--keep", "--map=*/work/app/lib=app/lib", "one.data", "two.data"]);
    let names: Vec<String> = files(&place, "forkcov.data").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["app/lib/used.c", "app/main.c", "ci/41/app/lib/used.c"]);
}

#[test]
fn reports_map_as_combine_does() {
    let place = place();
    for (program, data_file, argument) in
        [("./ci/41/app/program", "one.data", None), ("./work/app/program", "two.data", Some("x"))]
    {
        let contexts = ["--context-from", "(ci|work)/.*program"];
        let run = [&["run", "-q", "--branches", "--data-file", data_file], &contexts[..], &["--", program]]
            .concat();
        place.succeeds(&run.into_iter().chain(argument).collect::<Vec<_>>());
    }
    place.write("app/main.c", MAIN, 0o644);
    fs::create_dir(place.path("app/lib")).unwrap();
    place.write("app/lib/used.c", USED, 0o644);
    place.succeeds(&["combine", "--keep", "--data-file=as_it_ran.data", "one.data", "two.data"]);
    let maps = ["--map", "ci/*/app=app", "--map", "*/work/app=app"];
    place.succeeds(
        &[&["combine", "--keep", "--data-file=mapped.data", "one.data", "two.data"], &maps[..]].concat(),
    );
    // The diff changes the line that the program runs with an argument alone.
    let diff = "--- a/app/main.c\n+++ b/app/main.c\n@@ -4,1 +4,1 @@\n-        return used(1);\n+        return used(argc);\n";
    place.write("the.diff", diff, 0o644);
    let reports: [&[&str]; 15] = [
        &["report", "-m"],
        &["json", "-o", "-"],
        &["lcov", "-o", "-"],
        &["xml", "-o", "-"],
        &["annotate", "app/main.c"],
        &["processes"],
        &["diff", "parents", "children"],
        &["codecov", "-o", "-"],
        &["sonarqube", "-o", "-"],
        &["coveralls", "-o", "-"],
        &["github", "--diff", "the.diff", "--test", "ci"],
        &["tests"],
        &["tests", "--line", "app/main.c:4"],
        &["affected", "--diff", "the.diff"],
        &["report", "--format", "markdown"],
    ];
    let printed = |data_file: &str| {
        let of = |report: &&[&str]| {
            let output = place.succeeds(&[report, &["--data-file", data_file][..]].concat());
            let is_time = |piece: &&str| {
                ["timestamp", "run at", "\"run\"", "\"run_at\""].iter().any(|word| piece.contains(word))
            };
            text(&output.stdout).split(['\n', ',']).filter(|it| !is_time(it)).collect::<Vec<_>>().join("\n")
        };
        reports.iter().map(of).collect::<Vec<String>>()
    };
    let expected = printed("mapped.data");
    assert!(!expected.iter().any(String::is_empty), "each report has something to say: {expected:?}");
    place.write("forkcov.toml", "[paths]\napp = ['app', '*/app']\n", 0o644);
    for (found, expected) in printed("as_it_ran.data").iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(files(&place, "as_it_ran.data"), united());
    let run = ["run", "-a", "--data-file", "as_it_ran.data", "--", "./work/app/program", "x"];
    one_line(&place.forkcov(&run), &["2 programs, 8 of 8 lines (100.0%)"]);
    place.succeeds(&["html", "--data-file", "as_it_ran.data"]);
    place.succeeds(&["parquet", "--data-file", "as_it_ran.data", "-o", "tables"]);
    // What is left out goes by the path here.
    let output = place.succeeds(&["report", "--data-file", "as_it_ran.data", "--omit", "app/lib/**"]);
    assert!(!text(&output.stdout).contains("used.c") && text(&output.stdout).contains("app/main.c"));
}

#[test]
fn coverage_py_gets_the_mapped_names() {
    needs::require(needs::tool("python3"));
    let place = Sandbox::new();
    for (checkout, argument) in [("ci/41/app", None), ("work/app", Some("x"))] {
        fs::create_dir_all(place.path(checkout)).unwrap();
        let program = format!("{checkout}/main.py");
        place.write(&program, "import sys\nif sys.argv[1:]:\n    x = 1\nelse:\n    x = 2\n", 0o644);
        let run = ["run", "-q", "-a", "--", "python3", &program];
        place.succeeds(&run.into_iter().chain(argument).collect::<Vec<_>>());
    }
    fs::create_dir(place.path("app")).unwrap();
    place.write("app/main.py", fs::read(place.path("work/app/main.py")).unwrap(), 0o644);
    place.succeeds(&["combine", "--keep", "--map=*/app=app", "--data-file=mapped.data", "forkcov.data"]);
    let exported = |data_file: &str, output: &str| {
        place.succeeds(&["coverage-py", "--data-file", data_file, "-o", output]);
        let connection = rusqlite::Connection::open(place.path(output)).unwrap();
        let rows = "SELECT path, context, numbits FROM line_bits JOIN file ON file.id = file_id
                    JOIN context ON context.id = context_id ORDER BY path, context";
        let mut statement = connection.prepare(rows).unwrap();
        let row = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let rows: Vec<(String, String, Vec<u8>)> =
            statement.query_map([], row).unwrap().map(Result::unwrap).collect();
        rows
    };
    let names = |rows: &[(String, String, Vec<u8>)]| -> BTreeSet<String> {
        rows.iter().map(|(path, ..)| path.clone()).collect()
    };
    assert_eq!(names(&exported("forkcov.data", "as_it_ran")).len(), 2, "without a map they are two files");
    let expected = exported("mapped.data", "mapped");
    assert_eq!(names(&expected), BTreeSet::from([place.path("app/main.py").to_str().unwrap().to_owned()]));
    assert_eq!(expected.len(), 2, "each process ran lines of its own: {expected:?}");
    place.write("forkcov.toml", "[paths]\napp = ['app', '*/app']\n", 0o644);
    assert_eq!(exported("forkcov.data", "by_configuration"), expected);
}

#[test]
fn a_map_that_is_none_is_an_error_and_nothing_is_combined() {
    let place = place();
    let output = place.forkcov(&["combine", "--map", "/ci", "one.data"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("expected FROM=TO, two directories"), "{output:?}");
    let output = place.forkcov(&["combine", "--map", "/ci/*=app", "one.data"]);
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &["malformed pattern \"/ci/*\"", "wildcard"]);
    assert_eq!(place.files("forkcov"), [""; 0]);
    assert!(place.path("one.data").exists());
}
