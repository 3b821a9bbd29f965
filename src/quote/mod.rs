//! How names are written, for whatever reads them: a terminal, a table of a page, a parser.
//!
//! A name is any bytes: of a source, a function, an argument, a label, a host. Where it cannot stand as it
//! is, it is written as bash(1) writes it, `$'a\nb'`, which can be pasted into a command line. A name that
//! begins with `$'` is written so as well, so that different names never look the same.
//!
//! `docs/names.md` has a table of what each format can hold.

mod command;
pub mod github;
pub mod json;
pub mod lcov;
pub mod markdown;
pub mod xml;

pub use command::command;

use crate::byte_text;
use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A name for a terminal, a log of a CI service, a page or a message: one line, without escape sequences and
/// without marks that reorder text.
pub fn name(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if is_plain(text) => text.into(),
        _ => quoted(bytes).into(),
    }
}

/// Whether a name can stand as it is.
fn is_plain(text: &str) -> bool {
    let is_indented = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    !text.contains(|c| is_hidden(c) || is_invisible(c))
        && !is_indented
        && !is_command(text)
        && !text.starts_with(QUOTE)
}

/// [`name`] of a path.
pub fn path(path: &Path) -> Cow<'_, str> {
    name(path.as_os_str().as_bytes())
}

/// [`name`] of a text that holds bytes (see [`byte_text`]).
pub fn text(text: &str) -> Cow<'_, str> {
    match byte_text::decode(text) {
        Cow::Borrowed(_) => name(text.as_bytes()),
        Cow::Owned(bytes) => name(&bytes).into_owned().into(),
    }
}

/// A line of a source, for a terminal or a page: what would do more than to show itself is replaced. Tabs
/// stay.
pub fn source_line(line: &str) -> Cow<'_, str> {
    let is_replaced = |c: char| is_hidden(c) && c != '\t';
    match line.contains(is_replaced) {
        true => line.replace(is_replaced, "\u{fffd}").into(),
        false => line.into(),
    }
}

/// A message on one line. The names in it are quoted already; this is for what else comes from outside, such
/// as the words of another program.
pub fn message(text: &str) -> Cow<'_, str> {
    escape_where(text, is_hidden)
}

/// A message of several lines.
pub fn message_lines(text: &str) -> Cow<'_, str> {
    escape_where(text, |c| is_hidden(c) && c != '\n')
}

fn escape_where(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) && !is_command(text) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '#' if escaped.ends_with('#') => escaped.push_str(SECOND_HASH),
            c if is_escaped(c) => push_escape(&mut escaped, c),
            c => escaped.push(c),
        }
    }
    escaped.into()
}

/// How a name in quotes begins.
const QUOTE: &str = "$'";

/// The second `#` of a command of a CI service.
const SECOND_HASH: &str = "\\x23";

/// `bytes` as bash(1) reads them in `$'…'` (QUOTING).
fn quoted(bytes: &[u8]) -> String {
    let mut text = QUOTE.to_owned();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' | '\'' => text.extend(['\\', c]),
                // No command of a CI service: see `is_command`.
                '#' if text.ends_with('#') => text.push_str(SECOND_HASH),
                c if is_hidden(c) || is_invisible(c) => push_escape(&mut text, c),
                c => text.push(c),
            }
        }
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
    }
    text.push('\'');
    text
}

fn push_escape(text: &mut String, c: char) {
    match c {
        '\n' => text.push_str("\\n"),
        '\t' => text.push_str("\\t"),
        '\r' => text.push_str("\\r"),
        c if c > '\u{ffff}' => text.push_str(&format!("\\U{:08x}", u32::from(c))),
        c => text.push_str(&format!("\\u{:04x}", u32::from(c))),
    }
}

/// Whether `c` does more than to show itself: control characters, line and paragraph separators, and the
/// marks of the bidirectional algorithm (UAX #9, 2.1 to 2.6). Two are no characters at all.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether `c` is not seen at all, so that two names would look the same. One of these, the byte order mark,
/// may begin a source. Joiners, which scripts and emoji need, are not among them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Whether a CI service would take a line that begins with `text` for a command of its own. `::` begins one
/// for GitHub; `##[`, `##vso[` or `##teamcity[` anywhere in a line is one for GitHub, Azure or TeamCity.
fn is_command(text: &str) -> bool {
    let anywhere = || ["##[", "##vso[", "##teamcity["].iter().any(|start| text.contains(start));
    text.trim_start().starts_with("::") || anywhere()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_stays_as_it_is() {
        for plain in
            ["src/a b.c", "naïve.c", "-x.c", "a::b", "|`<%,>&\"'", "#1", "x=${a##*/}", "שלום.c", "a$'b"]
        {
            assert_eq!(name(plain.as_bytes()), plain);
        }
    }

    #[test]
    fn any_other_name_is_quoted() {
        assert_eq!(name(b"a\nb\t'c'\\\r\x1b"), r"$'a\nb\t\'c\'\\\r\u001b'");
        assert_eq!(name("\u{9b}\u{202e}\u{2028}".as_bytes()), r"$'\u009b\u202e\u2028'");
        assert_eq!(name(b"caf\xe9.c"), r"$'caf\xe9.c'");
        assert_eq!(name("a\u{200b}\u{e0041}b".as_bytes()), r"$'a\u200b\U000e0041b'");
        assert_eq!(name(b"  only a  1-9"), "$'  only a  1-9'");
        assert_eq!(name("a\u{a0}".as_bytes()), "$'a\u{a0}'");
        assert_eq!(name(b"::notice::x"), "$'::notice::x'");
        assert_eq!(name(b" ::notice::x"), "$' ::notice::x'");
        assert_eq!(name(b"###[add-mask]x"), r"$'#\x23#[add-mask]x'");
        assert_eq!(name(br"$'caf\xe9.c'"), r"$'$\'caf\\xe9.c\''");
    }

    #[test]
    fn a_text_that_holds_bytes_is_shown_as_these() {
        assert_eq!(text(&byte_text::encode(b"caf\xe9")), r"$'caf\xe9'");
        assert_eq!(text("café"), "café");
    }

    #[test]
    fn a_line_for_a_terminal_has_no_escape_sequences() {
        assert_eq!(source_line("\tint n; // naïve"), "\tint n; // naïve");
        assert_eq!(source_line("\u{1b}[2J\u{7}x\r\u{9b}1m"), "\u{fffd}[2J\u{fffd}x\u{fffd}\u{fffd}1m");
        assert_eq!(source_line("/*\u{202e} } \u{2066}if*/"), "/*\u{fffd} } \u{fffd}if*/");
    }

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(message("it's \\ a\nb \u{1b}[2J"), "it's \\ a\\nb \\u001b[2J");
        assert_eq!(message_lines("a\nb \u{7}"), "a\nb \\u0007");
        assert_eq!(message("no ##[group]x"), r"no #\x23[group]x");
    }
}
