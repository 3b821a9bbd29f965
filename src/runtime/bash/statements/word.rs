//! Words: quotes, expansions, substitutions and arrays, as read_token_word and parse_matched_pair of bash's
//! parse.y read them.

use super::Stop;
use super::lexeme::{Located, Position, Token};
use super::parser::Parser;

/// What a pair of delimiters holds, as far as that decides what is read in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// `'…'`, `"…"`, `` `…` `` and patterns.
    Plain,
    /// `$'…'`
    Escaped,
    /// `${…}`
    Parameter,
    /// `name[…]=`
    Subscript,
    /// `$((…))`, `((…))` and `$[…]`
    Arithmetic,
}

/// How far a word looks like the left side of an assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Empty,
    Name,
    /// In a subscript that is no unit of its own.
    InSubscript,
    Subscript,
    Plus,
    /// The assignment is complete.
    Assigned,
    /// It is none.
    Other,
}

impl Target {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Assigned, _) => self,
            (Self::Name | Self::Subscript | Self::Plus, b'=') => Self::Assigned,
            (Self::Name | Self::Subscript, b'+') => Self::Plus,
            (Self::Empty, b'A'..=b'Z' | b'a'..=b'z' | b'_') => Self::Name,
            (Self::Name, b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'0'..=b'9') => Self::Name,
            (Self::Name, b'[') => Self::InSubscript,
            (Self::InSubscript, b']') => Self::Subscript,
            (Self::InSubscript, _) => self,
            _ => Self::Other,
        }
    }

    /// After something that is quoted or expanded.
    fn after_quoted(self) -> Self {
        if matches!(self, Self::Assigned | Self::InSubscript) { self } else { Self::Other }
    }
}

impl Parser<'_> {
    /// Reads the word that begins here.
    pub(super) fn word(&mut self, mut word: Located, position: Position) -> Result<Located, Stop> {
        let mut target = Target::Empty;
        word.to = self.cursor.offset();
        while let Some(byte) = self.cursor.peek() {
            let is_quoted = match byte {
                b'\\' => {
                    self.cursor.next();
                    self.cursor.raw();
                    true
                }
                b'\'' | b'"' | b'`' => {
                    self.cursor.next();
                    self.pair(byte, byte, Content::Plain)?;
                    true
                }
                b'(' | b'|' if position == Position::Regexp => {
                    self.cursor.next();
                    if byte == b'(' {
                        self.pair(b'(', b')', Content::Plain)?;
                    }
                    false
                }
                b'*' | b'?' | b'+' | b'@' | b'!' if self.is_extended_pattern(&word, position) => {
                    self.cursor.next();
                    self.cursor.next();
                    self.pair(b'(', b')', Content::Plain)?;
                    true
                }
                b'$' => {
                    self.cursor.next();
                    self.dollar()?;
                    true
                }
                b'<' | b'>' => {
                    let before = self.cursor;
                    self.cursor.next();
                    if self.cursor.peek() != Some(b'(') {
                        self.cursor = before;
                        break;
                    }
                    self.cursor.next();
                    self.substitution(b')')?;
                    true
                }
                b'[' if target == Target::Name && position.takes_assignments()
                    || target == Target::Empty && position == Position::Element =>
                {
                    self.cursor.next();
                    self.pair(b'[', b']', Content::Subscript)?;
                    target = Target::Subscript;
                    word.to = self.cursor.offset();
                    continue;
                }
                b'=' if position.takes_assignments() || position == Position::Declaration => {
                    self.cursor.next();
                    let was_assigned = target == Target::Assigned;
                    target = target.after(byte);
                    if target == Target::Assigned && !was_assigned && self.cursor.peek() == Some(b'(') {
                        self.cursor.next();
                        self.array()?;
                    }
                    word.to = self.cursor.offset();
                    continue;
                }
                b' ' | b'\t' | b'\n' | b'(' | b')' | b';' | b'&' | b'|' => break,
                _ => {
                    self.cursor.next();
                    false
                }
            };
            word.is_quoted |= is_quoted;
            target = if is_quoted { target.after_quoted() } else { target.after(byte) };
            word.to = self.cursor.offset();
            // `<&-` and `>&-`
            if byte == b'-' && self.is_behind_duplication && word.to == word.from + 1 {
                break;
            }
        }
        let is_before_redirection = matches!(self.cursor.peek_raw(), Some(b'<' | b'>'));
        let text = self.cursor.slice(word.from, word.to);
        let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        let token = match position {
            _ if is_before_redirection && (is_number || is_variable(text)) => Token::Descriptor,
            position if target == Target::Assigned && position.takes_assignments() => Token::Assignment,
            _ => Token::Word,
        };
        self.end(word, token)
    }

    /// Whether an extended pattern begins here: `@(…)` and the like. It is one wherever else it would be an
    /// error, since a script can switch such patterns on by many ways.
    fn is_extended_pattern(&self, word: &Located, position: Position) -> bool {
        let mut ahead = self.cursor;
        let byte = ahead.next();
        if ahead.next() != Some(b'(') || matches!(position, Position::Regexp) {
            return false;
        }
        let is_command = position == Position::Command;
        let is_definition = is_command && ahead.peek() == Some(b')');
        let is_negation = is_command && byte == Some(b'!') && word.to == word.from;
        !is_definition && (!is_negation || self.has_extended_patterns)
    }

    /// Behind a dollar.
    fn dollar(&mut self) -> Result<(), Stop> {
        match self.cursor.peek() {
            Some(b'(') => {
                self.cursor.next();
                self.substitution(b')')
            }
            Some(b'{') => {
                self.cursor.next();
                self.braces()
            }
            Some(b'[') => {
                self.cursor.next();
                self.pair(b'[', b']', Content::Arithmetic)
            }
            Some(b'\'') => {
                self.cursor.next();
                self.pair(b'\'', b'\'', Content::Escaped)
            }
            Some(b'"') => {
                self.cursor.next();
                self.pair(b'"', b'"', Content::Plain)
            }
            Some(b'$') => {
                self.cursor.next();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Behind `${`: a parameter, or since bash 5.3 a substitution.
    fn braces(&mut self) -> Result<(), Stop> {
        match self.cursor.peek() {
            Some(b' ' | b'\t' | b'\n' | b'|') => {
                self.cursor.next();
                self.substitution(b'}')
            }
            _ => self.pair(b'{', b'}', Content::Parameter),
        }
    }

    /// Behind `$(` or the like: reads commands up to `close`.
    fn substitution(&mut self, close: u8) -> Result<(), Stop> {
        if close == b')' && self.cursor.peek() == Some(b'(') {
            return self.pair(b'(', b')', Content::Arithmetic);
        }
        self.nested(|parser| parser.substituted(close))
    }

    /// Behind `((`: reads up to the first of two parentheses. Gives the number of semicolons.
    pub(super) fn arithmetic_text(&mut self) -> Result<u32, Stop> {
        let mut semicolons = 0;
        self.nested(|parser| {
            semicolons = parser.pair_inside(b'(', b')', Content::Arithmetic)?;
            Ok(())
        })?;
        Ok(semicolons)
    }

    /// Behind `name=(`: reads the elements of an array, and its end.
    fn array(&mut self) -> Result<(), Stop> {
        self.nested(|parser| {
            loop {
                match parser.read_token(Position::Element)?.token {
                    Token::Word | Token::Assignment | Token::Newline => {}
                    Token::Close => return Ok(()),
                    _ => return Err(Stop::Array),
                }
            }
        })
    }

    /// Behind `open`: reads up to the `close` that belongs to it.
    fn pair(&mut self, open: u8, close: u8, content: Content) -> Result<(), Stop> {
        self.nested(|parser| parser.pair_inside(open, close, content).map(drop))
    }

    /// Gives the number of semicolons, without those in what is nested.
    fn pair_inside(&mut self, open: u8, close: u8, content: Content) -> Result<u32, Stop> {
        let mut semicolons = 0_u32;
        let mut depth = 1_usize;
        // What the byte before was.
        let (mut is_escaped, mut is_dollar, mut is_angle) = (false, false, false);
        loop {
            let byte = if open == b'\'' || is_escaped { self.cursor.raw() } else { self.cursor.next() };
            let Some(byte) = byte else { return Err(Stop::Syntax) };
            if is_escaped {
                is_escaped = false;
                continue;
            }
            // A brace inside `${…}` counts only behind a dollar.
            let nests = open != close && byte == open && (open != b'{' || is_dollar);
            if byte == close {
                depth -= 1;
            } else if nests {
                depth += 1;
            }
            if depth == 0 {
                return Ok(semicolons);
            }
            semicolons += u32::from(byte == b';');
            if open == b'\'' {
                is_escaped = content == Content::Escaped && byte == b'\\';
                continue;
            }
            is_escaped = byte == b'\\';
            let opens = matches!(byte, b'(' | b'{' | b'[');
            let is_expansion = if open == close {
                open == b'"' && is_dollar && opens
            } else {
                match content {
                    Content::Subscript | Content::Parameter => is_dollar && opens || is_angle && byte == b'(',
                    Content::Arithmetic => is_dollar && byte == b'(',
                    _ => false,
                }
            };
            if open != close && matches!(byte, b'\'' | b'"' | b'`') {
                let content = if is_dollar && byte == b'\'' { Content::Escaped } else { Content::Plain };
                self.pair(byte, byte, content)?;
            } else if open == b'"' && byte == b'`' {
                self.pair(b'`', b'`', Content::Plain)?;
            } else if is_expansion {
                depth -= usize::from(nests);
                match byte {
                    b'(' => self.substitution(b')')?,
                    b'{' => self.braces()?,
                    _ => self.pair(b'[', b']', Content::Arithmetic)?,
                }
            }
            is_angle = matches!(byte, b'<' | b'>') && !is_angle;
            is_dollar = byte == b'$' && !is_dollar;
        }
    }
}

/// Whether `text` is `{name}`, which stands before a redirection.
fn is_variable(text: &[u8]) -> bool {
    let Some(name) = text.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")) else { return false };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = name.iter().take_while(|byte| is_name(byte)).count();
    let is_element = name.get(length) == Some(&b'[') && name.ends_with(b"]");
    length > 0 && !name[0].is_ascii_digit() && (length == name.len() || is_element)
}
