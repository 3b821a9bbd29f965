// Rust threads on the same lines, and in a forked child.
// processes: 2
// tree: parent > child
// ends: child = 6
include!("role.rs");

use std::thread;

unsafe extern "C" {
    fn fork() -> i32;
    fn _exit(status: i32) -> !;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
}

fn step(n: u64) -> u64 { // hit: parent, child
    if n > 1_000_000 { // hit: parent, child
        return 0; // miss
    }
    n * 2 // hit: parent, child
} // hit: parent, child

fn in_child(n: u64) -> i32 { // hit: child
    (n / 15) as i32 // hit: child
} // hit: child

fn race() -> u64 { // hit: parent, child
    let threads: Vec<_> = (0..4).map(|i| thread::spawn(move || (0..i).map(step).sum::<u64>())).collect(); // hit: parent, child
    threads.into_iter().map(|t| t.join().unwrap()).sum() // hit: parent, child
} // hit: parent, child

fn main() { // hit: parent
    role("parent"); // hit: parent
    println!("{}", race()); // hit: parent
    let pid = unsafe { fork() }; // hit: parent
    if pid == 0 { // hit: parent, child
        role("child"); // hit: child
        let sum = race() + 90; // hit: child
        unsafe { _exit(in_child(sum)) }; // hit: child
    }
    let mut status = 0; // hit: parent
    unsafe { waitpid(pid, &mut status, 0) }; // hit: parent
    println!("child: {}", status >> 8); // hit: parent
} // hit: parent
