//! CPython: what the probe needs of an interpreter, the probe, what differs by version, and the statements of
//! a source.

pub mod code_names;
mod interpreter;
pub mod line_table;
pub mod probe;
pub mod statements;
mod version;
pub mod versions;

pub use interpreter::Interpreter;
pub use version::Version;
