//! `forkcov::object` on what real compilers and linkers make. A tool that is missing skips what needs it, and
//! says so.

mod damage;
mod functions;
mod lines;
mod rules;
mod signal_calls;
mod support;
