//! `[[…]]`, as cond_expr of bash's parse.y reads it.

use super::Stop;
use super::lexeme::{Located, Position, Token};
use super::parser::Parser;
use super::syntax::Kind;

const UNARY: &[u8] = b"abcdefghknoprstuvwxzGLNORS";
const BINARY: [&[u8]; 13] =
    [b"=", b"==", b"!=", b"=~", b"-nt", b"-ot", b"-ef", b"-eq", b"-ne", b"-lt", b"-le", b"-gt", b"-ge"];

impl Parser<'_> {
    /// `[[…]]`, whose first word is the next token.
    pub(super) fn condition(&mut self, first: Located) -> Result<(), Stop> {
        self.take();
        let number = self.begin(Kind::Condition, first.first);
        self.expression()?;
        let end = self.peek_in_condition()?;
        if !self.is_end_of_condition(&end) {
            return self.error();
        }
        self.take();
        self.report(number, end.reached);
        Ok(())
    }

    /// Terms with `&&` and `||` between them.
    fn expression(&mut self) -> Result<(), Stop> {
        loop {
            self.term()?;
            if self.peek_in_condition()?.token != Token::AndOr {
                return Ok(());
            }
            self.take();
        }
    }

    fn term(&mut self) -> Result<(), Stop> {
        loop {
            let first = self.peek_behind_newlines()?;
            let text = self.text(&first);
            match first.token {
                Token::Open => {
                    self.take();
                    self.nested(Self::expression)?;
                    self.expect(Token::Close, Position::Condition)?;
                    self.peek_behind_newlines()?;
                    return Ok(());
                }
                Token::Word if self.is_end_of_condition(&first) => return self.error(),
                Token::Word if text[..] == *b"!" => self.take(),
                Token::Word if text.len() == 2 && text[0] == b'-' && UNARY.contains(&text[1]) => {
                    self.take();
                    return self.operand(Position::Condition);
                }
                Token::Word => {
                    self.take();
                    return self.comparison();
                }
                _ => return self.error(),
            }
        }
    }

    /// What follows the first word of a term.
    fn comparison(&mut self) -> Result<(), Stop> {
        let operator = self.peek_in_condition()?;
        let text = self.text(&operator);
        match operator.token {
            Token::Word if self.is_end_of_condition(&operator) => Ok(()),
            Token::AndOr | Token::Close => Ok(()),
            Token::Word if BINARY.contains(&&*text) => {
                self.take();
                self.operand(if text[..] == *b"=~" { Position::Regexp } else { Position::Condition })
            }
            Token::Redirection if matches!(&text[..], b"<" | b">") => {
                self.take();
                self.operand(Position::Condition)
            }
            _ => self.error(),
        }
    }

    fn operand(&mut self, position: Position) -> Result<(), Stop> {
        let operand = self.expect(Token::Word, position)?;
        if self.is_end_of_condition(&operand) {
            return Err(Stop::Syntax);
        }
        self.peek_behind_newlines()?;
        Ok(())
    }

    fn is_end_of_condition(&self, token: &Located) -> bool {
        token.token == Token::Word && !token.is_quoted && self.text(token)[..] == *b"]]"
    }

    fn peek_in_condition(&mut self) -> Result<Located, Stop> {
        self.peek(Position::Condition)
    }

    fn peek_behind_newlines(&mut self) -> Result<Located, Stop> {
        while self.peek_in_condition()?.token == Token::Newline {
            self.take();
        }
        self.peek_in_condition()
    }
}
