//! What forkcov's tests and benchmarks share: the harness, the test programs and what checks them, sandboxes.
//!
//! An integration test is a folder `tests/NAME` (or a file `tests/NAME.rs`) with an entry `harness = false`
//! in `Cargo.toml`. Its root has the lines
//!
//! ```text
//! #[macro_use]
//! extern crate forkcov_testing;
//!
//! harness!();
//! ```
//!
//! With them `#[test]` is the attribute of this crate, and [`needs`] can report a test as ignored, with the
//! reason, when the machine lacks a tool or a right. A suite that makes its tests from data (one for each
//! test program, say) has a `main` instead, which makes them with [`harness::trial`] and runs them with
//! [`harness::run`].

pub mod build;
pub mod c_source;
pub mod copy;
pub mod dispositions;
pub mod environment;
pub mod harness;
pub mod interpreter;
pub mod language;
pub mod marks;
pub mod measured;
pub mod needs;
pub mod paths;
pub mod processes;
pub mod program;
pub mod repeated;
pub mod report;
pub mod roles;
pub mod run;
pub mod sandbox;
pub mod schema;
pub mod traced;
pub mod trials;
pub mod undisturbed;

pub use forkcov_testing_attribute::test;
pub use inventory;

/// The `main` of an integration test that consists of functions with `#[test]`.
#[macro_export]
macro_rules! harness {
    () => {
        fn main() -> ::std::process::ExitCode {
            $crate::harness::main()
        }

        // Without `harness = false`, `main` above would not be called, and no test be run.
        #[cfg_attr(all(), core::prelude::v1::test)]
        fn the_test_has_an_entry_in_cargo_toml_with_harness_false() {
            panic!("Cargo.toml has to have a [[test]] of this name with `harness = false`");
        }
    };
}
