//! forkcov: line coverage of unmodified Linux programs, across every fork.
//!
//! The way of the data is the order of the rooms:
//!
//! | room | what it holds | knows nothing of |
//! |---|---|---|
//! | [`elf`] | an ELF file on disk: headers, sections, segments, symbols | machines, DWARF, processes |
//! | [`machine`] | what differs between machines: registers, instructions, breakpoints, trampolines | DWARF, processes |
//! | [`object`] | the debug information of an ELF file: its lines, sites and functions | processes |
//! | [`cache`] | what was read of objects, for the next run | processes |
//! | [`ptrace`] | the kernel's interface; the only `unsafe` code but one mapping | coverage |
//! | [`tracer`] | the event loop, the process tree, address spaces | DWARF |
//! | [`runtime`] | the probe that runs in Python interpreters, and what it needs of one | processes |
//! | [`record`] | joins them: an image gives sites to plant, a trap gives a hit | formats |
//! | [`data`] | hit files, the data file, `combine` | ptrace, ELF |
//! | [`report`] | one file per format, all from one read-only [`data::view::View`] | SQL |
//!
//! [`sources`] says which source files count and [`changes`] which lines a diff brings (of [`git`], too), [`cli`] what a user
//! may type, [`config`] what a file says where nothing is typed, [`message`] prints on stderr, [`progress`] shows how far a
//! long job is, [`signal_name`] names signals, [`parallel`] uses all CPUs,
//! [`numbers`] has sets of small numbers, [`plural`] makes nouns agree with their numbers.

pub mod cache;
pub mod changes;
pub mod cli;
pub mod config;
pub mod data;
pub mod elf;
pub mod git;
pub mod machine;
pub mod message;
pub mod numbers;
pub mod object;
pub mod parallel;
pub mod plural;
pub mod progress;
pub mod ptrace;
pub mod record;
pub mod report;
pub mod runtime;
pub mod signal_name;
pub mod sources;
pub mod tracer;
