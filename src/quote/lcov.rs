//! LCOV tracefiles, as described in geninfo(1), FILES. They have no escapes: a record is a line of bytes.

use super::quoted;
use std::borrow::Cow;

/// A name in a record. Only what would end the line, or is a control character, is quoted: genhtml(1) looks
/// for all other files by these bytes.
pub fn name(bytes: &[u8]) -> Cow<'_, [u8]> {
    let ends_line = |c: char| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}');
    let is_line = !bytes.utf8_chunks().any(|chunk| chunk.valid().contains(ends_line));
    if is_line { bytes.into() } else { quoted(bytes).into_bytes().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_on_its_line() {
        for name_of_bytes in [&b"/a b,c\t\xe9.c"[..], "/\u{202e}.c".as_bytes()] {
            assert_eq!(&*name(name_of_bytes), name_of_bytes);
        }
        assert_eq!(&*name(b"/a\nDA:1,1\xff"), br"$'/a\nDA:1,1\xff'");
    }
}
