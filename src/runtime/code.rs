//! Code units: what an interpreter compiles a source to (CPython: code objects), as probes log them.

use crate::numbers::NumberSet;

/// The record of a code unit, as its probe has written it. Only the runtime can interpret the fields.
#[derive(Debug, Clone, Copy)]
pub struct CodeRecord<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// The line at which it begins.
    pub first_line: i32,
    /// Flags of the interpreter.
    pub flags: u32,
    /// Which instructions belong to which lines, in a format of the interpreter.
    pub line_table: &'a [u8],
    /// Length of its instructions in bytes, where the line table needs that; else 0.
    pub code_size: u32,
}

/// What a runtime reads in a [`CodeRecord`].
#[derive(Debug)]
pub struct CodeUnit {
    /// The executable lines.
    pub lines: NumberSet,
    /// The name.
    pub name: CodeName,
    /// The line at which it begins, if it is a function that the source defines.
    pub definition: Option<u32>,
}

/// The name of a code unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeName {
    /// With the names of the units around it.
    pub qualified: String,
    /// Whether the unit is a function, and not, say, a module or a class.
    pub is_function: bool,
}

/// A line table that is none of the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a malformed line table")]
pub struct Malformed;
