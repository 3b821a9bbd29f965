//! What one image has made of an object, the next images begin with.

use forkcov_testing::sandbox::{Sandbox, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// Sixty functions of several blocks each, which are called when the program has an argument; `last` is
/// behind them.
fn program(place: &Sandbox, name: &str, last: &str, flags: &[&str]) {
    let mut source = "#include <stdio.h>\n#include <unistd.h>\nint volatile n = 1;\n".to_owned();
    for i in 0..60 {
        source += &format!(
            "static void f{i}(int x) {{\n    if (x > {i})\n        n += x * {i};\n    else\n        n -= x;\n    \
             if (n == 7)\n        n = n * 3 + x;\n    n ^= {i};\n}}\n"
        );
    }
    source += "int main(int argc, char **argv) {\n    for (int i = 0; i < 3; i++) {\n";
    (0..60).for_each(|i| source += &format!("        f{i}(i);\n"));
    source += &format!("    }}\n    {last}\n    return argc > 5;\n}}\n");
    place.write("program.c", source, 0o644);
    place.cc(&[&["-g", "-O0", "program.c", "-o", name], flags].concat());
}

/// How often each process stopped at a breakpoint of a line, in the order of their ends.
fn stops(place: &Sandbox, flags: &[&str], script: &str) -> Vec<usize> {
    let run = ["run", "-q", "--log-events", "log"];
    place.succeeds(&[&run[..], flags, &["--", "sh", "-c", script]].concat());
    let log = fs::read_to_string(place.path("log")).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mapped = lines.iter().filter(|line| line["kind"] == "map");
    let mut stops: BTreeMap<u64, usize> = mapped.map(|line| (line["pid"].as_u64().unwrap(), 0)).collect();
    for line in lines.iter().filter(|line| line["kind"] == "trap" && line.get("site").is_some()) {
        *stops.entry(line["pid"].as_u64().unwrap()).or_default() += 1;
    }
    let ended = lines.iter().filter(|line| line["kind"] == "exit");
    ended.filter_map(|line| stops.remove(&line["pid"].as_u64().unwrap())).collect()
}

/// The lines that each process has run, without its PID.
fn lines(place: &Sandbox) -> Vec<Value> {
    let json = place.json("forkcov.data");
    let mut processes = json["processes"].as_array().unwrap().clone();
    processes.sort_by_key(|process| process["pid"].as_u64());
    processes
        .into_iter()
        .map(|mut process| process["files"].take())
        .filter(|files| files != &Value::Object(Default::default()))
        .collect()
}

#[test]
fn an_image_begins_with_what_the_one_before_has_learnt() {
    for flags in [&["-pie", "-fpie"][..], &["-no-pie", "-fno-pie"], &["-static-pie"]] {
        let place = Sandbox::new();
        program(&place, "program", "", flags);
        let script = "./program; ./program; setarch -R ./program; setarch -R ./program; ./program";
        let with_breakpoints = stops(&place, &["--trampolines-after", "0"], script);
        let expected = lines(&place);
        let with_trampolines = stops(&place, &[], script);
        assert!(with_breakpoints.iter().all(|&stops| stops > 300), "{with_breakpoints:?}");
        let (first, others) = with_trampolines.split_first().unwrap();
        assert!(others.len() == 4 && others.iter().all(|&stops| stops < first - 10), "{with_trampolines:?}");
        assert_eq!(lines(&place), expected, "{flags:?}");
    }
}

#[test]
fn a_program_that_is_replaced_between_two_execs_runs_as_it_is() {
    let place = Sandbox::new();
    program(&place, "old", "puts(\"old\");", &[]);
    program(&place, "new", "puts(\"new\");", &[]);
    let script = "for i in 1 2 3; do for name in old new; do cp $name program; ./program; done; done";
    let run = |trampolines: &str| {
        let run = ["run", "-q", "--trampolines-after", trampolines, "--", "sh", "-c", script];
        let output = place.succeeds(&run);
        assert_eq!(text(&output.stdout), "old\nnew\n".repeat(3));
        lines(&place)
    };
    assert_eq!(run("16"), run("0"));
}

#[test]
fn an_image_that_may_not_map_memory_has_breakpoints() {
    let place = Sandbox::new();
    program(&place, "program", "", &[]);
    let script = "./program; ./program; (ulimit -v 1000000; exec ./program)";
    let with_breakpoints = stops(&place, &["--trampolines-after", "0"], script);
    let expected = lines(&place);
    let with_trampolines = stops(&place, &[], script);
    assert_eq!(with_trampolines[2], with_breakpoints[2]);
    assert!(with_trampolines[1] < with_breakpoints[1], "{with_trampolines:?}");
    assert_eq!(lines(&place), expected);
}

#[test]
fn a_library_has_what_an_earlier_image_has_learnt() {
    let place = Sandbox::new();
    let functions = (0..40).map(|i| {
        format!("void f{i}(int x) {{\n    if (x > {i})\n        n += x * {i};\n    n ^= {i};\n}}\n")
    });
    place.write("lib.c", format!("int volatile n = 1;\n{}", functions.collect::<String>()), 0o644);
    let calls = |c: &str| (0..40).map(|i| format!("    f{i}({c});\n")).collect::<String>();
    let declared = (0..40).map(|i| format!("void f{i}(int);\n")).collect::<String>();
    let main = format!(
        "{declared}int main(int argc, char **argv) {{\n{}    if (argc > 1) {{\n{}    }}\n    return 0;\n}}\n",
        calls("20"),
        calls("argc")
    );
    place.write("main.c", main, 0o644);
    place.cc(&["-g", "-O0", "-fPIC", "-shared", "lib.c", "-o", "lib.so"]);
    place.cc(&["-g", "-O0", "main.c", "./lib.so", "-o", "main"]);
    let script = "./main; ./main x; setarch -R ./main; ./main x";
    let with_breakpoints = stops(&place, &["--trampolines-after", "0"], script);
    let expected = lines(&place);
    let with_trampolines = stops(&place, &[], script);
    assert!(with_breakpoints.iter().all(|&stops| stops > 100), "{with_breakpoints:?}");
    assert!(with_trampolines.iter().skip(1).all(|&stops| stops < 16), "{with_trampolines:?}");
    assert_eq!(lines(&place), expected);
}
