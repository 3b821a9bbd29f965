//! Changes to a valid input, by a seed: for machines without a coverage-guided fuzzer.

use fastrand::Rng;
use std::ops::Range;

/// Numbers at which readers of files go wrong: limits, and lengths that overflow when something is added to them.
const NUMBERS: [u64; 12] = [
    0,
    1,
    0x7f,
    0x80,
    0xff,
    0x7fff,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x7fff_ffff_ffff_ffff,
    0xffff_ffff_ffff_ffff,
];

/// The longest input that is made.
const LIMIT: usize = 1 << 20;

/// A changed copy of one of `seeds`, which may not be empty. The same `random` gives the same input.
pub fn mutated(seeds: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut bytes = seeds[random.usize(..seeds.len())].clone();
    for _ in 0..random.usize(1..=4) {
        change(&mut bytes, seeds, random);
    }
    bytes.truncate(LIMIT);
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Rng) {
    if bytes.is_empty() {
        return bytes.push(random.u8(..));
    }
    let at = random.usize(..bytes.len());
    match random.u8(0..8) {
        0 => bytes[at] ^= 1 << random.u8(0..8),
        1 => bytes[at] = random.u8(..),
        2 | 3 => write_number(bytes, random),
        4 => bytes.truncate(at),
        5 => drop(bytes.drain(range(bytes.len(), random))),
        6 => {
            let part = bytes[range(bytes.len(), random)].to_vec();
            bytes.splice(at..at, part);
        }
        _ => {
            let other = &seeds[random.usize(..seeds.len())];
            let part = other[range(other.len(), random)].to_vec();
            let end = bytes.len().min(at + part.len());
            bytes[at..end].copy_from_slice(&part[..end - at]);
        }
    }
}

/// Writes one of the numbers over 1, 2, 4 or 8 bytes, in the order of x86-64.
fn write_number(bytes: &mut [u8], random: &mut Rng) {
    let number = NUMBERS[random.usize(..NUMBERS.len())].to_le_bytes();
    let at = random.usize(..bytes.len());
    let length = (1 << random.u8(0..4)).min(bytes.len() - at);
    bytes[at..at + length].copy_from_slice(&number[..length]);
}

/// A short part of `length` bytes.
fn range(length: usize, random: &mut Rng) -> Range<usize> {
    let start = random.usize(..=length);
    let longest = (length - start).min(64);
    start..start + random.usize(..=longest)
}
