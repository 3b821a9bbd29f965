//! JSON. It has escapes for all characters, but holds no bytes that are not UTF-8.

use super::{QUOTE, is_hidden, quoted};
use crate::byte_text;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};
use std::borrow::Cow;
use std::io::{self, Write};

/// A name as a string or a key: quoted if it is not UTF-8.
pub fn name(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.starts_with(QUOTE) => text.into(),
        _ => quoted(bytes).into(),
    }
}

/// [`name`] of a text that holds bytes (see [`byte_text`]).
pub fn text(text: &str) -> Cow<'_, str> {
    match byte_text::decode(text) {
        Cow::Borrowed(_) => name(text.as_bytes()),
        Cow::Owned(bytes) => name(&bytes).into_owned().into(),
    }
}

/// Writes a document with escapes for all characters that do more than to show themselves, also for those
/// that JSON could have as they are. Readers get the same strings.
#[derive(Debug, Clone, Default)]
pub struct Escaping<F = CompactFormatter>(pub F);

/// `value` as a document on one line.
///
/// # Errors
/// When `out` cannot be written.
pub fn to_writer(out: &mut dyn Write, value: &impl serde::Serialize) -> io::Result<()> {
    let formatter = Escaping::<CompactFormatter>::default();
    Ok(value.serialize(&mut serde_json::Serializer::with_formatter(out, formatter))?)
}

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
            self.0.write_string_fragment(out, &rest[..at])?;
            write!(out, "\\u{:04x}", u32::from(c))?;
            rest = &rest[at + c.len_utf8()..];
        }
        self.0.write_string_fragment(out, rest)
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(out, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;
    use serde_json::ser::PrettyFormatter;

    #[test]
    fn names_that_are_not_utf_8_are_quoted() {
        assert_eq!(name("a\n\u{1b}naïve".as_bytes()), "a\n\u{1b}naïve");
        assert_eq!(name(b"caf\xe9"), r"$'caf\xe9'");
        assert_eq!(name(br"$'caf\xe9'"), r"$'$\'caf\\xe9\''");
        assert_eq!(text(&byte_text::encode(b"caf\xe9")), r"$'caf\xe9'");
        assert_eq!(text(&byte_text::encode("\u{10fee9}".as_bytes())), "\u{10fee9}");
    }

    #[test]
    fn hidden_characters_are_escaped_and_come_back() {
        let value = ["a\u{9b}b\u{7f}", "\u{202e}", "\n\u{1b}\"", "naïve"];
        let mut out = Vec::new();
        to_writer(&mut out, &value).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, r#"["a\u009bb\u007f","\u202e","\n\u001b\"","naïve"]"#);
        assert_eq!(serde_json::from_str::<Vec<String>>(&out).unwrap(), value);
    }

    #[test]
    fn a_document_is_else_what_it_would_be() {
        let value = serde_json::json!({ "a": [1, 2.5, null, []], "b": { "c": {}, "d": [true] } });
        let mut out = Vec::new();
        let formatter = Escaping(PrettyFormatter::with_indent(b"    "));
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, formatter)).unwrap();
        let mut plain = Vec::new();
        let formatter = PrettyFormatter::with_indent(b"    ");
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut plain, formatter)).unwrap();
        assert_eq!(out, plain);
    }
}
