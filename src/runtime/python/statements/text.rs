//! Decoding a source file as Python does.

use super::NotPython;
use encoding_rs::{Encoding, UTF_8};
use std::borrow::Cow;

/// The text of a source, each line ended by `\n` alone.
///
/// The encoding is UTF-8, or what one of the first two lines declares (PEP 263). An unknown encoding is read
/// as ASCII, with all other bytes as letters. All encodings that Python accepts are close enough to that.
pub(super) fn decode(source: &[u8]) -> Result<String, NotPython> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let (marked, bytes) = source.strip_prefix(MARK).map_or((false, source), |rest| (true, rest));
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(NotPython::Null { line: line_of(bytes, at) });
    }
    let declared = declaration(bytes);
    let text = match declared {
        None => utf8(bytes)?,
        Some(name) => match encoding(name) {
            Some(encoding) if encoding == UTF_8 => utf8(bytes)?,
            _ if marked => return Err(NotPython::Encoding { line: 1 }),
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0,
            None => bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { 'é' }).collect(),
        },
    };
    Ok(if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.into_owned() })
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, NotPython> {
    let fail = |error: std::str::Utf8Error| NotPython::Encoding { line: line_of(bytes, error.valid_up_to()) };
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(fail)
}

/// The line, from 1, of the byte at `offset`.
pub(super) fn line_of(bytes: &[u8], offset: usize) -> u32 {
    let breaks = bytes.iter().take(offset).filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks + 1).unwrap_or(u32::MAX)
}

/// The encoding that a comment in the first two lines declares. In the second line it counts only if the
/// first has nothing but a comment.
fn declaration(bytes: &[u8]) -> Option<&str> {
    let mut lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).filter(|line| !line.is_empty()).take(2);
    let first = lines.next()?;
    if let Some(name) = declared_by(first) {
        return Some(name);
    }
    let is_blank = matches!(first.trim_ascii_start().first(), None | Some(b'#'));
    if is_blank { declared_by(lines.next()?) } else { None }
}

/// PEP 263: `^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)`.
fn declared_by(line: &[u8]) -> Option<&str> {
    let comment = line.trim_ascii_start().strip_prefix(b"#")?;
    comment.windows("coding:".len()).enumerate().find_map(|(at, window)| {
        let (b"coding", b":" | b"=") = window.split_at("coding".len()) else { return None };
        let value = comment[at + window.len()..].trim_ascii_start();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let length = value.iter().take_while(|byte| is_part(byte)).count();
        std::str::from_utf8(&value[..length]).ok().filter(|name| !name.is_empty())
    })
}

/// The encoding with a name of Python's or of the Encoding Standard, which spells some names differently.
fn encoding(name: &str) -> Option<&'static Encoding> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let spelled = match name.as_str() {
        "latin-1" | "iso-latin-1" => "latin1",
        "cp932" | "ms932" => "shift_jis",
        "cp936" | "ms936" => "gbk",
        "cp949" => "euc-kr",
        "cp950" => "big5",
        "euc-jp" | "eucjp" | "ujis" => "euc-jp",
        "koi8-r" => "koi8-r",
        // With any suffix: editors write `utf-8-unix`, for example, and Python accepts that, too.
        utf8 if utf8 == "utf8" || utf8 == "utf-8" || utf8.starts_with("utf-8-") => "utf-8",
        other => other,
    };
    Encoding::for_label(spelled.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_python_ends_them() {
        assert_eq!(decode(b"a\r\nb\rc\n").unwrap(), "a\nb\nc\n");
        assert_eq!(decode(b"\xef\xbb\xbfa").unwrap(), "a");
    }

    #[test]
    fn an_encoding_is_declared_in_one_of_the_first_two_lines() {
        assert_eq!(decode(b"# -*- coding: latin-1 -*-\n'\xe9'").unwrap(), "# -*- coding: latin-1 -*-\n'é'");
        assert_eq!(decode(b"#!x\n# vim:fileencoding=koi8-r\n#\xc1").unwrap().chars().last(), Some('а'));
        assert!(decode(b"x\n# coding: latin-1\n#\xc1").is_err(), "the second line after code");
        assert!(decode(b"#\n#\n# coding: latin-1\n#\xc1").is_err(), "the third line");
    }

    #[test]
    fn a_byte_that_is_part_of_another_character_is_no_backslash() {
        // U+8868 in Shift JIS is 0x95 0x5c, and 0x5c alone is a backslash.
        let text = decode(b"# coding: cp932\nx = '\x95\x5c'\n").unwrap();
        assert_eq!(text, "# coding: cp932\nx = '表'\n");
    }

    #[test]
    fn an_unknown_encoding_keeps_what_is_ascii() {
        assert_eq!(decode(b"# coding: cp1006\nx\xff = 1").unwrap(), "# coding: cp1006\nxé = 1");
    }

    #[test]
    fn what_python_cannot_decode_is_not_python() {
        assert_eq!(decode(b"a\n\xff").unwrap_err(), NotPython::Encoding { line: 2 });
        assert_eq!(decode(b"a\n\0").unwrap_err(), NotPython::Null { line: 2 });
        assert!(decode(b"\xef\xbb\xbf# coding: latin-1\n").is_err(), "the mark is UTF-8's");
    }
}
