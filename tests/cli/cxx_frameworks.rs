//! Contexts of the tests that frameworks of C++ run in one process: GoogleTest, Catch2 and doctest.

use forkcov::data::view::{Filter, HitsBy, View};
use forkcov_testing::needs::{self, Lack};
use forkcov_testing::paths;
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
pub fn lines_of_tests(place: &Sandbox) -> LinesOfTests {
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

/// A framework, as a suite of tests uses it.
struct Framework {
    /// Of `--test-framework`.
    name: &'static str,
    header: &'static str,
    /// The source that has `main`, if it is not in a library.
    main: &'static str,
    libraries: &'static [&'static str],
    /// The name of a test of a suite.
    test: fn(u32, u32) -> String,
    /// What is before its body.
    declaration: fn(u32, u32) -> String,
    /// The option that runs a test alone is this and its name.
    alone: &'static str,
    /// An option that makes it print less.
    quiet: &'static str,
}

fn catch2_declaration(suite: u32, test: u32) -> String {
    format!("TEST_CASE(\"Test {test} of suite {suite}\", \"[suite{suite}]\")")
}

fn name_in_words(suite: u32, test: u32) -> String {
    format!("Test {test} of suite {suite}")
}

const GOOGLETEST: Framework = Framework {
    name: "googletest",
    header: "#include <gtest/gtest.h>",
    main: "",
    libraries: &["-lgtest", "-lgtest_main"],
    test: |suite, test| format!("Suite{suite}.Test{test}"),
    declaration: |suite, test| format!("TEST(Suite{suite}, Test{test})"),
    alone: "--gtest_filter=",
    quiet: "--gtest_brief=1",
};

const CATCH2: Framework = Framework {
    name: "catch2",
    header: "#include <catch2/catch.hpp>",
    main: "#define CATCH_CONFIG_MAIN\n#include <catch2/catch.hpp>\n",
    libraries: &[],
    test: name_in_words,
    declaration: catch2_declaration,
    alone: "",
    quiet: "-i",
};

const CATCH2_3: Framework = Framework {
    header: "#include <catch_amalgamated.hpp>",
    main: "#include <catch_amalgamated.cpp>\n",
    ..CATCH2
};

const DOCTEST: Framework = Framework {
    name: "doctest",
    header: "#include <doctest/doctest.h>",
    main: "#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN\n#include <doctest/doctest.h>\n",
    libraries: &[],
    test: name_in_words,
    declaration: |suite, test| {
        format!("TEST_CASE(\"Test {test} of suite {suite}\" * doctest::test_suite(\"Suite {suite}\"))")
    },
    alone: "-tc=",
    quiet: "-m",
};

/// Where `.ci/catch2` puts the sources of Catch2 3.
fn catch2_3() -> PathBuf {
    paths::scratch().with_file_name("frameworks").join("catch2")
}

impl Framework {
    /// Builds the program `tests`, or ends the test.
    fn build(&self, place: &Sandbox, sources: &[&str]) {
        let includes = catch2_3();
        if self.header == CATCH2_3.header && !includes.is_dir() {
            needs::give_up(Lack::machine("catch2-3", "Catch2 3 is not there: .ci/catch2 fetches it"));
        }
        let include = ["-I", includes.to_str().unwrap()];
        let mut objects = Vec::new();
        if !self.main.is_empty() {
            // Without debug information: it is no code of the program.
            place.write("main.cc", self.main, 0o644);
            let compile = ["-O1", "-g0", "-c", "main.cc"];
            if !place.path("main.o").exists() && !place.builds("g++", &[&compile[..], &include].concat()) {
                needs::stop();
            }
            objects.push("main.o");
        }
        let link = ["-g", "-O0", "-o", "tests"];
        let arguments = [&link[..], &include, sources, &objects, self.libraries, &["-lpthread"]].concat();
        if !place.builds("g++", &arguments) {
            needs::stop();
        }
    }
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

const FUNCTIONS: u32 = 60;

/// A suite whose tests fork, make threads, and make children that exit or crash. Gives the names of the tests.
fn write_suite(place: &Sandbox, framework: &Framework, tests: u32) -> Vec<String> {
    let mut numbers = Numbers(1);
    place.write("functions.cc", functions(FUNCTIONS, &mut numbers), 0o644);
    let mut source = format!(
        "{}\n#include <stdlib.h>\n#include <sys/wait.h>\n#include <thread>\n#include <unistd.h>\n",
        framework.header
    );
    (0..FUNCTIONS).for_each(|function| writeln!(source, "int f{function}(int n);").unwrap());
    let mut names = Vec::new();
    for test in 0..tests {
        let (suite, kind) = (test / 25, numbers.below(10));
        let mut call = || format!("f{}({});\n", numbers.below(FUNCTIONS), numbers.below(256));
        names.push((framework.test)(suite, test));
        writeln!(source, "{} {{", (framework.declaration)(suite, test)).unwrap();
        source += &match kind {
            0 | 1 => format!(
                "    pid_t child = fork();\n    if (!child) {{\n        {}        {};\n    }}\n    waitpid(child, 0, 0);\n",
                call(),
                if kind == 0 { "_exit(0)" } else { "kill(getpid(), SIGKILL)" }
            ),
            2 => format!(
                "    std::thread thread([] {{\n        {}    }});\n    {}    thread.join();\n",
                call(),
                call()
            ),
            3 if framework.name == "googletest" => format!(
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

/// Each test of one process has run what it runs in a process of its own.
fn equal_those_of_single_runs(framework: &Framework, tests: u32) {
    let place = Sandbox::new();
    let names = write_suite(&place, framework, tests);
    framework.build(&place, &["tests.cc", "functions.cc"]);
    // A process for each test, whose context is named by its command line.
    let alone = framework.alone;
    let calls: String = names.iter().map(|name| format!("./tests '{alone}{name}'\n")).collect();
    place.write("runner", format!("#!/bin/sh\n{calls}"), 0o755);
    let pattern = format!("^./tests {alone}(.*)");
    place.succeeds(&["run", "-q", "--source", ".", "--context-from", &pattern, "--branches", "./runner"]);
    let expected = lines_of_tests(&place);
    assert_eq!(expected.len(), names.len());
    let directions = directions_of_tests(&place, "functions.cc");
    assert!(directions.len() > names.len() * 4 / 5, "{}", directions.len());
    for options in [
        &[][..],
        &["--trampolines-after", "0"],
        &["--trampolines-after", "1"],
        &["--every-line"],
        &["--branches"],
        &["--branches", "--trampolines-after", "1"],
    ] {
        let run = ["run", "-q", "--source", ".", "--test-framework", framework.name];
        place.succeeds(&[&run[..], options, &["./tests", framework.quiet]].concat());
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

#[test]
fn five_hundred_tests_of_googletest_have_what_five_hundred_processes_ran() {
    equal_those_of_single_runs(&GOOGLETEST, 500);
}

#[test]
fn tests_of_catch2_in_one_process_have_what_as_many_processes_ran() {
    equal_those_of_single_runs(&CATCH2, 200);
}

#[test]
fn tests_of_catch2_3_in_one_process_have_what_as_many_processes_ran() {
    equal_those_of_single_runs(&CATCH2_3, 200);
}

#[test]
fn tests_of_doctest_in_one_process_have_what_as_many_processes_ran() {
    equal_those_of_single_runs(&DOCTEST, 200);
}

/// Threads that run for as long as the program does.
const THREADS: &str = r#"
#include <stdlib.h>
#include <thread>
int f5(int n);
int f20(int n);
int f43(int n);
static void overlap() {
    for (unsigned n = 1;; n = n * 1664525 + 1) {
        f5(n >> 3 & 255);
        f20(n >> 9 & 255);
        f43(n & 255);
    }
}
static struct Start {
    Start() {
        std::thread(overlap).detach();
        std::thread(overlap).detach();
    }
} start;
"#;

fn threads_take_nothing_from_tests(framework: &Framework, tests: u32) {
    let place = Sandbox::new();
    let names = write_suite(&place, framework, tests);
    place.write("threads.cc", THREADS, 0o644);
    framework.build(&place, &["tests.cc", "functions.cc"]);
    let run = ["run", "-q", "--source", ".", "--test-framework", framework.name];
    place.succeeds(&[&run[..], &["./tests", framework.quiet]].concat());
    let expected = lines_of_tests(&place);
    framework.build(&place, &["tests.cc", "functions.cc", "threads.cc"]);
    for options in [&[][..], &["--trampolines-after", "1"]] {
        place.succeeds(&[&run[..], options, &["./tests", framework.quiet]].concat());
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

#[test]
fn threads_that_overlap_tests_take_nothing_from_them() {
    threads_take_nothing_from_tests(&GOOGLETEST, 500);
}

#[test]
fn threads_that_overlap_tests_of_catch2_and_doctest_take_nothing_from_them() {
    threads_take_nothing_from_tests(&CATCH2, 100);
    threads_take_nothing_from_tests(&DOCTEST, 100);
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
    GOOGLETEST.build(&place, &["children.cc"]);
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

/// Sections are run one after the other, each in the whole test again; and what runs at the end of the program
/// belongs to no test. SECTION is `SECTION` or `SUBCASE`, and the last test ends the process by END.
const SECTIONS: &str = r#"
#include <signal.h>
#include <stdlib.h>
static int first() {
    return 0;
}
static int second() {
    return 0;
}
static int last() {
    return 0;
}
static struct AtEnd {
    ~AtEnd() {
        last();
    }
} at_end;
TEST_CASE("Sections, of [a] test") {
    SECTION("one") {
        first();
    }
    SECTION("two") {
        second();
    }
}
TEST_CASE("Zero") {
    if (getenv("ENDS"))
        END;
    first();
}
"#;

#[test]
fn a_test_of_catch2_has_all_its_sections_and_what_ran_before_it_ended_the_process() {
    has_its_sections_and_what_ran_before_the_end(&CATCH2);
}

#[test]
fn a_test_of_catch2_3_has_all_its_sections_and_what_ran_before_it_ended_the_process() {
    has_its_sections_and_what_ran_before_the_end(&CATCH2_3);
}

#[test]
fn a_test_of_doctest_has_all_its_sections_and_what_ran_before_it_ended_the_process() {
    has_its_sections_and_what_ran_before_the_end(&DOCTEST);
}

fn has_its_sections_and_what_ran_before_the_end(framework: &Framework) {
    let endings =
        [("exit(3)", "exit 3", true), ("raise(SIGKILL)", "SIGKILL", false), ("abort()", "SIGABRT", false)];
    let place = Sandbox::new();
    {
        let line = |of: &str| SECTIONS.lines().position(|line| line.contains(of)).unwrap() as u32 + 2;
        let section = if framework.name == "doctest" { "SUBCASE" } else { "SECTION" };
        for (end, shown, has_last) in endings {
            let source = SECTIONS.replace("SECTION", section).replace("END;", &format!("{end};"));
            place.write("tests.cc", [framework.header, &source].concat(), 0o644);
            framework.build(&place, &["tests.cc"]);
            for ends in [false, true] {
                let run = ["run", "-q", "--source", ".", "--test-framework", framework.name, "--", "env"];
                let set = if ends { &["ENDS=1"][..] } else { &[] };
                place.forkcov(&[&run[..], set, &["./tests"]].concat());
                let tests = lines_of_tests(&place);
                let ran = |test: &str, of: &str| tests[test].iter().any(|(_, ran)| *ran == line(of));
                let functions = ["int first", "int second", "int last"];
                let of_sections = functions.map(|of| ran("Sections, of [a] test", of));
                assert_eq!(of_sections, [true, true, false], "{} {end}", framework.header);
                let expected = if ends { [false, false, has_last] } else { [true, false, false] };
                assert_eq!(
                    functions.map(|of| ran("Zero", of)),
                    expected,
                    "{} {end} {ends}",
                    framework.header
                );
                let listed = place.succeeds(&["tests"]);
                assert_eq!(text(&listed.stdout).contains(shown), ends, "{listed:?}");
            }
        }
    }
    takes_the_names_of_affected_tests(framework, &place);
}

/// The test that is affected by a change of a section is the one that the program then runs.
fn takes_the_names_of_affected_tests(framework: &Framework, place: &Sandbox) {
    let run = ["run", "-q", "--source", ".", "--test-framework", framework.name, "./tests"];
    place.succeeds(&run);
    let source = fs::read_to_string(place.path("tests.cc")).unwrap();
    let at = source.lines().position(|line| line.contains("int second")).unwrap() + 2;
    let changed = source.lines().enumerate().map(|(index, line)| {
        let change = if index + 1 == at { " " } else { "" };
        format!("{line}{change}\n")
    });
    place.write("tests.cc", changed.collect::<String>(), 0o644);
    let diff =
        format!("--- tests.cc\n+++ tests.cc\n@@ -{at},1 +{at},1 @@\n-    return 0;\n+    return 0; \n");
    place.write("change.diff", diff, 0o644);
    let affected = place.succeeds(&["affected", "--diff", "change.diff", "--for", framework.name]);
    let filter = [framework.alone, text(&affected.stdout).trim_end()].concat();
    place.succeeds(&[&run[..], &[&filter]].concat());
    assert_eq!(lines_of_tests(place).into_keys().collect::<Vec<_>>(), ["Sections, of [a] test"], "{filter}");
}
