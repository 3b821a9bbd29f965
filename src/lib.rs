//! forkcov: line coverage of unmodified Linux programs, across every fork.
//!
//! This library exists for the `forkcov` program and its tests. It is not a stable interface: any release may
//! change any of it. The command line and the documented file formats are what other programs can rely on.
//!
//! ARCHITECTURE.md describes the rooms (the modules below), and which room may use which. In the order in
//! which the data passes them:
//!
//! | room | what it holds | knows nothing of |
//! |---|---|---|
//! | `elf` | ELF files: headers, sections, segments, symbols | machines, DWARF, processes |
//! | [`machine`] | all that knows x86-64: registers, instructions, breakpoints | DWARF, processes |
//! | [`object`] | the debug information of an ELF file: its lines, sites and functions | processes |
//! | [`cache`] | parsed objects, kept for the next run | processes |
//! | [`ptrace`] | the kernel's interface | coverage |
//! | `tracer` | the event loop, the process tree, address spaces | DWARF |
//! | [`runtime`] | the probes that run in interpreters | processes |
//! | [`record`] | `forkcov run`: sites for the tracer, hits for the hit files | reports |
//! | [`data`] | hit files, the data file, `combine` | ptrace, ELF |
//! | [`report`] | the report formats, all made from one read-only [`data::view::View`] | SQL |
//!
//! Helpers: [`sources`] selects source files. [`changes`] reads which lines a diff adds, and [`git`] makes
//! such a diff. [`cli`] defines the command line, and [`config`] reads its defaults from a file.
//! [`front_ends`] knows how cargo, go and Python run tests.
//! [`message`] prints to stderr, [`progress`] shows progress bars, `signal_name` names signals, `parallel`
//! uses all CPUs, [`numbers`] has sets of small numbers, and [`plural`] makes nouns agree with their
//! numbers. [`plain`] encodes arrays. [`byte_text`] holds any bytes in text, and [`quote`] writes names for
//! whatever reads them.
//!
//! Unsafe code is denied, except in [`ptrace`] and in one type of [`data`], which maps files into memory that
//! processes share. Each unsafe block has its reason.

pub mod byte_text;
pub mod cache;
pub mod changes;
pub mod cli;
pub mod config;
pub mod data;
mod elf;
pub mod front_ends;
pub mod git;
pub mod machine;
pub mod message;
pub mod numbers;
pub mod object;
pub mod output_file;
mod parallel;
pub mod plain;
pub mod plural;
pub mod progress;
pub mod ptrace;
pub mod quote;
mod real_path;
pub mod record;
pub mod report;
pub mod runtime;
mod signal_name;
pub mod source_file;
pub mod sources;
mod tracer;
