//! The tests that a diff affects: `forkcov affected`.

use crate::services::{commit, git};
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::fs;

/// Runs "a test" by its name.
const SOURCE: &str = "\
int shared(int a) {
    return a + 1;
}

int login(int a) {
    a += 2;
    return shared(a);
}

int logout(int a) {
    if (a)
        return shared(a);
    return 0;
}

int main(int argc, char **argv) {
    (void)argc;
    return argv[1][3] == 'i' ? login(-3) : logout(0);
}
";

/// The pattern by which tests are named.
const BY_NAME: &str = "^./program (\\w+)";

/// A repository with the data of two tests, which a runner has run.
fn repository() -> Sandbox {
    repository_of(SOURCE, "./program login\n./program logout\ntrue\n")
}

/// A repository with the data of a runner's script.
fn repository_of(source: &str, script: &str) -> Sandbox {
    let place = Sandbox::new();
    git(&place, &["init", "-q", "-b", "main"]);
    place.write("main.c", source, 0o644);
    place.write("README", "A program.\n", 0o644);
    place.write("runner", format!("#!/bin/sh\n{script}"), 0o755);
    git(&place, &["add", "runner"]);
    commit(&place, "one");
    run(&place);
    place
}

fn run(place: &Sandbox) {
    place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
    place.succeeds(&["run", "-q", "--context-from", BY_NAME, "--", "./runner"]);
}

/// Adds a run to the data. Whether it succeeded.
fn add(place: &Sandbox, arguments: &[&str]) -> bool {
    let flags = ["run", "-q", "-a", "--context-from", BY_NAME, "--"];
    place.command(&[&flags, arguments].concat()).output().unwrap().status.success()
}

/// What `forkcov affected` prints: the tests, and why all of them if it is all.
fn affected(place: &Sandbox, arguments: &[&str]) -> (String, String) {
    let output = place.succeeds(&[&["affected", "--diff-base", "main"], arguments].concat());
    (text(&output.stdout).to_owned(), text(&output.stderr).to_owned())
}

const BOTH: &str = "login\nlogout\n";

#[test]
fn the_tests_are_those_that_ran_what_a_diff_changes() {
    let place = repository();
    assert_eq!(affected(&place, &[]), (String::new(), String::new()));
    for (old, new, tests, why) in [
        ("    return a + 1;", "    return 1 + a;", "login\n", ""),
        ("    a += 2;\n", "", "login\n", ""),
        ("        return shared(a);\n    return 0", "        return 1;\n    return 0", "", ""),
        ("    return 0;\n", "    return 0 * a;\n", "logout\n", ""),
        // What is added may run after what stands before or behind it.
        ("    a += 2;\n", "    a += 2;\n    a += 0;\n", "login\n", ""),
        (
            "        return shared(a);\n    return 0",
            "        return shared(a);\n    else\n        a++;\n    return 0",
            "logout\n",
            "",
        ),
        ("    if (a)\n", "    if (a > 1)\n", "logout\n", ""),
        ("    (void)argc;\n", "    (void)argc, (void)argv;\n", BOTH, ""),
        // Neither blanks nor comments between functions mean anything.
        ("}\n\nint login", "}\n\n// A comment.\n\nint login", "", ""),
        (
            "}\n\nint login",
            "}\n\n#define N 1\nint login",
            BOTH,
            "all tests: line 5 of main.c is outside of every function",
        ),
    ] {
        assert!(SOURCE.contains(old));
        place.write("main.c", SOURCE.replacen(old, new, 1), 0o644);
        let (printed, message) = affected(&place, &[]);
        assert_eq!(
            (printed.as_str(), message.trim_end().strip_prefix("forkcov: ").unwrap_or("")),
            (tests, why),
            "{new}"
        );
    }
}

#[test]
fn data_of_the_new_version_have_the_new_numbers() {
    let place = repository();
    let change = |old: &str, new: &str| {
        let source = format!("// One more line.\n\n{}", SOURCE.replacen(old, new, 1));
        assert!(SOURCE.contains(old));
        place.write("main.c", source, 0o644);
        run(&place);
        affected(&place, &[])
    };
    assert_eq!(change("    return 0;", "    return 0 * a;"), ("logout\n".to_owned(), String::new()));
    assert_eq!(change("    a += 2;", "    a += 2;\n    a += 0;"), ("login\n".to_owned(), String::new()));
    // The tests that ran what is gone ran what is around it.
    assert_eq!(change("    (void)argc;\n", ""), (BOTH.to_owned(), String::new()));
    place.write("main.c", SOURCE.replacen("a += 2", "a += 4 - 2", 1), 0o644);
    let why = "all tests: main.c was neither the old nor the new version when it ran";
    let output = place.succeeds(&["affected", "--diff-base", "main"]);
    assert_eq!(text(&output.stdout), BOTH);
    one_line(&output, &[why]);
}

#[test]
fn of_several_versions_each_test_counts_with_those_that_it_ran() {
    let place = repository();
    let edit = |old: &str, new: &str| {
        assert!(SOURCE.contains(old));
        place.write("main.c", SOURCE.replacen(old, new, 1), 0o644);
    };
    let add = |test: &str| {
        place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
        assert!(add(&place, &["./program", test]));
    };
    edit("    a += 2;\n", "    a += 1 + 1;\n");
    add("login");
    assert_eq!(affected(&place, &[]), ("login\n".to_owned(), String::new()));
    // Neither what was committed nor what is there now has run in `login` last.
    edit("    a += 2;\n", "    a += 3 - 1;\n");
    assert_eq!(affected(&place, &[]), ("login\n".to_owned(), String::new()));
    edit("    return 0;\n", "    return 0 * a;\n");
    assert_eq!(affected(&place, &[]), ("logout\n".to_owned(), String::new()));
    // The diff leaves the source alone.
    edit("    a += 2;\n", "    a += 1 + 1;\n");
    commit(&place, "two");
    let (printed, message) = affected(&place, &[]);
    assert_eq!(printed, "");
    assert!(
        message.contains("1 test that ran only an earlier version of main.c is not printed"),
        "{message}"
    );
}

#[test]
fn a_test_that_ran_an_unknown_version_alone_is_affected() {
    let place = repository_of(SOURCE, "./program login\n");
    place.write("main.c", SOURCE.replacen("    return 0;\n", "    return 0 * a;\n", 1), 0o644);
    place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
    assert!(add(&place, &["./program", "logout"]));
    place.write("main.c", SOURCE.replacen("    return a + 1;", "    return 1 + a;", 1), 0o644);
    assert_eq!(affected(&place, &[]), (BOTH.to_owned(), String::new()));
}

#[test]
fn what_cannot_be_known_affects_all_tests() {
    let place = repository();
    let all = |why: &str| {
        let output = place.succeeds(&["affected", "--diff-base", "main"]);
        assert_eq!(text(&output.stdout), BOTH, "{why}");
        one_line(&output, &[&format!("all tests: {why}")]);
    };
    let nothing = || assert_eq!(affected(&place, &[]), (String::new(), String::new()));
    place.write("README", "The program.\n", 0o644);
    nothing();
    for name in ["new.c", "CMakeLists.txt"] {
        place.write(name, "x\n", 0o644);
        git(&place, &["add", name]);
        all(&format!("{name} may be code that the data do not know"));
        git(&place, &["rm", "-qf", name]);
    }
    git(&place, &["mv", "main.c", "other.c"]);
    all("other.c has another name");
    git(&place, &["mv", "other.c", "main.c"]);
    nothing();
    // The diff is not the one that leads to what is there.
    place.write("main.c", SOURCE.replacen("a += 2", "a += 4 - 2", 1), 0o644);
    fs::write(place.path("changes.diff"), git(&place, &["diff", "main"])).unwrap();
    place.write("main.c", SOURCE, 0o644);
    let output = place.succeeds(&["affected", "--diff", "changes.diff"]);
    one_line(&output, &["all tests: main.c is not what the diff leads to"]);
    // A source has changed, but the diff is of another one.
    place.write("main.c", SOURCE.replacen("a += 2", "a += 4 - 2", 1), 0o644);
    fs::write(place.path("changes.diff"), git(&place, &["diff", "main", "--", "README"])).unwrap();
    let output = place.succeeds(&["affected", "--diff", "changes.diff"]);
    assert_eq!(text(&output.stdout), BOTH);
    one_line(&output, &["all tests: main.c has changed since it ran, and not by the diff"]);
    // A line also ran in a process that is no test.
    place.write("main.c", SOURCE, 0o644);
    place.write(
        "runner",
        "#!/bin/bash\n./program login\n./program logout\n(exec -a other ./program login)\n",
        0o755,
    );
    git(&place, &["commit", "-q", "-m", "runner", "runner"]);
    run(&place);
    place.write("main.c", SOURCE.replacen("    return 0;", "    return 0 * a;", 1), 0o644);
    assert_eq!(affected(&place, &[]), ("logout\n".to_owned(), String::new()));
    place.write("main.c", SOURCE.replacen("a += 2", "a += 4 - 2", 1), 0o644);
    all("line 6 of main.c also ran outside of every test");
}

#[test]
fn tests_that_failed_run_again() {
    let place = repository();
    place.write("main.c", SOURCE.replacen("return 0;", "return 1;", 1), 0o644);
    git(&place, &["commit", "-q", "-m", "fails", "main.c"]);
    run(&place);
    assert_eq!(affected(&place, &[]), ("logout\n".to_owned(), String::new()));
}

#[test]
fn a_test_that_has_passed_since_has_not_failed() {
    let place = repository();
    // The tests fail as a file says, which is no source.
    let source = "#include <unistd.h>\nint main(void) {\n    return access(\"fail\", 0) == 0;\n}\n";
    place.write("main.c", source, 0o644);
    place.write("runner", "#!/bin/sh\n./program login\n./program logout\n", 0o755);
    git(&place, &["commit", "-q", "-m", "fails", "main.c", "runner"]);
    place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
    let run = |arguments: &[&str]| add(&place, arguments);
    fs::remove_file(place.path("forkcov.data")).unwrap();
    place.write("fail", "", 0o644);
    assert!(!run(&["./runner"]));
    assert_eq!(affected(&place, &[]), (BOTH.to_owned(), String::new()));
    fs::remove_file(place.path("fail")).unwrap();
    assert!(run(&["./program", "login"]));
    assert_eq!(affected(&place, &[]), ("logout\n".to_owned(), String::new()));
    assert!(run(&["./runner"]));
    assert_eq!(affected(&place, &[]), (String::new(), String::new()));
    // A test that failed, then passed, and fails again.
    place.write("fail", "", 0o644);
    assert!(!run(&["./program", "login"]));
    assert_eq!(affected(&place, &[]), ("login\n".to_owned(), String::new()));
}

#[test]
fn a_run_that_failed_without_a_test_affects_all_tests() {
    let place = repository();
    let run = |arguments: &[&str]| add(&place, arguments);
    assert!(!run(&["sh", "-c", "exit 4"]));
    let (printed, message) = affected(&place, &[]);
    assert_eq!(printed, BOTH);
    assert!(message.contains(" ended by exit 4, and ran no test"), "{message}");
    assert!(run(&["./program", "login"]));
    assert_eq!(affected(&place, &[]), (String::new(), String::new()));
}

#[test]
fn an_edited_label_affects_what_ran_another_way() {
    let source = "\
int kind(int c) {
    switch (c) {
    case 'a':
        return 1;
    case 'b': return 2;
    default:
        return 3;
    }
}

int main(int argc, char **argv) {
    return argc > 2 ? 0 : kind(argv[1][0]) > 3;
}
";
    let place = repository_of(source, "./program a\n./program c\n./program none none\n");
    for (old, new) in [
        ("    case 'a':\n", "    case 'c':\n"),
        ("    case 'b': return 2;\n", "    case 'c': return 2;\n"),
        ("    case 'b': return 2;\n", "    case 'b': return 2;\n    case 'c': return 4;\n"),
    ] {
        place.write("main.c", source.replacen(old, new, 1), 0o644);
        assert_eq!(affected(&place, &[]), ("a\nc\n".to_owned(), String::new()), "{new}");
    }
    place.write("main.c", source.replacen("        return 3;", "        return 4;", 1), 0o644);
    assert_eq!(affected(&place, &[]), ("c\n".to_owned(), String::new()));
}

#[test]
fn a_runner_that_failed_does_not_say_which_test_did() {
    let place = repository();
    // As pytest-xdist does: workers run several tests, and end well. One test fails below another runner.
    for (source, end, tests, why) in [
        (SOURCE, "false", BOTH, "none of the processes with tests below it failed"),
        (SOURCE, "true", "", ""),
        (&SOURCE.replacen("return 0;", "return 1;", 1), "false", "logout\n", ""),
    ] {
        place.write("main.c", source, 0o644);
        let runner = format!("#!/bin/sh\nsh -c './program login\n./program logout\n{end}'\n");
        place.write("runner", runner, 0o755);
        git(&place, &["commit", "-q", "--allow-empty", "-m", end, "main.c", "runner"]);
        place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
        let run =
            place.command(&["run", "-q", "--context-from", BY_NAME, "--", "./runner"]).output().unwrap();
        assert_eq!(run.status.success(), end == "true");
        let (printed, message) = affected(&place, &[]);
        assert_eq!(printed, tests);
        assert!(message.contains(why) && message.is_empty() == why.is_empty(), "{message}");
    }
}

#[test]
fn each_runner_gets_its_own_syntax() {
    let place = repository();
    let printed = |format| affected(&place, &["--for", format]).0;
    assert_eq!([printed("pytest"), printed("ctest"), printed("nextest")], ["", "^$\n", "none()\n"]);
    let of_frameworks = ["unittest", "googletest", "catch2", "doctest"];
    assert_eq!(of_frameworks.map(printed), ["", "-*\n", "~*\n", "no test is affected\n"]);
    place.write("main.c", SOURCE.replacen("a += 2", "a += 4 - 2", 1), 0o644);
    let data = rusqlite::Connection::open(place.path("forkcov.data")).unwrap();
    let rename = |name: &str| {
        data.execute("UPDATE context SET name = ?1 WHERE name LIKE '%login%'", [name]).unwrap();
    };
    rename("a/login.py::x[1, (2)]");
    assert_eq!(printed("lines"), "a/login.py::x[1, (2)]\n");
    assert_eq!(printed("pytest"), "a/login.py::x[1, (2)]\n");
    assert_eq!(printed("ctest"), "^(a/login\\.py::x\\[1, \\(2\\)\\])$\n");
    assert_eq!(printed("nextest"), "test(=a\\/login.py::x[1\\, (2\\)])\n");
    assert_eq!(printed("catch2"), "a/login.py::x\\[1\\, (2)]\n");
    assert_eq!(printed("doctest"), "a/login.py::x[1\\, (2)]\n");
    rename("login.A-b/0");
    assert_eq!(printed("googletest"), "login.A?b/0\n");
    rename("login.Login.test_x");
    let unknown =
        "forkcov: all tests: where login.Login.test_x is imported from is not known, run all as before\n";
    assert_eq!(affected(&place, &["--for", "unittest"]), ("discover\n".to_owned(), unknown.to_owned()));
    place.write("login.py", "", 0o644);
    assert_eq!(printed("unittest"), "login.Login.test_x\n");
    rename("login.py::test_x");
    assert_eq!(affected(&place, &["--for", "pytest"]), ("login.py::test_x\n".to_owned(), String::new()));
    rename("nowhere/login.py::test_x");
    let unknown = "forkcov: pytest's rootdir is not known, run pytest there: nowhere/login.py is neither here nor above\n";
    let named = ("nowhere/login.py::test_x\n".to_owned(), unknown.to_owned());
    assert_eq!(affected(&place, &["--for", "pytest"]), named);
    rename("-login");
    assert_eq!(printed("pytest"), "./-login\n");
    place.write("main.c", SOURCE.replacen("(void)argc", "(void)0", 1), 0o644);
    assert_eq!(printed("ctest"), "^(\\-login|logout)$\n");
    assert_eq!(printed("nextest"), "test(=-login) | test(=logout)\n");
    // No format but the plain one can hold a line break.
    rename("login\n::error::");
    assert_eq!(printed("lines"), "$'login\\n::error::'\nlogout\n");
    for (format, all) in [
        ("pytest", ".\n"),
        ("ctest", ".\n"),
        ("nextest", "all()\n"),
        ("unittest", "discover\n"),
        ("googletest", "*\n"),
        ("catch2", "~[.]\n"),
    ] {
        let (printed, why) = affected(&place, &["--for", format]);
        assert_eq!(printed, all);
        let (first, others) = why.split_once('\n').unwrap();
        assert_eq!(first, "forkcov: all tests: the format cannot hold the name $'login\\n::error::'");
        assert_eq!(others.is_empty(), !["pytest", "unittest"].contains(&format));
    }
}

#[test]
fn what_is_missing_is_an_error() {
    let place = repository();
    for (arguments, message) in [
        (&["affected"][..], "<--diff <FILE>|--diff-base <REV>>"),
        (&["affected", "--diff-base", "nowhere"], "git diff: "),
        (&["affected", "--diff-base", "main", "--data-file", "none"], "no data file none: use `forkcov run`"),
    ] {
        let output = place.forkcov(arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains(message), "{output:?}");
    }
    place.succeeds(&["run", "-q", "--", "./program", "login"]);
    let output = place.forkcov(&["affected", "--diff-base", "main"]);
    assert_eq!(output.status.code(), Some(1));
    one_line(
        &output,
        &["no process had a context in forkcov.data (forkcov run --context-from or --test-framework)"],
    );
}
