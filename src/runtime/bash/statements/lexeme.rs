//! What tokens are.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Word,
    /// `name=value`, where that is an assignment.
    Assignment,
    /// What stands before a redirection: `2` or `{name}`.
    Descriptor,
    Redirection,
    HereDocument {
        strips_tabs: bool,
    },
    Newline,
    Semicolon,
    Ampersand,
    Pipe,
    /// `&&` or `||`
    AndOr,
    /// `;;`, `;&` or `;;&`
    EndOfClause,
    Open,
    Close,
    /// `((…))`, with the number of semicolons inside.
    Arithmetic {
        semicolons: u32,
    },
    End,
}

/// A token, where it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Located {
    pub(super) token: Token,
    /// The line at which it begins.
    pub(super) first: u32,
    /// The line at which it ends.
    pub(super) last: u32,
    /// The line that bash has reached when it has read it.
    pub(super) reached: u32,
    pub(super) from: usize,
    pub(super) to: usize,
    /// A part of it is quoted or expanded, so it is no reserved word.
    pub(super) is_quoted: bool,
}

/// Where a token is, as far as that decides what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// Where a command begins.
    Command,
    /// Behind an assignment or a redirection that begins a command.
    Prefix,
    Argument,
    /// An argument of a builtin that takes assignments, as `declare`.
    Declaration,
    /// Behind `for`.
    Loop,
    Pattern,
    /// In an array.
    Element,
    /// In `[[…]]`.
    Condition,
    /// Behind `=~`.
    Regexp,
}

impl Position {
    pub(super) fn takes_assignments(self) -> bool {
        matches!(self, Self::Command | Self::Prefix)
    }
}
