// Branches of Rust: match, if let, iterators, and checks of indexes and of arithmetic, which are none.
// processes: 2
// tree: parent > child
// variant: plain:
// variant: optimised: -O
include!("role.rs");

use std::env;
use std::process::Command;

#[derive(Clone, Copy)]
enum Shape {
    Dot,
    Line(i32),
    Box { width: i32, height: i32 },
}

#[inline(never)]
fn area(shape: Shape) -> i32 {
    match shape {
        Shape::Dot => 0,
        Shape::Line(length) if length < 0 => -length,
        Shape::Line(length) => length,
        Shape::Box { width, height } => width * height,
    }
}

#[inline(never)]
fn larger<T: PartialOrd>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

#[inline(never)]
fn sum(numbers: &[i32], wanted: Option<i32>) -> i32 {
    let mut sum = 0;
    for index in 0..numbers.len() {
        if wanted == Some(numbers[index]) {
            return sum;
        }
        sum += numbers[index];
    }
    sum
}

fn main() {
    let is_child = env::args().nth(1).is_some();
    role(if is_child { "child" } else { "parent" });
    if is_child {
        let total = area(Shape::Line(-3)) + area(Shape::Line(3)) + sum(&[1, 2, 3], Some(3)); // hit: child
        println!("{total} {}", larger("a", "b")); // hit: child
        return;
    }
    let total = area(Shape::Dot) + area(Shape::Box { width: 2, height: 3 }) + sum(&[1, 2], None); // hit: parent
    println!("{total} {} {}", larger(2, 1), larger(1.5, 2.5)); // hit: parent
    let status = Command::new(env::current_exe().unwrap()).arg("child").status().unwrap(); // hit: parent
    assert!(status.success());
}
