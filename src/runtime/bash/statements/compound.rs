//! Compound commands and definitions of functions.

use super::Stop;
use super::lexeme::{Located, Position, Token};
use super::parser::Parser;
use super::syntax::Kind;
use crate::runtime::statements::Span;

impl Parser<'_> {
    /// Parses the compound command that begins here; `false` if none does.
    pub(super) fn compound(&mut self) -> Result<bool, Stop> {
        let first = self.peek(Position::Command)?;
        match first.token {
            Token::Open => self.nested(|parser| parser.subshell(first))?,
            Token::Arithmetic { .. } => {
                self.take();
                let number = self.begin(Kind::Arithmetic, first.first);
                self.report(number, first.reached);
            }
            Token::Word if !first.is_quoted => {
                let word = self.text(&first).into_owned();
                return self.reserved(&word, first);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Parses what the reserved word `first` begins; `false` if it is none.
    fn reserved(&mut self, word: &[u8], first: Located) -> Result<bool, Stop> {
        match word {
            b"{" => self.nested(|parser| parser.group(first))?,
            b"if" => self.nested(|parser| parser.choice(first))?,
            b"while" | b"until" => self.nested(|parser| parser.repetition(first))?,
            b"for" | b"select" => self.nested(|parser| parser.loop_over(first))?,
            b"case" => self.nested(|parser| parser.case(first))?,
            b"[[" => self.nested(|parser| parser.condition(first))?,
            b"function" => self.nested(|parser| parser.function_by_word(first))?,
            b"coproc" => self.nested(|parser| parser.coprocess())?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn subshell(&mut self, open: Located) -> Result<(), Stop> {
        self.take();
        let number = self.begin(Kind::Subshell, open.first);
        self.list()?;
        let close = self.expect(Token::Close, Position::Command)?;
        self.report(number, close.reached);
        self.add_clause(lines(open, open), close.last);
        Ok(())
    }

    fn group(&mut self, open: Located) -> Result<(), Stop> {
        self.take();
        self.list()?;
        let close = self.expect_word(b"}")?;
        self.add_clause(lines(open, open), close.last);
        Ok(())
    }

    /// `if` or `elif`, and what follows, up to `fi`.
    fn choice(&mut self, first: Located) -> Result<(), Stop> {
        let mut first = first;
        loop {
            self.take();
            self.list()?;
            let then = self.expect_word(b"then")?;
            self.list()?;
            let next = self.peek(Position::Command)?;
            self.add_clause(lines(first, then), before(next, then));
            if self.is_word(b"elif")? {
                first = next;
                continue;
            }
            if self.skip_word(b"else")? {
                self.list()?;
                let end = self.peek(Position::Command)?;
                self.add_clause(lines(next, next), before(end, next));
            }
            self.expect_word(b"fi")?;
            return Ok(());
        }
    }

    fn repetition(&mut self, first: Located) -> Result<(), Stop> {
        self.take();
        self.list()?;
        let open = self.expect_word(b"do")?;
        self.list()?;
        let close = self.expect_word(b"done")?;
        self.add_clause(lines(first, open), close.last);
        Ok(())
    }

    /// `for` or `select`.
    fn loop_over(&mut self, first: Located) -> Result<(), Stop> {
        self.take();
        let number = self.begin(Kind::Header, first.first);
        let name = self.peek(Position::Loop)?;
        self.take();
        let is_arithmetic = matches!(name.token, Token::Arithmetic { .. });
        if is_arithmetic {
            self.arithmetic_loops = (self.arithmetic_loops.0 + 1, name.first);
        }
        let loops_before = self.arithmetic_loops.0;
        match name.token {
            Token::Arithmetic { semicolons: 2 } => {
                self.finish(number, name.last);
                if self.peek(Position::Command)?.token == Token::Semicolon {
                    self.take();
                }
                self.newlines()?;
            }
            Token::Word => {
                self.report(number, name.reached);
                self.values(number)?;
            }
            _ => return self.error(),
        }
        let open = self.peek(Position::Command)?;
        let close = if self.skip_word(b"{")? {
            self.list()?;
            self.expect_word(b"}")?
        } else {
            self.expect_word(b"do")?;
            self.list()?;
            self.expect_word(b"done")?
        };
        if is_arithmetic {
            self.report_as(number, Kind::ArithmeticLoop, (name.first, self.arithmetic_loops.1));
        } else {
            self.confuse_header(number, loops_before);
        }
        self.add_clause(lines(first, open), close.last);
        Ok(())
    }

    /// What follows the name in a `for`, up to the body.
    fn values(&mut self, number: usize) -> Result<(), Stop> {
        if self.peek(Position::Command)?.token == Token::Semicolon {
            self.take();
            return self.newlines();
        }
        self.newlines()?;
        if !self.skip_word(b"in")? {
            return Ok(());
        }
        loop {
            let next = self.peek(Position::Argument)?;
            self.take();
            match next.token {
                Token::Word => self.finish(number, next.last),
                Token::Semicolon | Token::Newline => return self.newlines(),
                _ => return Err(Stop::Syntax),
            }
        }
    }

    /// bash up to 5.1 gives a header the line of another one, or none, if there is a `for ((…))` in its body.
    fn confuse_header(&mut self, number: usize, loops_before: usize) {
        self.confuse(number, self.arithmetic_loops.0 > loops_before);
    }

    fn case(&mut self, first: Located) -> Result<(), Stop> {
        self.take();
        let number = self.begin(Kind::Header, first.first);
        let word = self.expect(Token::Word, Position::Argument)?;
        self.report(number, word.reached);
        self.newlines()?;
        let start = self.expect_word(b"in")?;
        self.finish(number, start.last);
        let loops_before = self.arithmetic_loops.0;
        loop {
            while self.peek(Position::Pattern)?.token == Token::Newline {
                self.take();
            }
            if self.is_word(b"esac")? {
                break;
            }
            if !self.case_clause()? {
                break;
            }
        }
        let end = self.expect_word(b"esac")?;
        self.confuse_header(number, loops_before);
        self.add_clause(lines(first, start), end.last);
        Ok(())
    }

    /// Patterns and their commands. Whether a further clause can follow.
    fn case_clause(&mut self) -> Result<bool, Stop> {
        let first = self.peek(Position::Pattern)?;
        if first.token == Token::Open {
            self.take();
        }
        let close = loop {
            let pattern = self.expect(Token::Word, Position::Pattern)?;
            self.word_before = Some(pattern.last);
            let next = self.peek(Position::Pattern)?;
            self.take();
            match next.token {
                Token::Pipe if self.text(&next)[..] == *b"|" => {}
                Token::Close => break next,
                _ => return Err(Stop::Syntax),
            }
        };
        self.newlines()?;
        let is_empty = self.peek(Position::Command)?.token == Token::EndOfClause || self.is_word(b"esac")?;
        if !is_empty {
            self.list()?;
        }
        let end = self.peek(Position::Command)?;
        if end.token == Token::EndOfClause {
            self.take();
            self.add_clause(lines(first, close), end.last);
            return Ok(true);
        }
        self.add_clause(lines(first, close), before(end, close));
        Ok(false)
    }

    /// `function NAME`
    fn function_by_word(&mut self, first: Located) -> Result<(), Stop> {
        self.take();
        let number = self.begin(Kind::Function, first.first);
        let name = self.expect(Token::Word, Position::Argument)?;
        self.definition = name.reached;
        if self.peek(Position::Command)?.token == Token::Open {
            let open = self.peek(Position::Command)?;
            self.take();
            // `function name (list)` has a subshell for its body.
            if self.peek(Position::Command)?.token != Token::Close {
                return self.function_body(number, first, |parser| parser.subshell_behind(open));
            }
            let close = self.peek(Position::Command)?;
            self.definition = close.reached;
            self.take();
        }
        self.newlines()?;
        self.function_body(number, first, Self::body)
    }

    /// `NAME ()`: the parenthesis is the next token.
    pub(super) fn function(&mut self, name: &Located, number: usize) -> Result<(), Stop> {
        self.take();
        let close = self.expect(Token::Close, Position::Argument)?;
        self.definition = close.reached;
        self.newlines()?;
        self.nested(|parser| parser.function_body(number, *name, Self::body))
    }

    fn body(&mut self) -> Result<(), Stop> {
        if self.compound()? { Ok(()) } else { self.error() }
    }

    fn subshell_behind(&mut self, open: Located) -> Result<(), Stop> {
        let number = self.begin(Kind::Subshell, open.first);
        self.list()?;
        let close = self.expect(Token::Close, Position::Command)?;
        self.report(number, close.reached);
        Ok(())
    }

    fn function_body(
        &mut self,
        number: usize,
        first: Located,
        body: impl FnOnce(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let own = self.definition;
        body(self)?;
        let last = self.cursor.line_read();
        self.redirections()?;
        self.finish(number, own);
        self.report_as(number, Kind::Function, (own, self.definition));
        self.add_function(Span { first: first.first, last: own.max(first.first) }, last);
        Ok(())
    }

    fn coprocess(&mut self) -> Result<(), Stop> {
        self.take();
        if self.compound()? {
            return Ok(());
        }
        let name = self.peek(Position::Command)?;
        if name.token != Token::Word {
            return self.simple();
        }
        // A name can stand before a compound command, but not before a simple one.
        self.take();
        self.word_before = Some(name.last);
        if self.compound()? { Ok(()) } else { self.simple_behind(name) }
    }
}

fn lines(first: Located, last: Located) -> Span {
    Span { first: first.first, last: last.last }
}

/// The last line before `next` that does not belong to it, behind `header`.
fn before(next: Located, header: Located) -> u32 {
    next.first.saturating_sub(1).max(header.last)
}
