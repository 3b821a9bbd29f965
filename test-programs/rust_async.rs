// Generics, closures, iterators and futures without a runtime: a future is polled once before a fork, and again on the
// child's side of it alone.
// processes: 2
// tree: parent > child
// ends: child = 9
include!("role.rs");

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

unsafe extern "C" {
    fn fork() -> i32;
    fn _exit(status: i32) -> !;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
}

/// Pending once.
struct Later(bool); // none

impl Future for Later {
    type Output = u32; // none

    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context) -> Poll<u32> {
        if self.0 { // hit: parent, child
            return Poll::Ready(3); // hit: child
        }
        println!("pending"); // hit: parent
        self.0 = true;
        Poll::Pending
    }
}

async fn answer(factor: u32) -> u32 {
    println!("begun"); // hit: parent
    let value = Later(false).await; // hit: parent, child
    println!("resumed"); // hit: child
    value * factor
}

trait Shape { // none
    fn area(&self) -> u32;
    #[inline(never)]
    fn describe(&self, name: &str) -> String {
        format!("{name} of {}", self.area()) // hit: parent, child
    }
}

struct Square(u32);

impl Shape for Square {
    #[inline(never)]
    fn area(&self) -> u32 {
        println!("a square's area"); // hit: parent
        self.0 * self.0
    }
}

struct Strip<const WIDTH: u32>(u32);

impl<const WIDTH: u32> Shape for Strip<WIDTH> {
    #[inline(never)]
    fn area(&self) -> u32 {
        println!("a strip's area"); // hit: child
        self.0 * WIDTH
    }
}

#[inline(never)]
fn show(shape: &dyn Shape) {
    println!("{}", shape.describe("one")); // hit: parent, child
}

#[inline(never)]
fn largest<T: PartialOrd + Copy>(items: &[T], unless: impl Fn(T) -> bool) -> Option<T> {
    let mut best = None; // hit: parent, child
    for &item in items.iter().rev().filter(|item| !unless(**item)) { // hit: parent, child
        if best.is_none_or(|best| item > best) { // hit: parent, child
            best = Some(item); // hit: parent, child
        }
    }
    best // hit: parent, child
}

#[inline(never)]
fn parsed(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number: u32 = text.parse()?; // hit: parent, child
    println!("parsed {number}"); // hit: child
    Ok(number)
}

fn main() {
    role("parent"); // hit: parent
    let mut future = pin!(answer(3)); // hit: parent
    let mut context = Context::from_waker(Waker::noop()); // hit: parent
    println!("{}", future.as_mut().poll(&mut context).is_pending()); // hit: parent
    show(&Square(3)); // hit: parent
    println!("{:?}", largest(&[1, 5, 9], |n| n > 6)); // hit: parent
    println!("{}", parsed("none").is_err()); // hit: parent
    if std::env::args().count() > 3 { // hit: parent
        println!("{:?}", largest::<u8>(&[], |_| false)); // miss
    }
    let pid = unsafe { fork() }; // hit: parent
    if pid == 0 { // hit: parent, child
        role("child"); // hit: child
        show(&Strip::<2>(4)); // hit: child
        println!("{:?}", largest(&[1.5, 0.5], |_| false)); // hit: child
        let sum: u32 = ["1", "2"].iter().filter_map(|text| parsed(text).ok()).map(|n| n - 1).sum(); // hit: child
        println!("{sum}"); // hit: child
        match future.as_mut().poll(&mut context) { // hit: child
            Poll::Ready(value) => unsafe { _exit(value as i32) }, // hit: child
            Poll::Pending => println!("still pending"), // miss
        }
    }
    let mut status = 0; // hit: parent
    unsafe { waitpid(pid, &mut status, 0) }; // hit: parent
    println!("child: {}", status >> 8); // hit: parent
}
