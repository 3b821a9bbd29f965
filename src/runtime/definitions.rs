//! The functions and classes that a source defines, and which lines are theirs.

use super::statements::Span;

/// A definition of a function or class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// What it defines.
    pub kind: DefinitionKind,
    /// Its name behind those of the definitions around it, with dots; empty if the reader of the source does
    /// not keep names.
    pub name: String,
    /// The line where it begins, decorators included.
    pub first: u32,
    /// The line of its header.
    pub start: u32,
    /// From the first line of its suite to its end.
    pub body: Span,
    /// The class that it is directly in: its place among the definitions of the source.
    pub class: Option<usize>,
}

/// What a definition defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionKind {
    /// A function or a method.
    Function,
    /// A class.
    Class,
}
