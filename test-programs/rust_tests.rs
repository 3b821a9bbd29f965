// What `cargo test` runs: tests on threads of libtest, of which one panics as it should, one fails, one forks and one
// runs a program; the standard library's and libtest's own sources do not count.
// compile: --test
// args: --test-threads=3
// exit: 101
// varies: test 
// varies: finished in
// varies: panicked at
// varies: note: run with
// also-compile: helpers/target.c -> target
// processes: 3
// tree: tests > child, tests > target
// ends: child = 5
// ends: target = 5
include!("role.rs");

unsafe extern "C" {
    fn fork() -> i32;
    fn _exit(status: i32) -> !;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
}

fn half(n: u32) -> u32 { // hit: tests, child
    assert!(n % 2 == 0, "odd"); // hit: tests, child
    n / 2 // hit: tests, child
} // hit: tests, child

fn unused(n: u32) -> u32 { // miss
    n + 1 // miss
} // miss

#[test]
fn halves() { // hit: tests
    role("tests"); // hit: tests
    assert_eq!(half(4), 2); // hit: tests
} // hit: tests

#[test]
#[should_panic(expected = "odd")]
fn odd_panics() { // hit: tests
    half(3); // hit: tests
} // miss

#[test]
fn fails() { // hit: tests
    assert_eq!(half(4), 3); // hit: tests
} // miss

#[test]
#[ignore]
fn ignored() { // miss
    unused(1); // miss
} // miss

#[test]
fn forks() { // hit: tests
    let pid = unsafe { fork() }; // hit: tests
    if pid == 0 { // hit: tests, child
        role("child"); // hit: child
        unsafe { _exit(half(10) as i32) }; // hit: child
    }
    let mut status = 0; // hit: tests
    assert_eq!(unsafe { waitpid(pid, &mut status, 0) }, pid); // hit: tests
    assert_eq!(status >> 8, 5); // hit: tests
} // hit: tests

#[test]
fn runs_a_program() { // hit: tests
    let output = std::process::Command::new("./target").arg("target").output().unwrap(); // hit: tests
    assert_eq!(output.stdout, b"target: alone\n"); // hit: tests
    assert_eq!(output.status.code(), Some(5)); // hit: tests
} // hit: tests
