//! Which lines of a bash script count: bytes in, line numbers out. Nothing is run.
//!
//! The parser does what bash's own does, since a line counts exactly if bash reports commands at it. bash
//! gives a command the line at which its parser stands when it makes the command. That is in most cases the
//! line on which the second word ends.
//!
//! | file | what it finds out |
//! |---|---|
//! | `cursor.rs` | the lines as bash counts them |
//! | `token.rs`, `word.rs`, `heredoc.rs` | tokens, as `lexeme.rs` has them |
//! | `parser.rs`, `simple.rs`, `compound.rs`, `condition.rs` | commands, as `syntax.rs` has them |
//! | `layout.rs` | which lines make a statement |
//! | `exclusion.rs` | which lines are excluded |
//!
//! Commands inside `$(…)`, `` `…` ``, `<(…)`, and strings that `eval` or a trap runs, belong to the statement
//! around them: bash's lines of these are those of the string.

mod compound;
mod condition;
mod cursor;
mod exclusion;
mod heredoc;
mod layout;
mod lexeme;
mod parser;
mod record;
mod simple;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod word;

pub use exclusion::DEFAULT_EXCLUSIONS;

use crate::runtime::Exclusions;
use crate::runtime::statements::{Span, StatementLines, Statements};
use crate::runtime::{Definition, DefinitionKind, SourceUnits};
use layout::layout;
use parser::Parser;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use syntax::{Clause, Script};

/// A source that is nested deeper than any script is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is nested too deeply")]
pub struct NotBash {
    /// The first such line.
    pub line: u32,
}

/// Why the parser stops.
#[derive(Debug, Clone, Copy)]
enum Stop {
    /// At an error of syntax.
    Syntax,
    /// At an error in an array.
    Array,
    /// At something that is nested too deeply.
    TooDeep { line: u32 },
}

/// The statements of `source`, the bytes of a file. Behind a syntax error there are none, as bash runs none.
///
/// What `exclusions` match is excluded, and so are the statements at the lines `also_excluded`, as if a
/// pattern matched there. A header excludes what it is the header of.
///
/// # Errors
/// When it is nested too deeply.
pub fn read(source: &[u8], exclusions: &Exclusions, also_excluded: &[u32]) -> Result<Statements, NotBash> {
    Ok(read_units(source, exclusions, also_excluded)?.statements)
}

/// What [`read`] gives, and the functions, without their names. The line of a definition is its first one.
///
/// # Errors
/// When it is nested too deeply.
pub fn read_units(
    source: &[u8],
    exclusions: &Exclusions,
    also_excluded: &[u32],
) -> Result<SourceUnits, NotBash> {
    let script = parse(source)?;
    let lines = layout(&script);
    let mut matching: BTreeSet<u32> = also_excluded.iter().copied().collect();
    if !exclusions.is_empty() {
        matching.extend(exclusions.matching(&String::from_utf8_lossy(source).replace("\r\n", "\n")));
    }
    let excluded = exclusion::excluded(&matching, &script.clauses, &lines.lines, &lines.executable);
    let statements = Statements::new(StatementLines {
        logical: lines.lines,
        with_code: lines.executable,
        excluded,
        without_code: lines.without_code,
    });
    Ok(SourceUnits { statements, branches: None, definitions: definitions(&script) })
}

fn definitions(script: &Script) -> Vec<Definition> {
    let functions = script.clauses.iter().filter(|clause| clause.is_function);
    let definition = |&Clause { header, last, .. }: &Clause| Definition {
        kind: DefinitionKind::Function,
        name: String::new(),
        first: header.first,
        start: header.last,
        // What defines a function runs outside of it.
        body: Span { first: (header.last + 1).min(last), last },
        class: None,
    };
    let mut definitions: Vec<Definition> = functions.map(definition).collect();
    definitions.sort_by_key(|definition| (definition.first, Reverse(definition.body.last)));
    definitions
}

fn parse(source: &[u8]) -> Result<Script, NotBash> {
    // bash ignores null bytes.
    let source = if source.contains(&0) {
        Cow::Owned(source.iter().copied().filter(|byte| *byte != 0).collect::<Vec<u8>>())
    } else {
        Cow::Borrowed(source)
    };
    Parser::new(&source).parse()
}
