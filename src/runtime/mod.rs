//! Language runtimes: what forkcov needs of each interpreter whose programs it covers.

pub mod probe;
pub mod protocol;
pub mod python;
