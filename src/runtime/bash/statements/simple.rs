//! Simple commands and redirections.

use super::Stop;
use super::lexeme::{Located, Position, Token};
use super::parser::Parser;
use super::syntax::Kind;

/// Builtins whose arguments can be assignments.
const DECLARATIONS: [&[u8]; 8] =
    [b"declare", b"local", b"export", b"readonly", b"typeset", b"alias", b"eval", b"let"];

impl Parser<'_> {
    /// A simple command, or a definition of a function.
    pub(super) fn simple(&mut self) -> Result<(), Stop> {
        let name = self.peek(Position::Command)?;
        if name.token == Token::Word {
            self.take();
            return self.simple_behind(name);
        }
        let number = self.begin(Kind::Simple, name.first);
        let is_confused =
            name.token != Token::Assignment && self.word_before.is_some_and(|it| it < name.first);
        self.confuse(number, is_confused);
        self.word_before = None;
        let (last, reached) = self.element(name)?;
        self.report(number, reached);
        self.arguments(number, Position::Prefix, last)
    }

    /// A simple command, or a definition of a function, whose first word was read.
    pub(super) fn simple_behind(&mut self, name: Located) -> Result<(), Stop> {
        let number = self.begin(Kind::Simple, name.first);
        let position = self.argument_position(&name);
        // bash makes the command when it has read the token behind the first word. Behind an assignment or a
        // redirection it does not look further.
        let second = self.peek(position)?;
        if second.token == Token::Open {
            self.word_before = Some(name.last);
            self.function(&name, number)?;
            self.word_before = None;
            return Ok(());
        }
        self.word_before = None;
        self.report(number, second.reached);
        self.arguments(number, position, name.last)
    }

    fn argument_position(&self, name: &Located) -> Position {
        if DECLARATIONS.contains(&&*self.text(name)) { Position::Declaration } else { Position::Argument }
    }

    /// What follows the beginning of a simple command.
    fn arguments(&mut self, number: usize, mut position: Position, last: u32) -> Result<(), Stop> {
        self.finish(number, last);
        loop {
            let next = self.peek(position)?;
            match next.token {
                Token::Word | Token::Assignment => {
                    self.take();
                    self.finish(number, next.last);
                    if position == Position::Prefix && next.token == Token::Word {
                        position = self.argument_position(&next);
                    }
                }
                Token::Descriptor | Token::Redirection | Token::HereDocument { .. } => {
                    let (last, _) = self.element(next)?;
                    self.finish(number, last);
                    if position == Position::Declaration {
                        position = Position::Argument;
                    }
                }
                Token::Newline => {
                    // With its here-documents.
                    self.finish(number, next.last);
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
    }

    /// The assignment or the redirection that begins with `first`. Gives its last line, and the one that bash
    /// has reached.
    fn element(&mut self, first: Located) -> Result<(u32, u32), Stop> {
        self.take();
        let operator = match first.token {
            Token::Assignment => return Ok((first.last, first.reached)),
            Token::Descriptor => {
                let operator = self.peek(Position::Argument)?;
                self.take();
                operator
            }
            _ => first,
        };
        let strips_tabs = match operator.token {
            Token::Redirection => None,
            Token::HereDocument { strips_tabs } => Some(strips_tabs),
            _ => return self.error(),
        };
        self.is_behind_duplication = self.text(&operator).ends_with(b"&");
        let target = self.peek(Position::Argument);
        self.is_behind_duplication = false;
        let target = target?;
        if target.token != Token::Word {
            return self.error();
        }
        self.take();
        if let Some(strips_tabs) = strips_tabs {
            self.add_here_document(&target, strips_tabs)?;
        }
        Ok((target.last, target.reached))
    }

    /// The redirections of a compound command.
    pub(super) fn redirections(&mut self) -> Result<(), Stop> {
        loop {
            let next = self.peek(Position::Command)?;
            match next.token {
                Token::Descriptor | Token::Redirection | Token::HereDocument { .. } => self.element(next)?,
                _ => return Ok(()),
            };
        }
    }
}
