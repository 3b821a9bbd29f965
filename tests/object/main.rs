//! `forkcov::object` on the output of real compilers and linkers. A test of a tool that is not installed is
//! ignored.

#[macro_use]
extern crate forkcov_testing;

mod cached;
mod damage;
mod damage_elsewhere;
mod debian;
mod exports;
mod functions;
mod heads;
mod kinds;
mod lines;
mod places;
mod rules;
mod separate;
mod shapes;
mod shared;
mod signal_calls;
mod split;
mod support;
mod trampolines;

harness!();
