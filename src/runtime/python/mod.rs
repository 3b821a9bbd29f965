//! CPython: what the probe needs of an interpreter, and the probe as code that can be put into one. Knows no process.
//!
//! `payload.c` is the probe.

mod interpreter;
mod payload;
pub mod statements;

pub use interpreter::Interpreter;
pub use payload::{Payload, Question, Remark};
