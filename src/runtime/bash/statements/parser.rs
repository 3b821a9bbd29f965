//! Lists and pipelines, by the grammar of bash's parse.y.

use super::cursor::Cursor;
use super::lexeme::{Located, Position, Token};
use super::syntax::{Kind, Script};
use super::text::{HereDocument, joined};
use super::{NotBash, Stop};
use crate::runtime::statements::Span;
use hashbrown::HashMap;
use std::borrow::Cow;

/// How deep commands, quotes and substitutions may be nested in each other. The parser takes some frames of
/// its stack for each.
const DEEPEST: usize = 100;

/// Words that a command cannot begin with: they continue or end a compound command.
const INNER_WORDS: [&[u8]; 10] =
    [b"then", b"do", b"done", b"fi", b"elif", b"else", b"esac", b"}", b"in", b"]]"];

/// Parses a script.
pub(super) struct Parser<'s> {
    pub(super) cursor: Cursor<'s>,
    pub(super) pending: Vec<HereDocument>,
    /// The arithmetic text behind each `((` that was read: where it ends, and how many semicolons it has.
    pub(super) arithmetics: HashMap<usize, (Cursor<'s>, u32)>,
    /// The script mentions the option `extglob`.
    pub(super) has_extended_patterns: bool,
    /// The token before is `<&` or `>&`.
    pub(super) is_behind_duplication: bool,
    /// As bash has it: the line of the last definition of a function that was begun.
    pub(super) definition: u32,
    /// How many `for ((…))` were begun, and the line of the last one.
    pub(super) arithmetic_loops: (usize, u32),
    /// As bash 5.3 has it: the line of a word that could have begun a simple command, until one is complete.
    pub(super) word_before: Option<u32>,
    next: Option<Located>,
    depth: usize,
    /// The ends of the substitutions around.
    pub(super) substitutions: Vec<u8>,
    pub(super) script: Script,
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s [u8]) -> Self {
        Self {
            cursor: Cursor::new(source),
            pending: Vec::new(),
            arithmetics: HashMap::new(),
            has_extended_patterns: source.windows(7).any(|word| word == b"extglob"),
            is_behind_duplication: false,
            definition: 0,
            arithmetic_loops: (0, 0),
            word_before: None,
            next: None,
            depth: 0,
            substitutions: Vec::new(),
            script: Script::default(),
        }
    }

    /// Parses the whole script. What follows a syntax error is left out, since bash does not run it: not even
    /// the commands that begin on the same line, or the compound command that has the error.
    pub(super) fn parse(mut self) -> Result<Script, NotBash> {
        loop {
            let sizes = self.script.sizes();
            match self.unit() {
                Ok(true) => {}
                Ok(false) => return Ok(self.script),
                Err(Stop::TooDeep { line }) => return Err(NotBash { line }),
                Err(Stop::Syntax) => {
                    self.script.truncate(sizes);
                    return Ok(self.script);
                }
                // After an error in an array, bash continues with the next line.
                Err(Stop::Array) => {
                    self.script.truncate(sizes);
                    self.reset();
                }
            }
        }
    }

    fn reset(&mut self) {
        self.next = None;
        self.depth = 0;
        self.pending.clear();
        self.substitutions.clear();
        self.cursor.skip_line();
    }

    /// A list up to the end of its line: what bash reads before it runs anything. `false` at the end.
    fn unit(&mut self) -> Result<bool, Stop> {
        match self.peek(Position::Command)?.token {
            Token::End => return Ok(false),
            Token::Newline => {
                self.take();
                return Ok(true);
            }
            _ => {}
        }
        loop {
            self.and_or()?;
            if matches!(self.peek(Position::Command)?.token, Token::Semicolon | Token::Ampersand) {
                self.take();
                if !matches!(self.peek(Position::Command)?.token, Token::Newline | Token::End) {
                    continue;
                }
            }
            return match self.peek(Position::Command)?.token {
                Token::Newline => {
                    self.take();
                    Ok(true)
                }
                Token::End => Ok(false),
                _ => self.error(),
            };
        }
    }

    /// A list that a word or token ends, which is not read.
    pub(super) fn list(&mut self) -> Result<(), Stop> {
        self.newlines()?;
        loop {
            self.and_or()?;
            match self.peek(Position::Command)?.token {
                Token::Semicolon | Token::Ampersand | Token::Newline => self.take(),
                _ => return Ok(()),
            };
            self.newlines()?;
            if self.is_at_end_of_list()? {
                return Ok(());
            }
        }
    }

    fn is_at_end_of_list(&mut self) -> Result<bool, Stop> {
        let next = self.peek(Position::Command)?;
        Ok(match next.token {
            Token::Close | Token::EndOfClause | Token::End => true,
            Token::Word if !next.is_quoted => INNER_WORDS.contains(&&*self.text(&next)),
            _ => false,
        })
    }

    /// Pipelines with `&&` and `||` between them.
    fn and_or(&mut self) -> Result<(), Stop> {
        loop {
            self.pipeline()?;
            if self.peek(Position::Command)?.token != Token::AndOr {
                return Ok(());
            }
            self.take();
            self.newlines()?;
        }
    }

    fn pipeline(&mut self) -> Result<(), Stop> {
        let line = self.peek(Position::Command)?.first;
        while self.skip_word(b"!")? || self.skip_time()? {
            // Both can stand alone: then bash makes an empty command.
            let next = self.peek(Position::Command)?;
            if matches!(next.token, Token::Semicolon | Token::Newline | Token::End) {
                let number = self.begin(Kind::Simple, line);
                self.report(number, next.reached);
                return Ok(());
            }
        }
        loop {
            self.command()?;
            if self.peek(Position::Command)?.token != Token::Pipe {
                return Ok(());
            }
            self.take();
            self.newlines()?;
        }
    }

    fn skip_time(&mut self) -> Result<bool, Stop> {
        let is_time = self.skip_word(b"time")?;
        if is_time {
            self.skip_word(b"-p")?;
            self.skip_word(b"--")?;
        }
        Ok(is_time)
    }

    /// A command: a part of a pipeline.
    pub(super) fn command(&mut self) -> Result<(), Stop> {
        if self.compound()? {
            return self.redirections();
        }
        let first = self.peek(Position::Command)?;
        match first.token {
            Token::Word if !first.is_quoted && INNER_WORDS.contains(&&*self.text(&first)) => self.error(),
            Token::Word
            | Token::Assignment
            | Token::Descriptor
            | Token::Redirection
            | Token::HereDocument { .. } => self.simple(),
            _ => self.error(),
        }
    }

    /// Commands in `$(…)` and the like, up to its end.
    pub(super) fn substituted(&mut self, close: u8) -> Result<(), Stop> {
        let outer = (self.next.take(), std::mem::take(&mut self.pending));
        self.substitutions.push(close);
        self.newlines()?;
        if !self.is_at_end_of_list()? {
            self.list()?;
        }
        let end = self.peek(Position::Command)?;
        let is_end = match close {
            b')' => end.token == Token::Close,
            _ => self.text(&end)[..] == [close],
        };
        if !is_end {
            return self.error();
        }
        self.substitutions.pop();
        let inner = std::mem::take(&mut self.pending);
        (self.next, self.pending) = outer;
        self.pending.extend(inner);
        Ok(())
    }

    pub(super) fn is_in_substitution(&self) -> bool {
        self.substitutions.last() == Some(&b')')
    }

    /// Parses what is nested in something else.
    pub(super) fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        if self.depth == DEEPEST {
            return Err(Stop::TooDeep { line: self.cursor.line_read() });
        }
        self.depth += 1;
        inner(self)?;
        self.depth -= 1;
        Ok(())
    }

    /// The next token, which is at `position` if it was not read before.
    pub(super) fn peek(&mut self, position: Position) -> Result<Located, Stop> {
        if let Some(next) = self.next {
            return Ok(next);
        }
        let next = self.read_token(position)?;
        if self.substitutions.is_empty() && next.token != Token::End {
            self.add_code(next);
        }
        self.next = Some(next);
        Ok(next)
    }

    fn add_code(&mut self, token: Located) {
        let Located { first, last, .. } = token;
        // A newline has only the lines of its here-documents.
        let first = if token.token == Token::Newline { first + 1 } else { first };
        match self.script.code.last_mut() {
            _ if first > last => {}
            Some(code) if code.last >= first => code.last = code.last.max(last),
            _ => self.script.code.push(Span { first, last }),
        }
    }

    /// The text of a token. A backslash and a newline are no part of it.
    pub(super) fn text(&self, token: &Located) -> Cow<'s, [u8]> {
        joined(self.cursor.slice(token.from, token.to))
    }

    /// Goes behind the next token.
    pub(super) fn take(&mut self) {
        self.next = None;
    }

    pub(super) fn newlines(&mut self) -> Result<(), Stop> {
        while self.peek(Position::Command)?.token == Token::Newline {
            self.take();
        }
        Ok(())
    }

    /// Reads the next token if it is this word.
    pub(super) fn skip_word(&mut self, word: &[u8]) -> Result<bool, Stop> {
        let is_word = self.is_word(word)?;
        if is_word {
            self.take();
        }
        Ok(is_word)
    }

    /// Whether the next token is this word.
    pub(super) fn is_word(&mut self, word: &[u8]) -> Result<bool, Stop> {
        let next = self.peek(Position::Command)?;
        Ok(next.token == Token::Word && !next.is_quoted && self.text(&next)[..] == *word)
    }

    /// Reads the next token, which must be this word.
    pub(super) fn expect_word(&mut self, word: &[u8]) -> Result<Located, Stop> {
        let next = self.peek(Position::Command)?;
        if self.skip_word(word)? { Ok(next) } else { self.error() }
    }

    /// Reads the next token, which must be this one.
    pub(super) fn expect(&mut self, token: Token, position: Position) -> Result<Located, Stop> {
        let next = self.peek(position)?;
        if next.token != token {
            return self.error();
        }
        self.take();
        Ok(next)
    }

    pub(super) fn error<T>(&self) -> Result<T, Stop> {
        Err(Stop::Syntax)
    }
}
