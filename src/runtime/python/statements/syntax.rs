//! A module as a tree of statements: the part of its syntax that determines which lines count.

pub(super) use crate::runtime::statements::Span;

/// A module.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) body: Vec<Statement>,
    /// The logical lines, in order. No two share a line.
    pub(super) lines: Vec<Span>,
}

#[derive(Debug)]
pub(super) enum Statement {
    Simple { span: Span, effect: Effect },
    Compound(Compound),
}

impl Statement {
    /// The first line of the statement; its decorators precede that.
    pub(super) fn first(&self) -> u32 {
        match self {
            Self::Simple { span, .. } => span.first,
            Self::Compound(compound) => compound.clauses.first().map_or(0, |clause| clause.header.first),
        }
    }

    /// The last line of the statement, suites included.
    pub(super) fn last(&self) -> u32 {
        match self {
            Self::Simple { span, .. } => span.last,
            Self::Compound(compound) => compound.last(),
        }
    }
}

/// What a simple statement does, as far as that determines which lines have code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It has code, and the next statement follows.
    Runs,
    /// A string alone. At the beginning of a suite it is a docstring.
    String,
    /// `global` or `nonlocal`, and `del ()`: no code.
    Nothing,
    /// `name: type`: no code in a function.
    Annotates,
    Returns,
    Raises,
    Continues,
    Breaks,
    /// `assert`, with the truth of its test, if the compiler knows it.
    Asserts(Option<bool>),
}

/// A statement with suites.
#[derive(Debug)]
pub(super) struct Compound {
    pub(super) kind: Kind,
    /// Of a definition; otherwise empty.
    pub(super) name: String,
    /// Logical lines of decorators.
    pub(super) decorators: Vec<Span>,
    /// At least one. The first of `match` is its own line, without a suite.
    pub(super) clauses: Vec<Clause>,
}

impl Compound {
    /// The last line.
    pub(super) fn last(&self) -> u32 {
        self.clauses.last().map_or(0, Clause::last)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    If,
    While,
    For,
    Try,
    With,
    Match,
    Function,
    Class,
}

impl Kind {
    /// Whether a string at the beginning of its suite is a docstring.
    pub(super) fn is_definition(self) -> bool {
        matches!(self, Self::Function | Self::Class)
    }
}

/// A header, up to its colon, and its suite.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) role: Role,
    /// The truth of its test, if that is a constant to coverage.py, which knows less of them than the
    /// compiler.
    pub(super) constant: Option<bool>,
    pub(super) header: Span,
    pub(super) body: Vec<Statement>,
}

impl Clause {
    /// The last line.
    pub(super) fn last(&self) -> u32 {
        self.body.last().map_or(self.header.last, Statement::last)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The header of a statement that has no test.
    Head,
    /// `if`, `elif` or `while`, with the truth of its test, if the compiler knows it.
    Test(Option<bool>),
    Else,
    Except,
    /// `except*`
    ExceptGroup,
    Finally,
    Case {
        /// Its pattern matches anything.
        is_irrefutable: bool,
        has_guard: bool,
        /// The truth of the guard, if the compiler knows it. Without a guard, true.
        guard: Option<bool>,
    },
}
