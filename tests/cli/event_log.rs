//! `forkcov run --log-events`: every entry of the log is documented, and agrees with the recorded data.

use forkcov_testing::sandbox::{Sandbox, one_line, text};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;

type Line = Map<String, Value>;

fn read(place: &Sandbox, log: &str) -> Vec<Line> {
    let text = fs::read_to_string(place.path(log)).unwrap();
    assert!(text.ends_with('\n'), "{text}");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}")))
        .collect()
}

fn of_kind<'a>(lines: &'a [Line], kind: &'a str) -> impl Iterator<Item = &'a Line> {
    lines.iter().filter(move |line| line["kind"] == kind)
}

/// Runs a program of `test-programs/support` with a log, and gives that.
fn logged(program: &str, arguments: &[&str], flags: &[&str]) -> (Sandbox, Vec<Line>) {
    let place = Sandbox::new();
    place.compile(program, &[&["-g", "-O0", "-pthread"], flags].concat());
    let program = format!("./{program}");
    let run = ["run", "-q", "--log-events", "log", "--", &program];
    place.forkcov(&[&run[..], arguments].concat());
    let lines = read(&place, "log");
    (place, lines)
}

/// The kinds of docs/event-log.md, each with the fields that must be there and those that can be.
fn documented() -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let text = include_str!("../../docs/event-log.md");
    let kinds = text.split("## Kinds").nth(1).unwrap();
    let rows = kinds.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let mut required = BTreeSet::new();
        let mut all = BTreeSet::new();
        let mut optional = cells[2].contains(" or ");
        for word in cells[2].split_inclusive(['[', ']', ',', ' ']) {
            optional |= word.ends_with('[');
            let name = word.trim_matches(|c| "`[], ".contains(c));
            if word.starts_with('`') {
                all.insert(name.to_owned());
                if !optional {
                    required.insert(name.to_owned());
                }
            }
            optional &= !word.ends_with(']');
        }
        (cells[1].trim_matches('`').to_owned(), (required, all))
    })
    .collect()
}

#[test]
fn every_kind_and_field_is_documented() {
    let documented = documented();
    assert!(documented.len() > 15, "{documented:?}");
    for (program, arguments) in [
        ("forks", &["3"][..]),
        ("orders", &["fork"]),
        ("orders", &["kill-maker", "100"]),
        ("orders", &["exec"]),
        ("stops", &[]),
    ] {
        let (_place, lines) = logged(program, arguments, &[]);
        for line in &lines {
            let kind = line["kind"].as_str().unwrap();
            let (required, all) = documented.get(kind).unwrap_or_else(|| panic!("{kind} is not documented"));
            let fields =
                line.keys().filter(|field| !["kind", "time", "tid", "pid"].contains(&field.as_str()));
            let fields: BTreeSet<String> = fields.cloned().collect();
            assert!(fields.is_superset(required) && fields.is_subset(all), "{line:?}: {required:?}, {all:?}");
            assert_eq!(fields.is_empty(), all.is_empty(), "{line:?}");
        }
    }
}

#[test]
fn a_log_begins_with_a_header_and_ends_with_the_last_process() {
    let (place, lines) = logged("forks", &["3"], &[]);
    assert_eq!(lines[0]["kind"], "run");
    assert_eq!(lines[0]["format"], 2);
    assert_eq!(lines[0]["forkcov"], env!("CARGO_PKG_VERSION"));
    assert_eq!(lines[0]["command"], Value::from(vec!["./forks", "3"]));
    let times: Vec<f64> = lines.iter().map(|line| line["time"].as_f64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let end = of_kind(&lines, "end").next().unwrap();
    assert_eq!(end["processes"], 2);
    let executable = &of_kind(&lines, "exec").next().unwrap()["executable"];
    assert_eq!(executable.as_str(), place.path("forks").canonicalize().unwrap().to_str());
}

#[test]
fn births_ends_and_traps_are_those_that_were_recorded() {
    for (program, arguments) in
        [("forks", &["3"][..]), ("orders", &["fork"]), ("orders", &["kill-maker", "50"])]
    {
        let (place, lines) = logged(program, arguments, &[]);
        let json = place.json("forkcov.data");
        let recorded: BTreeSet<(i64, i64)> = json["processes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|process| (process["pid"].as_i64().unwrap(), process["parent"].as_i64().unwrap_or(0)))
            .collect();
        let mut pids: Vec<i64> = Vec::new();
        let mut logged = BTreeSet::new();
        for line in &lines {
            let is_process = match line["kind"].as_str().unwrap() {
                "launch" | "adopt" => true,
                "birth" => line["thread"] == false && line.contains_key("process"),
                _ => continue,
            };
            if is_process {
                let pid = line.get("child").unwrap_or(&line["tid"]).as_i64().unwrap();
                let parent = match line["kind"].as_str().unwrap() {
                    "birth" => line["pid"].as_i64().unwrap(),
                    _ => line.get("parent").map_or(0, |parent| pids[parent.as_u64().unwrap() as usize]),
                };
                assert_eq!(line["process"], pids.len());
                pids.push(pid);
                logged.insert((pid, parent));
            }
        }
        assert_eq!(logged, recorded, "{program} {arguments:?}");
        let mut ended = BTreeSet::new();
        for line in lines.iter().filter(|line| ["exit", "death"].contains(&line["kind"].as_str().unwrap())) {
            // A process that ended before its birth was logged has no number yet.
            let untold = || pids.iter().position(|pid| line["tid"] == *pid).map(|index| index as u64);
            ended.extend(line.get("process").map_or_else(untold, Value::as_u64));
        }
        assert_eq!(ended, (0..pids.len() as u64).collect(), "{program} {arguments:?}");
    }
}

#[test]
fn each_site_that_a_process_reached_has_its_trap() {
    let (place, lines) = logged("forks", &["3"], &[]);
    let map = of_kind(&lines, "map").next().unwrap();
    assert!(
        map["path"].as_str().unwrap().ends_with("/forks") && map["sites"].as_u64().unwrap() > 10,
        "{map:?}"
    );
    let hex =
        |value: &Value| u64::from_str_radix(value.as_str().unwrap().trim_start_matches("0x"), 16).unwrap();
    let traps: Vec<&Line> = of_kind(&lines, "trap").filter(|trap| trap.contains_key("site")).collect();
    for trap in &traps {
        assert_eq!(hex(&trap["address"]), hex(&trap["site"]) + hex(&map["bias"]), "{trap:?}");
        assert_eq!(trap["object"], map["object"]);
    }
    let sites: BTreeSet<(i64, &str)> =
        traps.iter().map(|trap| (trap["pid"].as_i64().unwrap(), trap["site"].as_str().unwrap())).collect();
    assert_eq!(sites.len(), traps.len(), "no process stops twice at a site");
    let lines_hit: usize = place.json("forkcov.data")["processes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|process| process["files"].as_object().unwrap().values())
        .map(|lines| lines.as_array().unwrap().len())
        .sum();
    assert!(sites.len() >= lines_hit && lines_hit > 10, "{} sites, {lines_hit} lines", sites.len());
}

#[test]
fn stops_and_signals_say_which_and_from_whom() {
    let (_place, lines) = logged("stops", &[], &[]);
    let child = of_kind(&lines, "birth").next().unwrap()["child"].as_i64().unwrap();
    let parent = of_kind(&lines, "launch").next().unwrap()["pid"].as_i64().unwrap();
    let stop = of_kind(&lines, "group-stop").next().unwrap();
    assert_eq!((stop["pid"].as_i64(), &stop["name"]), (Some(child), &Value::from("SIGSTOP")));
    let sent: Vec<(&str, Option<i64>)> = of_kind(&lines, "signal")
        .filter(|line| line["pid"] == child)
        .map(|line| (line["name"].as_str().unwrap(), line.get("sender").and_then(Value::as_i64)))
        .collect();
    assert_eq!(
        sent,
        [("SIGSTOP", Some(child)), ("SIGCONT", Some(parent)), ("SIGRTMIN+1", Some(parent))],
        "{lines:?}"
    );
    assert_eq!(of_kind(&lines, "death").next().unwrap()["name"], "SIGRTMIN+1");
}

#[test]
fn a_log_that_cannot_be_written_is_one_line_and_no_harm() {
    let place = Sandbox::with("forks");
    fs::create_dir(place.path("directory")).unwrap();
    for (log, why) in
        [("missing/log", "No such file"), ("directory", "Is a directory"), ("/dev/full", "No space left")]
    {
        let output = place.forkcov(&["run", "-q", "--log-events", log, "--", "./forks", "3"]);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert_eq!(text(&output.stdout), "child\nparent\n");
        let line = one_line(&output, &["failed to write", log, why]);
        assert!(!line.contains("125"), "{line}");
        assert_eq!(place.processes("forkcov.data"), 2);
    }
}

#[test]
fn without_the_flag_there_is_no_log_and_with_it_the_old_one_is_replaced() {
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    assert_eq!(place.files(""), ["forkcov.data", "forks"]);
    place.write("log", "something else\n".repeat(10_000), 0o644);
    place.succeeds(&["run", "-q", "--log-events", "log", "--", "./forks"]);
    assert_eq!(read(&place, "log")[0]["kind"], "run");
    assert_eq!(place.processes("forkcov.data"), 2);
}

#[test]
fn a_log_can_go_to_a_pipe() {
    let place = Sandbox::with("forks");
    symlink("/proc/self/fd/2", place.path("log")).unwrap();
    let output = place.forkcov(&["run", "-q", "--log-events", "log", "--", "./forks"]);
    let first: Line = serde_json::from_str(text(&output.stderr).lines().next().unwrap()).unwrap();
    assert_eq!(first["kind"], "run");
    assert_eq!(text(&output.stdout), "child\nparent\n");
}

#[test]
fn the_program_does_not_inherit_the_log() {
    let place = Sandbox::new();
    let list = ["sh", "-c", "ls /proc/$$/fd"];
    let bare = assert_cmd::Command::new(list[0]).args(&list[1..]).output().unwrap();
    let run = ["run", "-q", "--log-events", "log", "--"];
    let output = place.succeeds(&[&run[..], &list].concat());
    assert!(bare.status.success() && text(&bare.stdout).starts_with("0\n1\n"), "{bare:?}");
    assert_eq!(text(&output.stdout), text(&bare.stdout));
}

/// A program that runs one function and makes a child by `call`, again and again. `more` comes first.
fn spawner(place: &Sandbox, call: &str, more: &str) {
    let source = format!(
        "#include <pthread.h>\n#include <sys/wait.h>\n#include <unistd.h>\nstatic volatile int x;\n\
         static void *sleeps(void *p) {{ pause(); return p; }}\n\
         static void work(void) {{\n    if (x & 1)\n        x ^= 2;\n    if (x & 2)\n        x ^= 4;\n    \
         if (x & 4)\n        x++;\n    x++;\n}}\n\
         int main(void) {{\n    pthread_t thread;\n    (void)sleeps;\n    (void)thread;\n    {more}\n    \
         for (int i = 0; i < 50; i++) {{\n        for (int j = 0; j < 100; j++)\n            work();\n        \
         pid_t child = {call}();\n        if (child == 0)\n            _exit(0);\n        \
         waitpid(child, 0, 0);\n    }}\n    _exit(0);\n}}\n"
    );
    place.write("spawner.c", source, 0o644);
    place.cc(&["-g", "-O0", "-pthread", "spawner.c", "-o", call]);
}

/// How often the first process stopped at a breakpoint.
fn traps_of_first(place: &Sandbox, call: &str, trampolines: &str) -> usize {
    let program = format!("./{call}");
    let run = ["run", "-q", "--log-events", "log", "--trampolines-after", trampolines, "--", &program];
    place.succeeds(&run);
    let lines = read(place, "log");
    let first = lines.iter().find(|line| line["kind"] == "launch").unwrap()["pid"].clone();
    of_kind(&lines, "trap").filter(|line| line["pid"] == first).count()
}

#[test]
fn a_process_that_makes_children_by_vfork_does_not_stop_again_where_it_has_been() {
    for more in ["", "pthread_create(&thread, 0, sleeps, 0);"] {
        for trampolines in ["16", "0"] {
            let place = Sandbox::new();
            let traps = ["fork", "vfork"].map(|call| {
                spawner(&place, call, more);
                traps_of_first(&place, call, trampolines)
            });
            assert!(traps[1] <= traps[0] + 2, "by fork and by vfork: {traps:?}, {trampolines} {more}");
        }
    }
}

#[test]
fn a_child_of_vfork_that_computes_stops_once_at_each_block() {
    let place = Sandbox::new();
    let source = "#include <sys/wait.h>\n#include <unistd.h>\nstatic volatile int x;\n\
        int main(void) {\n    pid_t child = vfork();\n    if (child == 0) {\n        \
        for (int i = 0; i < 3000; i++)\n            if (x & 1)\n                x ^= 3;\n            else\n                \
        x++;\n        _exit(0);\n    }\n    waitpid(child, 0, 0);\n    _exit(x);\n}\n";
    place.write("computes.c", source, 0o644);
    place.cc(&["-g", "-O0", "computes.c", "-o", "computes"]);
    for trampolines in ["16", "1", "0"] {
        let flags = ["run", "-q", "--log-events", "log", "--trampolines-after", trampolines];
        place.succeeds(&[&flags[..], &["--", "./computes"]].concat());
        let traps = of_kind(&read(&place, "log"), "trap").count();
        assert!(traps < 100, "{traps} with --trampolines-after {trampolines}");
    }
}

/// A program that runs 200 lines, each of which is a block, in `runs` (a statement), after `before`.
fn lines_among_threads(place: &Sandbox, before: &str, runs: &str) {
    let mut source = "#include <pthread.h>\n#include <unistd.h>\nstatic volatile int n;\n\
        static void *sleeps(void *p) { pause(); return p; }\nstatic void *ends(void *p) { return p; }\n\
        static void *lines(void *p) {\n"
        .to_owned();
    source.extend((0..200).map(|i| format!("    if (n == {i}) n++; if (n < 0) n--;\n")));
    source += &format!(
        "    return p;\n}}\nint main(void) {{\n    pthread_t thread;\n    (void)sleeps, (void)ends, (void)lines;\n\
         {before}\n    {runs}\n    _exit(n != 200);\n}}\n"
    );
    place.write("lines.c", source, 0o644);
    place.cc(&["-g", "-O0", "-pthread", "lines.c", "-o", "lines"]);
}

#[test]
fn a_process_with_threads_or_with_threads_that_have_ended_counts_by_itself() {
    const IN_THREAD: &str = "pthread_create(&thread, 0, lines, 0); pthread_join(thread, 0);";
    let sleepers =
        |threads| format!("for (int i = 0; i < {threads}; i++) pthread_create(&thread, 0, sleeps, 0);");
    let ended = "pthread_create(&thread, 0, ends, 0); pthread_join(thread, 0);";
    let cases = [
        (String::new(), "lines(0);", 40),
        (ended.to_owned(), "lines(0);", 40),
        (String::new(), IN_THREAD, 40),
        (sleepers(1), "lines(0);", 40),
        (sleepers(20), IN_THREAD, 40),
    ];
    let place = Sandbox::new();
    for (before, runs, most) in cases {
        lines_among_threads(&place, &before, runs);
        let traps = traps_of_first(&place, "lines", "16");
        assert!(traps <= most, "{traps} stops: {before} {runs}");
    }
    lines_among_threads(&place, &sleepers(120), "lines(0);");
    let traps = traps_of_first(&place, "lines", "16");
    assert!(traps >= 200, "{traps} stops, though so many threads could count one block at once");
}
