//! XML 1.0 documents.

use super::{QUOTE, is_hidden, quoted};
use std::borrow::Cow;
use std::fmt::Write;

/// A name as the value of an attribute or as text, escaped. Characters that do more than to show themselves
/// are character references; those that no document can contain, even so (XML 1.0, 2.2), are quoted.
pub fn name(bytes: &[u8]) -> String {
    let name: Cow<str> = match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(is_allowed) && !text.starts_with(QUOTE) => text.into(),
        _ => quoted(bytes).into(),
    };
    let mut escaped = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if is_hidden(c) => drop(write!(escaped, "&#x{:x};", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_escaped_where_xml_can_and_quoted_where_it_cannot() {
        assert_eq!(name("naïve a.c".as_bytes()), "naïve a.c");
        assert_eq!(name("<a&b>\"'\n\u{9b}\u{202e}".as_bytes()), "&lt;a&amp;b&gt;&quot;'&#xa;&#x9b;&#x202e;");
        assert_eq!(name(b"a\x1b<\xff"), r"$'a\u001b&lt;\xff'");
        assert_eq!(name("\u{ffff}".as_bytes()), r"$'\uffff'");
    }
}
