//! From commands to the lines that reports count.

use super::syntax::{Command, Kind, Script};
use crate::runtime::statements::{LogicalLines, Span};
use std::collections::BTreeSet;

/// The lines of a script.
pub(super) struct Layout {
    pub(super) lines: LogicalLines,
    /// The first lines of the logical lines at which bash reports a command.
    pub(super) executable: BTreeSet<u32>,
    /// Lines with code at which nothing counts, as `fi`.
    pub(super) without_code: BTreeSet<u32>,
}

/// A subshell does not count: bash gives it its last line, that of `)`. Nor do commands whose lines bash
/// confuses. Commands whose lines in bash overlap share a logical line. It goes on to the end of its
/// commands, or to the next logical line: bash never gives the lines of later words to a command.
pub(super) fn layout(script: &Script) -> Layout {
    let confused = confused(script);
    let counts = |one: &Command| {
        one.kind != Kind::Subshell && !one.is_confused && !confused.contains(&(one.kind, one.reported))
    };
    let mut counted: Vec<Command> = script.commands.iter().copied().filter(counts).collect();
    counted.sort_by_key(|one| one.first);
    let mut spans: Vec<(Span, u32)> = Vec::new();
    for command in counted {
        let span = Span { first: command.first, last: command.reported.max(command.first) };
        match spans.last_mut() {
            Some((before, last)) if span.first <= before.last => {
                before.last = before.last.max(span.last);
                *last = command.last.max(*last);
            }
            _ => spans.push((span, command.last)),
        }
    }
    let next: Vec<u32> = spans.iter().skip(1).map(|(span, _)| span.first).chain([u32::MAX]).collect();
    let ends = spans.into_iter().zip(next);
    let spans = ends.map(|((span, last), next)| Span { last: last.max(span.last).min(next - 1), ..span });
    // A hit of the other command would count for all that is on its line.
    let doubtful: BTreeSet<u32> = confused.iter().map(|(_, line)| *line).collect();
    let is_certain = |span: &Span| doubtful.range(span.first..=span.last).next().is_none();
    with_other_code(spans.filter(is_certain).collect(), &script.code)
}

/// The kinds and lines of commands that another command is taken for: a definition of a function inside
/// another one, or a `for ((…))` inside another one. A hit there can be of either.
fn confused(script: &Script) -> BTreeSet<(Kind, u32)> {
    let confused = script.commands.iter().filter(|one| one.is_confused && one.reported > one.last);
    confused.map(|one| (one.kind, one.reported)).collect()
}

/// Adds the lines of `code` that are part of no statement.
fn with_other_code(statements: Vec<Span>, code: &[Span]) -> Layout {
    let executable = statements.iter().map(|statement| statement.first).collect();
    let mut lines = Vec::with_capacity(statements.len());
    let mut without_code = BTreeSet::new();
    let mut statements = statements.into_iter().peekable();
    for line in code.iter().flat_map(|span| span.first..=span.last) {
        while let Some(statement) = statements.next_if(|statement| statement.first <= line) {
            lines.push(statement);
        }
        if lines.last().is_none_or(|last: &Span| last.last < line) {
            lines.push(Span { first: line, last: line });
            without_code.insert(line);
        }
    }
    lines.extend(statements);
    Layout { lines: LogicalLines::new(lines), executable, without_code }
}
