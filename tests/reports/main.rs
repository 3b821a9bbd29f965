//! The reports, from views made by hand.

#[macro_use]
extern crate forkcov_testing;

mod branches;
mod formats;
mod html;
mod services;
mod support;
mod tree;

harness!();
