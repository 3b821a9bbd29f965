//! Contexts of tests that run in one process: `run --test-framework`.

use forkcov::data::view::{Filter, HitsBy, View};
use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

/// The lines of each source that each context ran.
type LinesOfTests = BTreeMap<String, BTreeSet<(PathBuf, u32)>>;

/// What the data file says of lines that are indented: they are in functions, and no initialisation of the
/// program runs them.
fn lines_of_tests(place: &Sandbox) -> LinesOfTests {
    let filter = Filter { by: HitsBy::Context, ..Filter::default() };
    let view = View::load(&place.path("forkcov.data"), &filter).unwrap();
    let mut tests = LinesOfTests::new();
    for file in &view.files {
        let source = fs::read_to_string(&file.path).unwrap();
        let is_indented: Vec<bool> = source.lines().map(|line| line.starts_with("    ")).collect();
        for (context, lines) in &file.hits {
            let of_test = tests.entry(view.contexts[*context].clone()).or_default();
            let lines = lines.iter().filter(|line| is_indented[*line as usize - 1]);
            of_test.extend(lines.map(|line| (file.path.clone(), line)));
        }
    }
    tests
}

/// The directions of branches in a source that each context took: line, jump and way.
fn directions_of_tests(place: &Sandbox, source: &str) -> BTreeMap<String, BTreeSet<(u32, u32, u32)>> {
    let data = Connection::open(place.path("forkcov.data")).unwrap();
    let query = "SELECT context, line, jump, way FROM branch_hit WHERE path LIKE '%/' || ?";
    let mut query = data.prepare(query).unwrap();
    let mut tests = BTreeMap::<String, BTreeSet<_>>::new();
    let mut rows = query.query([source]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let direction = (row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
        tests.entry(row.get(0).unwrap()).or_default().insert(direction);
    }
    tests
}

/// Numbers without a pattern.
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % limit
    }
}

/// Functions that call each other, with branches and loops.
fn functions(count: u32, numbers: &mut Numbers) -> String {
    let mut source = String::new();
    for function in 0..count {
        writeln!(source, "int f{function}(int n) {{").unwrap();
        for bit in 0..4 {
            writeln!(source, "    if (n & {})", 1 << bit).unwrap();
            match function {
                1.. if numbers.below(5) < 3 => {
                    writeln!(source, "        n += f{}(n >> 1);", numbers.below(function)).unwrap();
                }
                _ => writeln!(source, "        n += {bit};").unwrap(),
            }
        }
        if function % 7 == 0 {
            // More often than a counter counts.
            let turns = if function == 0 { 10_000 } else { 200 };
            write!(source, "    for (int k = 0; k < {turns} * (n & 7); k++)\n        n ^= k;\n").unwrap();
        }
        source += "    return n;\n}\n";
    }
    source
}

const TESTS: u32 = 500;
const FUNCTIONS: u32 = 60;

/// A suite of GoogleTest, whose tests fork and make threads. Gives the names of the tests.
fn write_suite(place: &Sandbox) -> Vec<String> {
    let mut numbers = Numbers(1);
    place.write("functions.cc", functions(FUNCTIONS, &mut numbers), 0o644);
    let mut source =
        "#include <gtest/gtest.h>\n#include <sys/wait.h>\n#include <thread>\n#include <unistd.h>\n"
            .to_owned();
    (0..FUNCTIONS).for_each(|function| writeln!(source, "int f{function}(int n);").unwrap());
    let mut names = Vec::new();
    for test in 0..TESTS {
        let (suite, kind) = (test / 25, numbers.below(10));
        let mut call = || format!("f{}({});\n", numbers.below(FUNCTIONS), numbers.below(256));
        names.push(format!("Suite{suite}.Test{test}"));
        writeln!(source, "TEST(Suite{suite}, Test{test}) {{").unwrap();
        source += &match kind {
            0 => format!(
                "    pid_t child = fork();\n    if (!child) {{\n        {}        _exit(0);\n    }}\n    waitpid(child, 0, 0);\n",
                call()
            ),
            1 => format!(
                "    std::thread thread([] {{\n        {}    }});\n    {}    thread.join();\n",
                call(),
                call()
            ),
            2 => format!(
                "    EXPECT_EXIT({{\n        {}        _exit(3);\n    }}, testing::ExitedWithCode(3), \"\");\n",
                call()
            ),
            _ => format!("    {}    {}", call(), call()),
        };
        source += "}\n";
    }
    place.write("tests.cc", source, 0o644);
    names
}

/// Builds the program `tests`, or ends the test.
fn build(place: &Sandbox, sources: &[&str]) {
    let arguments =
        [&["-g", "-O0", "-o", "tests"], sources, &["-lgtest", "-lgtest_main", "-lpthread"]].concat();
    if !place.builds("g++", &arguments) {
        needs::stop();
    }
}

#[test]
fn five_hundred_tests_of_one_process_have_what_five_hundred_processes_ran() {
    let place = Sandbox::new();
    let names = write_suite(&place);
    build(&place, &["tests.cc", "functions.cc"]);
    // A process for each test, whose context is named by its command line.
    let calls: String = names.iter().map(|name| format!("./tests --gtest_filter={name}\n")).collect();
    place.write("runner", format!("#!/bin/sh\n{calls}"), 0o755);
    let by_process =
        ["run", "-q", "--context-from", "^./tests --gtest_filter=(.*)", "--branches", "./runner"];
    place.succeeds(&by_process);
    let expected = lines_of_tests(&place);
    let directions = directions_of_tests(&place, "functions.cc");
    assert!(directions.len() > 400, "{}", directions.len());
    assert_eq!(expected.len(), names.len());
    for options in [
        &[][..],
        &["--trampolines-after", "0"],
        &["--trampolines-after", "1"],
        &["--every-line"],
        &["--branches"],
        &["--branches", "--trampolines-after", "1"],
    ] {
        let run = ["run", "-q", "--test-framework", "googletest"];
        place.succeeds(&[&run[..], options, &["./tests", "--gtest_brief=1"]].concat());
        let tests = lines_of_tests(&place);
        for name in &names {
            assert_eq!(tests.get(name), expected.get(name), "{name} {options:?}");
        }
        assert_eq!(tests.len(), names.len());
        if options.contains(&"--branches") {
            let taken = directions_of_tests(&place, "functions.cc");
            for name in &names {
                assert_eq!(taken.get(name), directions.get(name), "{name} {options:?}");
            }
        }
    }
    let tests = place.succeeds(&["tests"]);
    assert_eq!(text(&tests.stdout).lines().count(), names.len());
}

/// Threads that run for as long as the tests do.
const THREADS: &str = r#"
#include <atomic>
#include <gtest/gtest.h>
#include <thread>
int f5(int n);
int f20(int n);
int f43(int n);
static std::atomic<bool> over;
static void overlap() {
    for (unsigned n = 1; !over; n = n * 1664525 + 1) {
        f5(n >> 3 & 255);
        f20(n >> 9 & 255);
        f43(n & 255);
    }
}
int main(int argc, char **argv) {
    testing::InitGoogleTest(&argc, argv);
    std::thread one(overlap), other(overlap);
    int status = RUN_ALL_TESTS();
    over = true;
    one.join();
    other.join();
    return status;
}
"#;

#[test]
fn threads_that_overlap_tests_take_nothing_from_them() {
    let place = Sandbox::new();
    let names = write_suite(&place);
    place.write("threads.cc", THREADS, 0o644);
    build(&place, &["tests.cc", "functions.cc"]);
    let run = ["run", "-q", "--test-framework", "googletest"];
    place.succeeds(&[&run[..], &["./tests", "--gtest_brief=1"]].concat());
    let expected = lines_of_tests(&place);
    build(&place, &["tests.cc", "functions.cc", "threads.cc"]);
    for options in [&[][..], &["--trampolines-after", "1"]] {
        place.succeeds(&[&run[..], options, &["./tests", "--gtest_brief=1"]].concat());
        let tests = lines_of_tests(&place);
        for name in &names {
            assert!(tests[name].is_superset(&expected[name]), "{name} {options:?}");
            // What is not of the functions that the threads call is of tests alone.
            let of_suite = |lines: &BTreeSet<(PathBuf, u32)>| {
                lines.iter().filter(|(path, _)| path.ends_with("tests.cc")).cloned().collect::<Vec<_>>()
            };
            assert_eq!(of_suite(&tests[name]), of_suite(&expected[name]), "{name} {options:?}");
        }
    }
}

/// What a test creates has its context, and what runs between tests has none.
const CHILDREN: &str = r#"
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
static int ends[2];
static pid_t child;
static int late() {
    return 0;
}
static int between() {
    return 0;
}
class Suite : public testing::Test {
protected:
    static void SetUpTestSuite() {
        between();
    }
    static void TearDownTestSuite() {
        between();
    }
};
TEST_F(Suite, Begins) {
    ASSERT_EQ(pipe(ends), 0);
    child = fork();
    if (!child) {
        char byte;
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) || late());
    }
}
TEST_F(Suite, Ends) {
    close(ends[1]);
    waitpid(child, 0, 0);
}
TEST_F(Suite, DISABLED_Never) {
    late();
}
class With : public testing::TestWithParam<int> {};
TEST_P(With, Value) {
    EXPECT_TRUE(GetParam() < 2);
}
INSTANTIATE_TEST_SUITE_P(All, With, testing::Values(1, 2));
"#;

#[test]
fn what_a_test_creates_has_its_context_and_what_runs_between_tests_has_none() {
    let place = Sandbox::new();
    place.write("children.cc", CHILDREN, 0o644);
    build(&place, &["children.cc"]);
    // The last test fails.
    let output = place.forkcov(&["run", "-q", "--test-framework", "googletest", "./tests"]);
    assert_eq!(output.status.code(), Some(1));
    let line = |of: &str| CHILDREN.lines().position(|line| line.contains(of)).unwrap() as u64 + 1;
    let ran = |test: &str, line: u64| {
        let output = place.succeeds(&["json", "-o", "-", "--test", test]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        json["files"]["children.cc"]["executed_lines"].as_array().unwrap().contains(&line.into())
    };
    for (test, has_late, has_wait) in [("^Suite.Begins$", true, false), ("^Suite.Ends$", false, true)] {
        assert_eq!(ran(test, line("int late()") + 1), has_late, "{test}");
        assert_eq!(ran(test, line("    waitpid")), has_wait, "{test}");
    }
    assert!(place.executed("forkcov.data", "children.cc").contains(&(line("int between()") + 1)));
    assert!(!ran(".", line("int between()") + 1), "no test ran it");
    let tests = place.succeeds(&["tests"]);
    let names: Vec<_> = text(&tests.stdout).lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(names, ["Suite.Begins", "Suite.Ends", "All/With.Value/0", "All/With.Value/1"]);
    // Which of them failed is not known.
    place.write("empty.diff", "", 0o644);
    let output = place.succeeds(&["affected", "--diff", "empty.diff"]);
    assert_eq!(text(&output.stdout).lines().count(), 4);
    one_line(&output, &["all tests: process ", ", which had several tests, ended by exit 1"]);
}

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
    one_line(&output, &["cannot read the names of the GoogleTest tests of ", "program"]);
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
    one_line(&output, &["cannot read the names of the pytest tests of ", "program"]);
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
