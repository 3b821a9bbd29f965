//! What is distributed: the static binary in other systems, and the packages that are made of it.

#[macro_use]
extern crate forkcov_testing;

mod action;
mod archive;
mod composite;
mod deb;
mod files;
mod pytest_plugin;
mod root;
mod static_binary;
mod wheel;
mod yaml;

harness!();
