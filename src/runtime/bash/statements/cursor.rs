//! Reads a script byte by byte, and counts lines as bash does.

/// A place in a script. bash counts a line when it reads the first byte of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'s> {
    bytes: &'s [u8],
    at: usize,
    line: u32,
    /// The last byte that was read ends a line.
    is_at_end_of_line: bool,
    /// bash has read up to here in advance, and gives this line to all that it finds on the way.
    ahead: Option<(usize, u32)>,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(bytes: &'s [u8]) -> Self {
        Self { bytes, at: 0, line: 1, is_at_end_of_line: false, ahead: None }
    }

    /// The offset of the next byte.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The bytes from `from` to `to`.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'s [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }

    /// What is left of the script.
    pub(super) fn rest(&self) -> &'s [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The line of the next byte.
    pub(super) fn line_here(&self) -> u32 {
        self.line.saturating_add(u32::from(self.is_at_end_of_line))
    }

    /// The line of the last byte that was read.
    pub(super) fn line_read(&self) -> u32 {
        self.line
    }

    /// The line that bash gives to a command which it makes now.
    pub(super) fn line_of_bash(&self) -> u32 {
        match self.ahead {
            Some((end, line)) if self.at <= end => line,
            _ => self.line,
        }
    }

    /// Notes that bash, from here on, has read up to `end`.
    pub(super) fn read_ahead(&mut self, end: &Cursor) {
        if self.ahead.is_none_or(|(known, _)| self.at > known) {
            self.ahead = Some((end.at, end.line));
        }
    }

    /// Goes to the place of `other`.
    pub(super) fn jump(&mut self, other: &Self) {
        *self = Self { ahead: self.ahead, ..*other };
    }

    /// Goes back by `count` bytes, none of which ends a line.
    pub(super) fn go_back(&mut self, count: usize) {
        self.at = self.at.saturating_sub(count);
    }

    /// The next byte.
    pub(super) fn raw(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        self.line = self.line_here();
        self.is_at_end_of_line = byte == b'\n';
        Some(byte)
    }

    /// The next byte behind all pairs of a backslash and a newline.
    pub(super) fn next(&mut self) -> Option<u8> {
        self.peek();
        self.raw()
    }

    /// What [`Self::next`] would give. Pairs of a backslash and a newline are read, and bash counts the line
    /// of the byte behind them.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let before = self.at;
        while self.rest().starts_with(b"\\\n") {
            self.raw();
            self.raw();
        }
        if self.at > before {
            self.line = self.line_here();
            self.is_at_end_of_line = false;
        }
        self.peek_raw()
    }

    /// What [`Self::raw`] would give.
    pub(super) fn peek_raw(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Reads up to the end of the line, but not the newline.
    pub(super) fn skip_line(&mut self) {
        while self.peek_raw().is_some_and(|byte| byte != b'\n') {
            self.raw();
        }
    }
}
