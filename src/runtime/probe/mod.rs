//! What all probes have in common. A probe is C code that is put into an interpreter; its C files here and in
//! the folders of the runtimes are compiled by `build.rs`.

#[cfg(test)]
mod host_program;
mod image;
mod question;

#[cfg(test)]
pub(crate) use host_program::HostProgram;
pub use image::{ImportedFunction, ProbeImage};
pub use question::Question;

/// A diagnostic of a probe, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeDiagnostic {
    /// Why lines are missing, or may be.
    pub text: String,
    /// Lines may be wrong or missing. Else there are none.
    pub is_doubt: bool,
}
