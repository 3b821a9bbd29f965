//! Contexts: each process that runs a test, and its descendants, with `run --context-from`.

use forkcov_testing::sandbox::{Sandbox, one_line, text};
use forkcov_testing::schema::assert_valid;

/// Runs "a test" by its name: a child and, by an exec, a grandchild run lines of their own.
const SOURCE: &str = "\
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int shared(void) {
    return 0;
}
static int login(void) {
    if (fork() == 0)
        _exit(shared());
    wait(0);
    return 0;
}
static int logout(char **argv) {
    if (fork() == 0)
        execl(argv[0], argv[0], \"helper\", (char *)0);
    wait(0);
    return 0;
}
static int helper(void) {
    return 0;
}
int main(int argc, char **argv) {
    if (argc < 2)
        return shared();
    if (strcmp(argv[1], \"login\") == 0)
        return login();
    if (strcmp(argv[1], \"logout\") == 0)
        return logout(argv);
    return helper();
}
";

/// A runner of two tests, each of which is a process, and one command that is no test.
fn place() -> Sandbox {
    let place = Sandbox::new();
    place.write("main.c", SOURCE, 0o644);
    place.write("runner", "#!/bin/sh\n./program\n./program login\n./program logout\n", 0o755);
    place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
    place
}

fn lines_of(place: &Sandbox, arguments: &[&str]) -> Vec<u32> {
    let output = place.succeeds(&[&["json", "-o", "-"], arguments].concat());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = report["files"]["main.c"]["executed_lines"].as_array().unwrap();
    lines.iter().map(|line| line.as_u64().unwrap() as u32).collect()
}

const LOGIN_FUNCTION: [&str; 6] = ["10", "11", "12", "13", "8", "9"];
const LOGIN: [u32; 14] = [5, 6, 7, 8, 9, 10, 11, 12, 13, 23, 24, 26, 27, 31];
const LOGOUT: [u32; 16] = [14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26, 28, 29, 30, 31];

#[test]
fn json_shows_which_contexts_ran_each_line() {
    let place = place();
    place.succeeds(&["run", "-q", "--context-from", r"^\./program (log\w+)", "--", "./runner"]);
    let report = |flags: &[&str]| -> serde_json::Value {
        serde_json::from_slice(&place.succeeds(&[&["json", "-o", "-"], flags].concat()).stdout).unwrap()
    };
    let bare = report(&[]);
    assert_eq!(
        (&bare["meta"]["show_contexts"], bare["files"]["main.c"].get("contexts")),
        (&false.into(), None)
    );
    let mut shown = report(&["--show-contexts"]);
    assert_valid("docs/forkcov.schema.json", &shown);
    let contexts = shown["files"]["main.c"].as_object_mut().unwrap().remove("contexts").unwrap();
    assert_eq!(contexts["8"], serde_json::json!(["login"]));
    assert_eq!(contexts["5"], serde_json::json!(["", "login"]));
    assert_eq!(contexts["24"], serde_json::json!(["", "login", "logout"]));
    let lines: Vec<u64> = contexts.as_object().unwrap().keys().map(|line| line.parse().unwrap()).collect();
    let executed = shown["files"]["main.c"]["executed_lines"].as_array().unwrap();
    assert_eq!(lines.len(), executed.len());
    assert!(executed.iter().all(|line| lines.contains(&line.as_u64().unwrap())));
    // Each function has those of its lines, as in coverage.py.
    let mut of_functions = serde_json::Map::new();
    let regions = shown["files"]["main.c"].as_object_mut().unwrap();
    for kind in ["functions", "classes"] {
        for (name, region) in regions[kind].as_object_mut().unwrap() {
            let of_region = region.as_object_mut().unwrap().remove("contexts").unwrap();
            match kind {
                "functions" => of_functions.extend(of_region.as_object().unwrap().clone()),
                _ => assert_eq!((name.as_str(), &of_region), ("", &contexts), "C has no classes"),
            }
            if name == "login" {
                assert_eq!(of_region.as_object().unwrap().keys().collect::<Vec<_>>(), LOGIN_FUNCTION);
            }
        }
    }
    assert_eq!(serde_json::Value::from(of_functions), contexts);
    // Nothing else differs.
    assert_eq!(shown["files"], bare["files"]);
    let of_login = report(&["--show-contexts", "--test", "login"]);
    assert_eq!(of_login["files"]["main.c"]["contexts"]["24"], serde_json::json!(["login"]));
}

#[test]
fn a_source_that_has_changed_is_named_as_its_lines_are_others_now() {
    let place = place();
    place.succeeds(&["run", "-q", "--context-from", "program (.*)", "--", "./runner"]);
    assert_eq!(text(&place.succeeds(&["tests", "--line", "main.c:10"]).stderr), "");
    place.write("main.c", format!("\n{SOURCE}"), 0o644);
    for arguments in [&["tests"][..], &["tests", "--line", "main.c:10"]] {
        one_line(&place.succeeds(arguments), &["main.c", "changed"]);
    }
}

#[test]
fn it_is_said_that_no_process_began_a_context() {
    let place = place();
    for flags in [["--context-from", "progrm"], ["--context-from-env", "NO_SUCH_VARIABLE"]] {
        let run = place.succeeds(&[&["run", "-q"], &flags[..], &["--", "./runner"]].concat());
        one_line(&run, &["no process matched", "no context has begun"]);
    }
}

#[test]
fn a_name_may_be_longer_than_any_column() {
    let place = place();
    let long = "q".repeat(70_000);
    place.write("all", "#!/bin/sh\n./program login\nexec ./program $(cat name)\n", 0o755);
    place.write("name", &long, 0o644);
    place.succeeds(&["run", "-q", "--context-from", "program (.*)", "--", "./all"]);
    let output = place.succeeds(&["tests"]);
    let rows: Vec<&str> = text(&output.stdout).lines().collect();
    assert!(rows[0].starts_with("login  2 processes  exit 0"), "{}", rows[0]);
    assert!(rows[1].starts_with(&format!("{long}  ")) && rows[1].contains("1 process"));
    let of_line = place.succeeds(&["tests", "--line", "main.c:21"]);
    assert!(text(&of_line.stdout).starts_with(&long));
}

#[test]
fn a_report_of_a_test_has_what_its_processes_ran_and_nothing_else() {
    let place = place();
    let pattern = "^./program (log\\w+)";
    for options in [&[][..], &["--trampolines-after", "1"], &["--every-line"], &["-p"]] {
        place.succeeds(&[&["run", "-q", "--context-from", pattern], options, &["--", "./runner"]].concat());
        if options == ["-p"] {
            place.succeeds(&["combine", "-q"]);
        }
        assert_eq!(lines_of(&place, &["--test", "^login$"]), LOGIN, "{options:?}");
        assert_eq!(lines_of(&place, &["--test", "^logout$"]), LOGOUT, "{options:?}");
        let both = lines_of(&place, &["--test", "log"]);
        assert!(LOGIN.iter().chain(&LOGOUT).all(|line| both.contains(line)), "{both:?}");
        assert!(!both.contains(&25), "line 25 is of the command that is no test: {both:?}");
        assert!(lines_of(&place, &[]).contains(&25));
    }
}

#[test]
fn a_process_that_matches_below_one_that_does_has_its_own_context() {
    let place = place();
    place.succeeds(&["run", "-q", "--context-from", "program", "--", "./runner"]);
    let data = rusqlite::Connection::open(place.path("forkcov.data")).unwrap();
    let mut names = data.prepare("SELECT name FROM context ORDER BY name").unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(names, ["", "./program", "./program helper", "./program login", "./program logout"]);
    assert_eq!(lines_of(&place, &["--test", "helper"])[..3], [20, 21, 22]);
    assert!(!lines_of(&place, &["--test", "logout"]).contains(&21));
}

#[test]
fn a_pattern_can_begin_as_a_flag_does() {
    let place = place();
    place.write("runner", "#!/bin/sh\nsh -c './program login' --exact name\n", 0o755);
    place.succeeds(&["run", "-q", "--context-from", "--exact (\\S+)", "--", "./runner"]);
    assert_eq!(lines_of(&place, &["--test", "^name$"]), LOGIN);
}

#[test]
fn a_variable_of_the_environment_names_contexts() {
    let place = place();
    let tests = "TEST_NAME=in ./program login\nTEST_NAME='a=b c' ./program logout\n";
    // Neither an empty variable nor one whose name begins so means anything.
    let others = "TEST_NAME= ./program\nTEST_NAMES=x ./program\n";
    place.write("runner", format!("#!/bin/sh\n{others}{tests}"), 0o755);
    let run = |options: &[&str]| {
        place.succeeds(&[&["run", "-q", "--context-from-env", "TEST_NAME"], options, &["./runner"]].concat());
        let tests = text(&place.succeeds(&["tests"]).stdout).to_owned();
        tests.lines().map(|line| line.split("  ").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(run(&[]), ["in", "a=b c"]);
    assert_eq!(lines_of(&place, &["--test", "^in$"]), LOGIN);
    assert_eq!(lines_of(&place, &["--test", "^a=b c$"]), LOGOUT);
    // A command line that matches comes first, and the helper's does not: its variable is the same.
    assert_eq!(run(&["--context-from", "(log)out"]), ["in", "log", "a=b c"]);
    assert_eq!(lines_of(&place, &["--test", "^a=b c$"])[..3], [20, 21, 22]);
    let output = place.forkcov(&["run", "--context-from-env", "", "--", "./runner"]);
    assert_eq!(output.status.code(), Some(125));
}

#[test]
fn a_test_that_did_not_run_is_an_error() {
    let place = place();
    place.succeeds(&["run", "-q", "--context-from", "program", "--", "./runner"]);
    for command in [&["report"][..], &["annotate", "main.c"], &["processes"], &["json", "-o", "-"]] {
        let output = place.forkcov(&[command, &["--test", "nothing"]].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let message = "no process had a context that matches nothing in forkcov.data";
        assert!(text(&output.stderr).contains(message), "{output:?}");
    }
}

#[test]
fn the_list_of_tests_says_how_each_ended_and_what_it_alone_ran() {
    let place = place();
    let runner = "#!/bin/sh\n./program login\nsh -c './program logout; kill -9 $$'\n./program logout\n";
    place.write("runner", runner, 0o755);
    place.succeeds(&["run", "-q", "--context-from", "^(?:sh -c )?./program (log\\w+)", "--", "./runner"]);
    let list = |arguments: &[&str]| {
        let output = place.succeeds(&[&["tests"], arguments].concat());
        text(&output.stdout).to_owned()
    };
    let login = "login   2 processes  exit 0           14 lines, 10 only here\n";
    let logout = "logout  5 processes  SIGKILL, exit 0  16 lines, 12 only here\n";
    assert_eq!(list(&[]), [login, logout].concat());
    let json = place.json("forkcov.data");
    let contexts = json["processes"].as_array().unwrap().iter().map(|process| process["contexts"].clone());
    let of = |name: &str| contexts.clone().filter(|it| *it == serde_json::json!([name])).count();
    assert_eq!((of("login"), of("logout"), contexts.clone().filter(|it| it.is_null()).count()), (2, 5, 1));
    assert_eq!(list(&["--line", "main.c:23"]), [login, logout].concat());
    assert_eq!(
        list(&["--line", "main.c:21"]),
        "logout  5 processes  SIGKILL, exit 0  16 lines, 12 only here\n"
    );
    assert_eq!(list(&["--line", "main.c:25"]), "", "only a process of no test ran it");
    one_line(&place.succeeds(&["tests", "--line", "main.c:25"]), &["no test ran line 25 of ", "main.c"]);
    assert_eq!(list(&["--test", "in"]), "login  2 processes  exit 0  14 lines, 14 only here\n");
    for (line, message) in
        [("main.c:1", "line 1 of "), ("other.c:1", "no source file other.c"), ("main.c", "FILE:N")]
    {
        let output = place.forkcov(&["tests", "--line", line]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(message), "{output:?}");
    }
}

#[test]
fn the_sides_of_a_comparison_can_be_tests() {
    let place = place();
    place.succeeds(&["run", "-q", "--context-from", "^./program (log\\w+)", "--", "./runner"]);
    let output = place.succeeds(&["diff", "test:^login$", "test:out"]);
    let expected = "main.c\n  only test:^login$  5-13, 27\n  only test:out      14-22, 28-30\n\n\
                    10 lines by test:^login$ alone, 12 by test:out alone, 4 by both\n";
    assert_eq!(text(&output.stdout), expected);
    for (side, message) in [
        ("test:nothing", "no process had a context that matches nothing in forkcov.data"),
        ("test:(", "malformed side test:("),
    ] {
        let output = place.forkcov(&["diff", "parents", side]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(message), "{output:?}");
    }
}

#[test]
fn a_run_without_tests_has_no_list_of_them() {
    let place = place();
    place.succeeds(&["run", "-q", "--", "./program"]);
    let output = place.forkcov(&["tests"]);
    assert_eq!(output.status.code(), Some(1));
    let message = "no process had a context in forkcov.data (forkcov run --context-from or --test-framework)";
    assert!(text(&output.stderr).contains(message), "{output:?}");
}
