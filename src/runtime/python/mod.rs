//! CPython: what the probe needs of an interpreter, the probe, what differs by version, and the statements of a source.

mod interpreter;
pub mod probe;
pub mod statements;
pub mod versions;

pub use interpreter::Interpreter;
