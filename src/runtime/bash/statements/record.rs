//! What the parser notes of commands. Of those in substitutions it notes nothing.

use super::parser::Parser;
use super::syntax::{Clause, Command, Kind};
use crate::runtime::statements::Span;

impl Parser<'_> {
    /// Notes a command that begins. Gives its number.
    pub(super) fn begin(&mut self, kind: Kind, first: u32) -> usize {
        if self.substitutions.is_empty() {
            self.script.commands.push(Command {
                kind,
                first,
                reported: first,
                last: first,
                is_confused: false,
            });
        }
        self.script.commands.len().wrapping_sub(1)
    }

    fn command_of(&mut self, number: usize) -> Option<&mut Command> {
        if self.substitutions.is_empty() { self.script.commands.get_mut(number) } else { None }
    }

    /// Notes the line that bash gives to a command.
    pub(super) fn report(&mut self, number: usize, line: u32) {
        if let Some(command) = self.command_of(number) {
            command.reported = line;
            command.last = command.last.max(line);
        }
    }

    /// Notes that a command, or its header, continues to this line.
    pub(super) fn finish(&mut self, number: usize, line: u32) {
        if let Some(command) = self.command_of(number) {
            command.last = command.last.max(line);
        }
    }

    /// Notes that a command is of this kind, that its header ends at `last`, and that bash gives it the line
    /// `reported`. If this is not `line`, it is that of a command inside it.
    pub(super) fn report_as(&mut self, number: usize, kind: Kind, (line, reported): (u32, u32)) {
        if let Some(command) = self.command_of(number) {
            command.kind = kind;
            command.reported = reported;
            command.is_confused |= line != reported;
        }
    }

    /// Notes whether some version of bash gives a command the line of another one.
    pub(super) fn confuse(&mut self, number: usize, is_confused: bool) {
        if let Some(command) = self.command_of(number) {
            command.is_confused |= is_confused;
        }
    }

    pub(super) fn add_clause(&mut self, header: Span, last: u32) {
        self.add(Clause { header, last, is_function: false });
    }

    pub(super) fn add_function(&mut self, header: Span, last: u32) {
        self.add(Clause { header, last, is_function: true });
    }

    fn add(&mut self, clause: Clause) {
        if self.substitutions.is_empty() {
            self.script.clauses.push(clause);
        }
    }
}
