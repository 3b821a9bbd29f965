//! Contexts of tests that run in one process: names that cannot be read, and the variable of pytest.

use crate::cxx_frameworks::lines_of_tests;
use forkcov_testing::sandbox::{Sandbox, one_line, text};

/// A program with functions of the names of GoogleTest's, whose arguments are no tests; and with one that is.
const NO_TESTS: &str = r#"
#include <string.h>
struct String { const char *characters; unsigned long length; char rest[16]; };
struct Info { struct String suite, test; } info = {{"Suite", 5, ""}, {"Test", 4, ""}};
__attribute__((noinline)) int begin(void *, void *)
    __asm__("_ZN7testing8internal17TestEventRepeater11OnTestStartERKNS_8TestInfoE");
__attribute__((noinline)) int end(void *, void *)
    __asm__("_ZN7testing8internal17TestEventRepeater9OnTestEndERKNS_8TestInfoE");
int begin(void *self, void *info) { return self == info; }
int end(void *self, void *info) { return self == info; }
static int work(void) {
    return 0;
}
int main(void) {
    struct Info bad[4] = {info, info, info, info};
    bad[0].suite.characters = "Suite\033";
    bad[1].suite.length = 1ul << 40;
    bad[2].test.characters = (char *)-2;
    bad[3].test.length = 3;
    begin(0, 0);
    begin(0, (void *)-8);
    for (int at = 0; at < 4; at++) {
        begin(0, &info);
        begin(0, &bad[at]);
        work();
        end(0, 0);
    }
    begin(0, &info);
    end(0, 0);
    return work();
}
"#;

#[test]
fn a_test_whose_name_cannot_be_read_has_no_context() {
    let place = Sandbox::new();
    place.write("main.c", NO_TESTS, 0o644);
    place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
    let output = place.succeeds(&["run", "-q", "--test-framework", "googletest,pytest", "./program"]);
    let said =
        ["cannot read the names of 6 GoogleTest tests of ", "program, the first of them before all others: "];
    one_line(&output, &said);
    let tests = lines_of_tests(&place);
    assert_eq!(tests.keys().collect::<Vec<_>>(), ["Suite.Test"]);
    let work = NO_TESTS.lines().position(|line| line.contains("int work(")).unwrap() as u32 + 2;
    assert!(tests["Suite.Test"].iter().all(|(_, line)| *line != work), "{tests:?}");
}

/// Sets and removes the variable of pytest in every way, as the C library allows.
const VARIABLES: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
static int one(void) {
    return 0;
}
static int two(void) {
    return 0;
}
int main(void) {
    char *long_name = malloc(40000);
    memset(long_name, 'x', 39999);
    long_name[39999] = 0;
    setenv("PYTEST_CURRENT_TESTS", "no (call)", 1);
    setenv("PYTEST_CURRENT_TES", "no (call)", 1);
    one();
    setenv("PYTEST_CURRENT_TEST", "a.py::one[x (y)] (setup)", 1);
    one();
    setenv("PYTEST_CURRENT_TEST", "a.py::one[x (y)] (call)", 1);
    unsetenv("PYTEST_CURRENT_TEST");
    one();
    putenv("PYTEST_CURRENT_TEST=a.py::two");
    two();
    setenv("PYTEST_CURRENT_TEST", long_name, 1);
    one();
    setenv("PYTEST_CURRENT_TEST", "\xff\n (teardown)", 1);
    two();
    setenv("PYTEST_CURRENT_TEST", "", 1);
    return one();
}
"#;

#[test]
fn the_variable_of_pytest_names_contexts_in_any_program() {
    let place = Sandbox::new();
    place.write("main.c", VARIABLES, 0o644);
    place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
    let output = place.succeeds(&["run", "-q", "--test-framework", "pytest", "./program"]);
    one_line(&output, &["cannot read the names of ", " of ", "program, the first of them "]);
    let tests = lines_of_tests(&place);
    let line = |of: &str| VARIABLES.lines().position(|line| line.contains(of)).unwrap() as u32 + 2;
    let ran = |name: &str, of: &str| tests[name].iter().any(|(_, ran)| *ran == line(of));
    let names: Vec<_> = tests.keys().cloned().collect();
    assert_eq!(names, ["a.py::one[x (y)]", "a.py::two", &forkcov::byte_text::encode(b"\xff\n")]);
    for (name, one, two) in [(&names[0], true, false), (&names[1], false, true), (&names[2], false, true)] {
        assert_eq!((ran(name, "int one("), ran(name, "int two(")), (one, two), "{name}");
    }
    // Without the flag, nothing is hooked; and a test of another framework is none.
    place.succeeds(&["run", "-q", "./program"]);
    assert!(lines_of_tests(&place).is_empty());
    let output = place.succeeds(&["run", "-q", "--test-framework", "googletest", "./program"]);
    one_line(&output, &["no test of GoogleTest was seen: no context has begun"]);
}

/// A process that has several tests, and ends as its argument says: in the last of them, or after it.
const SEVERAL: &str = r#"
#include <stdlib.h>
int main(int count, char **arguments) {
    setenv("PYTEST_CURRENT_TEST", "one (call)", 1);
    unsetenv("PYTEST_CURRENT_TEST");
    setenv("PYTEST_CURRENT_TEST", "two (call)", 1);
    if (count > 1)
        abort();
    unsetenv("PYTEST_CURRENT_TEST");
    return 1;
}
"#;

#[test]
fn the_end_of_a_process_is_that_of_the_test_that_it_ended_in() {
    let place = Sandbox::new();
    place.write("main.c", SEVERAL, 0o644);
    place.cc(&["-g", "-O0", "-o", "program", "main.c"]);
    let tests = |arguments: &[&str]| {
        let run = ["run", "-q", "--test-framework", "pytest", "./program"];
        place.forkcov(&[&run, arguments].concat());
        text(&place.succeeds(&["tests"]).stdout).to_owned()
    };
    let after = tests(&[]);
    assert!(after.contains("one  1 process  1 line") && !after.contains("exit"), "{after}");
    let inside = tests(&["in"]);
    assert!(inside.contains("one  1 process           1 line"), "{inside}");
    assert!(inside.contains("two  1 process  SIGABRT  2 lines"), "{inside}");
}
