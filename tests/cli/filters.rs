//! `--source`, `--include` and `--omit` of `run`, before a breakpoint is inserted.

use forkcov_testing::sandbox::Sandbox;
use serde_json::Value;
use std::fs;

/// A program of three sources: `main.c`, `lib/used.c` and `lib/deep/other.c`.
fn place() -> Sandbox {
    let place = Sandbox::new();
    fs::create_dir_all(place.path("lib/deep")).unwrap();
    place.write(
        "main.c",
        "int used(void), other(void);\nint main(void) {\n    return used() + other();\n}\n",
        0o644,
    );
    place.write("lib/used.c", "int used(void) {\n    return 0;\n}\n", 0o644);
    place.write("lib/deep/other.c", "int other(void) {\n    return 0;\n}\n", 0o644);
    place.cc(&["-g", "-o", "program", "main.c", "lib/used.c", "lib/deep/other.c"]);
    place
}

fn files(place: &Sandbox, filters: &[&str]) -> Vec<String> {
    place.succeeds(&[&["run", "-q"], filters, &["--", "./program"]].concat());
    let json = place.json("forkcov.data");
    let names = json["files"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, file)| file["executed_lines"] != Value::Array(vec![]));
    let mut names: Vec<String> =
        names.map(|(path, _)| path.rsplit('/').next().unwrap().to_string()).collect();
    names.sort();
    names
}

#[test]
fn without_filters_every_source_counts() {
    assert_eq!(files(&place(), &[]), ["main.c", "other.c", "used.c"]);
}

#[test]
fn source_takes_a_directory() {
    let place = place();
    assert_eq!(files(&place, &["--source", "lib"]), ["other.c", "used.c"]);
    assert_eq!(files(&place, &["--source", "lib/deep"]), ["other.c"]);
    assert_eq!(files(&place, &["--source", "."]), ["main.c", "other.c", "used.c"]);
    assert_eq!(files(&place, &["--source", &place.path("lib").to_string_lossy()]), ["other.c", "used.c"]);
}

#[test]
fn include_and_omit_take_patterns() {
    let place = place();
    assert_eq!(files(&place, &["--include", "lib/*.c"]), ["used.c"]);
    assert_eq!(files(&place, &["--include", "lib/**"]), ["other.c", "used.c"]);
    assert_eq!(files(&place, &["--include", "main.c", "--include", "*/deep/*"]), ["main.c", "other.c"]);
    assert_eq!(files(&place, &["--omit", "lib/**"]), ["main.c"]);
    assert_eq!(files(&place, &["--source", "lib", "--omit", "*/deep/*"]), ["used.c"]);
}

#[test]
fn filters_that_leave_nothing_say_so_and_the_program_runs() {
    let place = place();
    let output = place.forkcov(&["run", "-q", "--include", "nothing/*", "--", "./program"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    forkcov_testing::sandbox::one_line(&output, &["no"]);
}
