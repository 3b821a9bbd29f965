//! Scripts of bash, bare and under forkcov: the same output and ending, and the lines that ran.
//!
//! A line of a script that ends in `#+` must be hit, and no other line may be. These are bash's own lines,
//! not statements.

#[macro_use]
extern crate forkcov_testing;

mod attached;
mod constructs;
mod cost;
mod ends;
mod functions;
mod names;
mod script;
mod starts;
mod unseen;

harness!();
