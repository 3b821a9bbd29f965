//! `run --branches` on code with checks that compilers insert: only conditions of the source are branches.

use forkcov_testing::sandbox::Sandbox;
use std::fs;

/// Runs `./program` of `source`, whose conditions are those of the lines with `// N`, N directions.
#[track_caller]
fn has_conditions_of_source(place: &Sandbox, source: &str, what: &str) {
    for options in [&["--trampolines-after", "0"][..], &["--trampolines-after", "1"]] {
        let run = [&["run", "-q", "--source", ".", "--branches"], options, &["--", "./program"]].concat();
        let output = place.command(&run).env("ASAN_OPTIONS", "detect_leaks=0").output().unwrap();
        assert!(output.status.success(), "{what}: {output:?}");
        let lcov = place.succeeds(&["lcov", "-o", "-"]).stdout;
        let lcov = String::from_utf8(lcov).unwrap();
        let text = fs::read_to_string(place.path(source)).unwrap();
        for (line, text) in (1..).zip(text.lines()) {
            let expected = text.rsplit_once("// ").map_or(0, |(_, count)| count.parse().unwrap());
            let counted = lcov.matches(&format!("BRDA:{line},")).count();
            assert_eq!(counted, expected, "{what} {options:?}: line {line}: {text}");
        }
    }
}

/// Compiles `source` by each command, and compares.
#[track_caller]
fn each(source: &str, text: &str, commands: &[&str]) {
    let place = Sandbox::new();
    place.write(source, text, 0o644);
    for command in commands {
        let words: Vec<&str> = command.split(' ').chain(["-g", source, "-o", "program"]).collect();
        place.tool(words[0], &words[1..]);
        has_conditions_of_source(&place, source, command);
    }
}

const MEMORY: &str = r#"#include <stdlib.h>
#include <string.h>
struct S { char a[13]; short s; };
__attribute__((noinline)) int b1(char *p) { return *p; }
__attribute__((noinline)) int b4(int *p, int n) { return p[n]; }
__attribute__((noinline)) long b8(long *p) { *p = 3; return 1; }
__attribute__((noinline)) int cp(struct S *p) { return p->s; }
__attribute__((noinline)) int local(int n) { volatile int t[10] = {0}; t[n] = 2; return t[n & 3]; }
__attribute__((noinline)) int positive(int n) {
    if (n > 0) // 2
        return local(n);
    abort();
}
int main(int argc, char **argv) {
    volatile char c = 1; volatile int i[3] = {1, 2, 3}; volatile long l; struct S s; memset(&s, 0, sizeof s);
    (void)argv;
    return b1((char *)&c) + b4((int *)i, argc) + b8((long *)&l) + cp(&s) + positive(argc) - 6;
}
"#;

#[test]
fn checks_of_sanitizers_are_no_branches() {
    let commands = [
        "gcc -O0 -fsanitize=address",
        "gcc -O2 -fsanitize=address",
        "clang -O0 -fsanitize=address",
        "clang -O1 -fsanitize=address",
        "gcc -O0 -fstack-protector-all -fstack-clash-protection -fcf-protection",
    ];
    each("memory.c", MEMORY, &commands);
}

#[test]
fn calls_of_sanitizers_that_always_run_hide_no_branch() {
    let commands = [
        "gcc -O0 -fsanitize=thread",
        "gcc -O0 -fsanitize=address --param asan-instrumentation-with-call-threshold=0",
    ];
    each("memory.c", MEMORY, &commands);
}

#[test]
fn a_comparison_of_floating_point_numbers_is_one_branch() {
    let source = r#"#include <stdlib.h>
static volatile int sum;
__attribute__((noinline)) static int equal(double a, double b) {
    if (a == b) // 2
        return 1;
    return 2;
}
__attribute__((noinline)) static int different(float a, float b, int c) {
    if (c && a != b) // 4
        return 1;
    while (a != 3.0f) { // 2
        a += 1;
        sum++;
    }
    return 2;
}
__attribute__((noinline)) static int less(double a, double b) {
    if (a < b) // 2
        sum--;
    return 3;
}
int main(int argc, char **argv) {
    (void)argv;
    return equal(argc, 1) + different(argc, 2, argc) + less(argc, 1) - 5;
}
"#;
    each("equal.c", source, &["gcc -O0", "clang -O0"]);
}

#[test]
fn a_conversion_of_an_unsigned_number_is_no_branch() {
    let source = r#"static volatile unsigned long large;
static volatile double d; static volatile float f; static volatile long double l;
__attribute__((noinline)) static void from(void) {
    d = large;
    f = large;
    l = large;
}
__attribute__((noinline)) static void to(void) {
    large = d;
    large = f;
    large = l;
}
__attribute__((noinline)) static int negative(long n) {
    if (n < 0) // 2
        d = n;
    if (d >= 3) // 2
        return (int)d;
    return 0;
}
int main(int argc, char **argv) {
    (void)argv;
    for (int i = 0; i < 64; i += 21) { // 2
        large = (unsigned long)argc << i;
        from();
        to();
    }
    return negative(argc) > 7;
}
"#;
    each("large.c", source, &["gcc -O0", "gcc -O1", "clang -O0"]);
}

#[test]
fn where_a_variable_argument_was_passed_is_no_branch() {
    let source = r#"#include <stdarg.h>
__attribute__((noinline)) static double sum(int n, ...) {
    va_list l; double t = 0;
    va_start(l, n);
    while (n-- > 0) { // 2
        t += va_arg(l, int);
        t += va_arg(l, double);
        t += *va_arg(l, char *);
    }
    va_end(l);
    return t;
}
__attribute__((noinline)) static double listed(va_list l) {
    return va_arg(l, int) + va_arg(l, double) + *va_arg(l, char *);
}
__attribute__((noinline)) static double passed(int n, ...) {
    va_list l;
    va_start(l, n);
    double t = listed(l);
    va_end(l);
    return t;
}
int main(int argc, char **argv) {
    (void)argv;
    return sum(argc + 1, 3, 4.0, "x", 3, 4.0, "x") + passed(1, 3, 4.0, "x") > 1000;
}
"#;
    each("list.c", source, &["gcc -O0", "clang -O0"]);
}

#[test]
fn which_variables_are_initialised_is_no_branch() {
    let source = r#"struct A { int x; A(int n) : x(n) {} ~A() { x = 0; } };
int count = 3;
A one(3);
static A two(4);
A three(count > 2 ? 5 : 6); // 2
__attribute__((init_priority(300))) A four(5);
void operator delete(void *, unsigned long) noexcept;
int main() { return one.x + two.x + three.x + four.x - 17; }
"#;
    each("variables.cc", source, &["g++ -O0"]);
}

#[test]
fn a_condition_before_delete_is_a_branch() {
    let source = r#"#include <new>
int zero;
__attribute__((noinline)) void release(int n, int *p) {
    if (n) // 2
        zero++;
    ::operator delete(p);
}
__attribute__((noinline)) void remove(int *p) {
    delete p;
}
int main() { release(0, new int); release(1, new int); remove(new int); return zero - 1; }
"#;
    each("deletes.cc", source, &["g++ -O0", "clang++ -O0"]);
}

#[test]
fn checks_of_indexes_and_of_arithmetic_are_no_branches() {
    let source = r#"#[inline(never)]
fn at(v: &[i32], n: usize) -> i32 {
    v[n]
}
#[inline(never)]
fn add(a: i32, b: i32) -> i32 {
    a + b / a
}
fn main() {
    let n = std::env::args().count();
    let v = [1, 2, 3];
    if at(&v, n) + add(n as i32, 2) + add(2, 3) != 8 { // 2
        std::process::exit(1);
    }
}
"#;
    each("checks.rs", source, &["rustc -Copt-level=0", "rustc -Copt-level=2"]);
}

#[test]
fn checks_of_go_are_no_branches() {
    let place = Sandbox::new();
    let source = r#"package main

import "os"

//go:noinline
func at(v []int, n int) int {
	return v[n] + len(v[n:])
}

//go:noinline
func divide(a, b int) int {
	return a / b << b
}

func main() {
	v := make([]int, 4)
	if at(v, len(os.Args)) + divide(3, len(os.Args)) != 9 { // 2
		os.Exit(1)
	}
}
"#;
    place.write("main.go", source, 0o644);
    for flags in ["-gcflags=", "-gcflags=-N -l"] {
        place.tool("go", &["build", flags, "-o", "program", "main.go"]);
        has_conditions_of_source(&place, "main.go", flags);
    }
}

/// What Clang compiles a call by a pointer to, from version 17 on.
const SIGNATURES: &str = r#"
__attribute__((noinline)) static int by_sanitizer(const char *function) {
    __asm__ volatile("cmpl $0xc105cafe, -8(%0)\n\tjne 1f\n\tnop\n1:" : : "r"(function) : "cc", "memory");
    return 0;
}
__attribute__((noinline)) static int by_kcfi(const char *function) {
    __asm__ volatile("movl $-7, %%r10d\n\taddl -4(%0), %%r10d\n\tje 1f\n\tud2\n1:" : : "r"(function) : "r10", "cc", "memory");
    return 0;
}
int main(void) {
    int signatures[2] = {0, 7};
    return by_sanitizer((char *)(signatures + 2)) + by_kcfi((char *)(signatures + 2));
}
"#;

#[test]
fn comparisons_with_the_signature_of_a_function_are_no_branches() {
    each("signatures.c", SIGNATURES, &["gcc -O0"]);
}
