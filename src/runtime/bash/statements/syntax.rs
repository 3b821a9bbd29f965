//! What the parser finds.

use crate::runtime::statements::Span;

/// The kinds of commands to which bash gives a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Simple,
    /// `for`, `select` or `case`: its header.
    Header,
    /// `for ((…))`: its header.
    ArithmeticLoop,
    /// `((…))`
    Arithmetic,
    /// `[[…]]`
    Condition,
    Subshell,
    /// A definition of a function.
    Function,
}

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) kind: Kind,
    /// The line at which it begins.
    pub(super) first: u32,
    /// The line that bash 5.2 gives to it. That of a subshell is its last line.
    pub(super) reported: u32,
    /// Some version of bash gives it the line of another command. Else, each gives it a line from `first` to
    /// `reported`.
    pub(super) is_confused: bool,
    /// The line at which it ends, or its header.
    pub(super) last: u32,
}

/// A part of a compound command: what its header excludes if it is excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clause {
    pub(super) header: Span,
    pub(super) last: u32,
    /// Whether it defines a function.
    pub(super) is_function: bool,
}

/// All that a script has.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// In the order of the source. Those in substitutions are not here: bash gives them wrong lines.
    pub(super) commands: Vec<Command>,
    pub(super) clauses: Vec<Clause>,
    /// Lines with code, ascending.
    pub(super) code: Vec<Span>,
}

impl Script {
    /// How many commands, clauses and spans it has.
    pub(super) fn sizes(&self) -> [usize; 3] {
        [self.commands.len(), self.clauses.len(), self.code.len()]
    }

    /// Removes what was added since it had these sizes.
    pub(super) fn truncate(&mut self, [commands, clauses, code]: [usize; 3]) {
        self.commands.truncate(commands);
        self.clauses.truncate(clauses);
        self.code.truncate(code);
    }
}
