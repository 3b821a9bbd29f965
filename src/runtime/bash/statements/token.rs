//! Tokens, as read_token of bash's parse.y finds them.

use super::Stop;
use super::lexeme::{Located, Position, Token};
use super::parser::Parser;

impl Parser<'_> {
    /// Reads a token.
    pub(super) fn read_token(&mut self, position: Position) -> Result<Located, Stop> {
        while matches!(self.cursor.peek(), Some(b' ' | b'\t')) {
            self.cursor.next();
        }
        let mut located = Located {
            token: Token::End,
            first: self.cursor.line_here(),
            last: 0,
            reached: 0,
            from: self.cursor.offset(),
            to: 0,
            is_quoted: false,
        };
        let token = match self.cursor.peek() {
            None => Token::End,
            Some(b'#' | b'\n') => {
                self.cursor.skip_line();
                located.first = self.cursor.line_here();
                self.cursor.raw();
                self.here_documents();
                Token::Newline
            }
            Some(byte) if b"()<>;&|".contains(&byte) && position != Position::Regexp => {
                match self.operator(byte, position)? {
                    Some(token) => token,
                    None => return self.word(located, position),
                }
            }
            Some(_) => return self.word(located, position),
        };
        located.to = self.cursor.offset();
        self.end(located, token)
    }

    /// Completes a token that was read just now.
    pub(super) fn end(&self, mut located: Located, token: Token) -> Result<Located, Stop> {
        located.token = token;
        located.last = self.cursor.line_read();
        located.reached = self.cursor.line_of_bash();
        Ok(located)
    }

    /// Reads an operator; `None` if a word begins here, as `<(`.
    fn operator(&mut self, first: u8, position: Position) -> Result<Option<Token>, Stop> {
        let before = self.cursor;
        self.cursor.next();
        // Behind the end of a substitution, bash does not look.
        let is_end = first == b')' && self.is_in_substitution();
        let second = if is_end { None } else { self.cursor.peek() };
        let token = match (first, second) {
            (b'<' | b'>', Some(b'(')) => {
                self.cursor = before;
                return Ok(None);
            }
            (b'<', Some(b'<')) => {
                self.cursor.next();
                match self.cursor.peek() {
                    Some(b'-') => {
                        self.cursor.next();
                        Token::HereDocument { strips_tabs: true }
                    }
                    Some(b'<') => {
                        self.cursor.next();
                        Token::Redirection
                    }
                    _ => Token::HereDocument { strips_tabs: false },
                }
            }
            (b'<', Some(b'&' | b'>')) | (b'>', Some(b'>' | b'&' | b'|')) => {
                self.cursor.next();
                Token::Redirection
            }
            (b'<' | b'>', _) => Token::Redirection,
            (b';', Some(b';')) => {
                self.cursor.next();
                if self.cursor.peek() == Some(b'&') {
                    self.cursor.next();
                }
                Token::EndOfClause
            }
            (b';', Some(b'&')) => {
                self.cursor.next();
                Token::EndOfClause
            }
            (b';', _) => Token::Semicolon,
            (b'&', Some(b'>')) => {
                self.cursor.next();
                if self.cursor.peek() == Some(b'>') {
                    self.cursor.next();
                }
                Token::Redirection
            }
            (b'&', Some(b'&')) | (b'|', Some(b'|')) => {
                self.cursor.next();
                Token::AndOr
            }
            (b'&', _) => Token::Ampersand,
            (b'|', Some(b'&')) => {
                self.cursor.next();
                Token::Pipe
            }
            (b'|', _) => Token::Pipe,
            (b'(', Some(b'(')) if matches!(position, Position::Command | Position::Loop) => {
                self.arithmetic()?
            }
            (b'(', _) => Token::Open,
            _ => Token::Close,
        };
        Ok(Some(token))
    }

    /// Behind the first of two parentheses: an arithmetic command, or else two subshells.
    fn arithmetic(&mut self) -> Result<Token, Stop> {
        let before = self.cursor;
        let (end, semicolons) = match self.arithmetics.get(&before.offset()) {
            Some(known) => *known,
            None => {
                self.cursor.next();
                let semicolons = self.arithmetic_text()?;
                let found = (self.cursor, semicolons);
                self.arithmetics.insert(before.offset(), found);
                found
            }
        };
        if end.peek_raw() == Some(b')') {
            self.cursor.jump(&end);
            self.cursor.raw();
            return Ok(Token::Arithmetic { semicolons });
        }
        // bash reads one byte more before it knows.
        let mut ahead = end;
        ahead.raw();
        self.cursor = before;
        self.cursor.read_ahead(&ahead);
        Ok(Token::Open)
    }
}
