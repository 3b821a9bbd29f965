//! Tracefiles of real programs, as lcov 1 and lcov 2 read them.

use forkcov_testing::needs::{self, Lack};
use forkcov_testing::paths;
use forkcov_testing::sandbox::Sandbox;
use std::process::Command;

/// `main` has no code at the line of its name, `unused` is followed by lines of other functions, and three
/// functions have names that differ behind a comma alone.
const CPP: &str = "\
#include <cstdio>
template <class A, class B>
static int pair(A, B) {
    return sizeof(B);
}
struct Shape {
    void unused() { puts(\"no\"); }
    int member = 3;
};
void (Shape::*kept)() = &Shape::unused;
static int global = puts(\"initialised\");
static int late(int count, char) {
    return count;
}
int main(
    int argc,
    char **)
{
    Shape *shape = new Shape();
    auto sum = [&] { return shape->member + argc; };
    printf(\"%d %d %d\\n\", sum(), global > 0, pair(1, 'a') + pair(1, 1L));
    return argc > 5 ? late(argc, 'a') : 0;
}
";

/// genhtml 1 from `$PATH`, and genhtml 2, which `.ci/debian-lcov` fetches.
fn genhtml(version: u32) -> Command {
    if version == 1 {
        return needs::command("genhtml");
    }
    let fetched = paths::scratch().with_file_name("peers").join("lcov/genhtml");
    if !fetched.is_file() {
        needs::give_up(Lack::machine("lcov2", "lcov 2 is not there: .ci/debian-lcov trixie"));
    }
    Command::new(fetched)
}

/// The functions of a C++ program, as this version of genhtml counts them.
fn counted(version: u32, flags: &[&str], level: &str) -> String {
    let place = Sandbox::new();
    place.write("main.cc", CPP, 0o644);
    if !place.builds("g++", &["-g", level, "main.cc"]) {
        needs::stop();
    }
    place.succeeds(&["run", "--", "./a.out"]);
    place.succeeds(&[&["lcov"], flags].concat());
    let mut genhtml = genhtml(version);
    genhtml.args(["--function-coverage", "-o", "html", "lcov.info"]).current_dir(place.path(""));
    let output = genhtml.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{level} {said}{}", String::from_utf8_lossy(&output.stderr));
    let (before, _) = said.rsplit_once(" functions)").unwrap();
    before.rsplit_once('(').unwrap().1.to_owned()
}

#[test]
fn lcov_1_counts_functions_whose_names_differ_behind_a_comma() {
    for level in ["-O0", "-O2"] {
        let report = counted(1, &[], level);
        assert!(level == "-O2" || report == "7 of 9", "{report}");
    }
}

#[test]
fn lcov_2_accepts_functions_with_their_ends() {
    for level in ["-O0", "-O2"] {
        let report = counted(2, &["--function-ends"], level);
        assert!(level == "-O2" || report == "7 of 9", "{report}");
    }
}
