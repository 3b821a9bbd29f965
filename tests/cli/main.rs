//! The command line: errors, exit statuses, and what the flags do to files.

#[macro_use]
extern crate forkcov_testing;

mod affected;
mod branches;
mod cached;
mod checks_of_compilers;
mod cleaning;
mod config;
mod contexts;
mod cxx_frameworks;
mod data_files;
mod data_in_code;
mod debug_files;
mod descriptors;
mod disk;
mod errors;
mod event_log;
mod exclusions;
mod execs;
mod exit_status;
mod filters;
mod frameworks;
mod front_ends;
mod hints;
mod inlined_functions;
mod labels;
mod lcov;
mod limits;
mod manuals;
mod memory;
mod names;
mod names_of_sources;
mod odd_sources;
mod output;
mod path_maps;
mod python;
mod reports;
mod services;
mod signals;
mod silence;
mod spoilt_counters;
mod started;
mod tracing;
mod trampolines;
mod unprivileged;
mod verbose;
mod versions;
mod zig;

harness!();
