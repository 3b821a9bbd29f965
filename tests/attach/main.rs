//! `run --attach PID` and `--exit-first-process`: programs that run before forkcov is attached, and after it
//! has ended.
//!
//! The programs are those of `test-programs/attach`; they print their state to stdout and wait for a byte on
//! stdin.

#[macro_use]
extern crate forkcov_testing;

mod errors;
mod forkcov;
mod lines;
mod release;
mod storms;
mod target;
mod titles;
mod unharmed;

harness!();
