// Panics that unwind in several threads at once through code which all of them run out of line.
// processes: 1
// no-oracle: it runs until its code is hot
include!("role.rs");

use std::sync::atomic::{AtomicU32, Ordering};

static DROPPED: AtomicU32 = AtomicU32::new(0);

struct Guard(u32);

impl Drop for Guard {
    fn drop(&mut self) { // hit: parent
        DROPPED.fetch_add(self.0 & 1, Ordering::Relaxed); // hit: parent
    } // hit: parent
}

#[inline(never)]
fn panics(n: u32) -> u32 { // hit: parent
    let _guard = Guard(n); // hit: parent
    if n % 4 == 0 { // hit: parent
        panic!("fourth"); // hit: parent
    }
    if n == 123_456 { // hit: parent
        panic!("never"); // miss
    }
    n * 7 // hit: parent
} // hit: parent

fn all() -> u32 { // hit: parent
    let mut sum = 0u32; // hit: parent
    for n in 1..150 { // hit: parent
        let got = std::panic::catch_unwind(|| panics(n)).unwrap_or(n ^ 5); // hit: parent
        sum = sum.wrapping_mul(3).wrapping_add(got); // hit: parent
    }
    sum // hit: parent
} // hit: parent

fn main() { // hit: parent
    role("parent"); // hit: parent
    std::panic::set_hook(Box::new(|_| ())); // hit: parent
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(all)).collect(); // hit: parent
    let sums: Vec<u32> = threads.into_iter().map(|thread| thread.join().unwrap()).collect(); // hit: parent
    let expected = all(); // hit: parent
    let wrong = sums.iter().filter(|sum| **sum != expected).count(); // hit: parent
    println!("{wrong} wrong, {} dropped", DROPPED.load(Ordering::Relaxed)); // hit: parent
} // hit: parent
