//! The text of tokens and lines.

use std::borrow::Cow;

/// A here-document whose redirection was read, and whose lines follow.
#[derive(Debug)]
pub(super) struct HereDocument {
    pub(super) delimiter: Vec<u8>,
    pub(super) is_quoted: bool,
    pub(super) strips_tabs: bool,
}

pub(super) fn ends_in_backslash(line: &[u8]) -> bool {
    line.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// `text` without pairs of a backslash and a newline.
pub(super) fn joined(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.windows(2).any(|pair| pair == b"\\\n") {
        return Cow::Borrowed(text);
    }
    let mut joined = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(b"\\\n") {
            rest = after;
        } else {
            joined.push(*byte);
            rest = after;
        }
    }
    Cow::Owned(joined)
}

/// What is left of a word when its quotes are removed.
pub(super) fn without_quotes(word: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(word.len());
    let mut quote = None;
    let mut bytes = word.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (None, b'$') if matches!(bytes.peek(), Some(b'\'' | b'"')) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'\\') => plain.extend(bytes.next()),
            (Some(b'"'), b'\\') if bytes.peek().is_some_and(|next| b"$`\"\\".contains(next)) => {
                plain.extend(bytes.next());
            }
            _ => plain.push(byte),
        }
    }
    plain
}
