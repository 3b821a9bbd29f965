//! Workflow commands, as described on GitHub's page "Workflow commands for GitHub Actions".

use super::{QUOTE, is_hidden, quoted};
use std::borrow::Cow;

/// The message of a command: `escapeData` of `@actions/core`.
pub fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A name as a property of a command: `escapeProperty` of `@actions/core`. It stays the name that GitHub
/// looks for, unless it is not UTF-8, or has characters that a terminal obeys (console_codes(4)) and GitHub
/// has no escape for: then it is quoted.
pub fn property(name: &[u8]) -> String {
    let is_harmless = |c: char| matches!(c, '\n' | '\r' | '\u{1}'..='\u{6}');
    let text: Cow<str> = match std::str::from_utf8(name) {
        Ok(text) if !text.contains(|c| is_hidden(c) && !is_harmless(c)) && !text.starts_with(QUOTE) => {
            text.into()
        }
        _ => quoted(name).into(),
    };
    data(&text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_stays_in_its_place() {
        assert_eq!(property("src/naïve a.c".as_bytes()), "src/naïve a.c");
        assert_eq!(property(b"a,b=1::x%\r\n.c"), "a%2Cb=1%3A%3Ax%25%0D%0A.c");
        assert_eq!(property(b"\xe9,\x1b\n.c"), r"$'\xe9%2C\u001b\n.c'");
        assert_eq!(data("100%\n"), "100%25%0A");
    }
}
