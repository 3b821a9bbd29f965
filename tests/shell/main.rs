//! Scripts of bash, bare and under forkcov: the same output and ending, and the lines that ran.
//!
//! A line of a script that ends in `#+` must be hit, and no other line may be, but those that end in `#?`.
//! These are bash's own lines, not statements: before 5.3, a command with a word of several lines has the
//! last one, and a function with another one in it has the line of that.

#[macro_use]
extern crate forkcov_testing;

mod attached;
mod constructs;
mod cost;
mod debug_information;
mod ends;
mod frameworks;
mod functions;
mod names;
mod oracle;
mod random;
mod script;
mod starts;
mod unseen;
mod versions;

harness!();
