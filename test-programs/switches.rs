// Matches of Rust: of numbers, with a default and without, of an enum, of ranges, and of characters; in a child, too.
// processes: 2
// tree: parent > child
// variant: plain:
// variant: optimised: -O
include!("role.rs");

use std::env;
use std::hint::black_box;
use std::process::Command;

#[derive(Clone, Copy)]
enum Kind {
    Dot,
    Line,
    Box,
    Circle,
    Star,
    Moon,
}

const KINDS: [Kind; 6] = [Kind::Dot, Kind::Line, Kind::Box, Kind::Circle, Kind::Star, Kind::Moon];

#[inline(never)]
fn corners(kind: Kind) -> u32 {
    match kind {
        Kind::Dot => black_box(1),
        Kind::Line => black_box(20),
        Kind::Box => black_box(4) + 3,
        Kind::Circle => black_box(0),
        Kind::Star => black_box(10) * 2,
        Kind::Moon => black_box(7) - 1,
    }
}

#[inline(never)]
fn number(n: u32) -> u32 {
    match n {
        0 => black_box(5),
        1 => black_box(6) + 1,
        2 | 3 => black_box(8) * 3,
        4 => black_box(9) - 2,
        5 => black_box(3),
        7 => black_box(12) / 5,
        _ => black_box(1),
    }
}

#[inline(never)]
fn range(n: i64) -> u32 {
    match n {
        i64::MIN..=-1 => black_box(1),
        0 => black_box(2),
        1..=9 => black_box(3),
        10 | 20 | 30 => black_box(4),
        _ => black_box(5),
    }
}

#[inline(never)]
fn letter(c: char) -> u32 {
    match c {
        'a' | 'e' | 'i' | 'o' | 'u' => black_box(1),
        'b'..='z' => black_box(2),
        '0'..='9' => black_box(3),
        _ => black_box(4),
    }
}

fn all(first: usize) {
    let mut sum = 0;
    for n in first..first + 4 {
        sum += corners(KINDS[n % 6]) + number(n as u32) + range(n as i64 * 10 - 5);
        sum += letter(b"ae7z -bu"[n % 8] as char);
    }
    black_box(sum);
}

fn main() {
    if env::args().len() > 1 {
        role("child");
        all(3);
        return;
    }
    role("parent");
    all(0);
    let child = env::current_exe().unwrap();
    Command::new(child).arg("again").status().unwrap();
}
