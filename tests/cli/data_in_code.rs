//! `run --branches` on code with data between its instructions: a breakpoint there would change the data.

use forkcov_testing::sandbox::Sandbox;
use serde_json::Value;

/// Line 2 has the only condition. A call by a pointer reads the signature of the function, which is in front of
/// its code. Line 3 has bytes that are no code, though a conditional jump begins with two of these values.
const SOURCE: &str = r#"__attribute__((noinline)) static int straight(int n) { int a = n + 1; int b = a * n; return a - b; }
__attribute__((noinline)) int decides(int n) { if (n > 3) __asm__ volatile("nop"); return straight(n) - n; }
static int jumps_over(int n) { __asm__ volatile("jmp 1f\n.byte 0x76, 0x32\n.long 0x70\n1:"); return n + 1; }
typedef int (*Function)(int);
int main(int argc, char **argv) {
    Function volatile function = decides;
    (void)argv;
    return function(argc) + jumps_over(argc) + straight(argc) - 1;
}
"#;

/// Compiles the source, and runs it by breakpoints and by trampolines.
#[track_caller]
fn has_one_branch(place: &Sandbox, compiler: &[&str], level: &str) {
    place.tool(compiler[0], &[&compiler[1..], &["-g", level, "-o", "signed", "signed.cc"]].concat());
    for flags in [&["--trampolines-after", "0"][..], &["--trampolines-after", "1"], &["--every-line"]] {
        place.succeeds(&[&["run", "-q", "--branches"], flags, &["--", "./signed"]].concat());
        let summary = &place.json("forkcov.data")["files"]["signed.cc"]["summary"];
        let counted = (&summary["num_branches"], &summary["covered_branches"]);
        assert_eq!(counted, (&Value::from(2), &Value::from(1)), "{compiler:?} {level} {flags:?}");
    }
}

#[test]
fn signatures_of_functions_and_data_of_assembly_are_no_jumps() {
    let place = Sandbox::new();
    place.write("signed.cc", SOURCE, 0o644);
    for level in ["-O0", "-O1", "-O2"] {
        let sanitized = ["clang++", "-fsanitize=function", "-fsanitize-trap=function"];
        has_one_branch(&place, &sanitized, level);
    }
    has_one_branch(&place, &["g++"], "-O0");
}
