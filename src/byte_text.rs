//! Text that can hold any bytes, and gives them back.
//!
//! Names on Linux are bytes, and need not be UTF-8: file names, arguments, host names. The formats of a run
//! hold text. Valid UTF-8 stays as it is there. Each other byte becomes one character of a range for private
//! use: the byte `0xNN` becomes `U+10FENN`. A character of that range in a name becomes its four bytes, each
//! escaped in this way. So different names are different texts.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// The character that stands for the byte 0. Only bytes from 0x80 occur.
const ESCAPE: u32 = 0x10_fe00;

/// The first bytes of every character from [`ESCAPE`] on, in UTF-8.
const PREFIX: [u8; 2] = [0xf4, 0x8f];

/// The text for `bytes`.
pub fn encode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        // Nearly every name: nothing is copied.
        Ok(text) if !bytes.windows(2).any(|pair| pair == PREFIX) => Cow::Borrowed(text),
        _ => Cow::Owned(escaped(bytes)),
    }
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 16);
    let escape = |byte: &u8| char::from_u32(ESCAPE + u32::from(*byte)).unwrap_or(char::REPLACEMENT_CHARACTER);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match byte_of(c) {
                Some(_) => text.extend(c.encode_utf8(&mut [0; 4]).as_bytes().iter().map(escape)),
                None => text.push(c),
            }
        }
        text.extend(chunk.invalid().iter().map(escape));
    }
    text
}

/// The bytes for which `text` stands.
pub fn decode(text: &str) -> Cow<'_, [u8]> {
    if !text.chars().any(|c| byte_of(c).is_some()) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

/// The byte that `c` stands for, if it is an escape.
fn byte_of(c: char) -> Option<u8> {
    u32::from(c).checked_sub(ESCAPE).and_then(|byte| u8::try_from(byte).ok()).filter(|byte| *byte >= 0x80)
}

/// The text for an argument or a name.
pub fn encode_os(name: impl AsRef<OsStr>) -> String {
    encode(name.as_ref().as_bytes()).into_owned()
}

/// The path for which `text` stands.
pub fn decode_path(text: &str) -> Cow<'_, Path> {
    match decode(text) {
        Cow::Borrowed(bytes) => Cow::Borrowed(Path::new(OsStr::from_bytes(bytes))),
        Cow::Owned(bytes) => Cow::Owned(PathBuf::from(OsString::from_vec(bytes))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn utf8_stays_as_it_is() {
        for name in ["/src/naïve.c", "a\u{1b}[2J\n", "\u{10fdff}\u{10ff80}\u{10fe7f}", ""] {
            assert!(
                matches!(encode(name.as_bytes()), Cow::Borrowed(text) if text == name)
                    || encode(name.as_bytes()) == name
            );
            assert_eq!(&*decode(name), name.as_bytes());
        }
    }

    #[test]
    fn other_bytes_are_characters_of_their_own() {
        assert_eq!(encode(b"caf\xe9.c"), "caf\u{10fee9}.c");
        assert_ne!(encode(b"\xe9"), encode(b"\xe8"));
        // The name that is the escape of another name.
        let posing = "caf\u{10fee9}.c".as_bytes();
        assert_ne!(encode(posing), encode(b"caf\xe9.c"));
        assert_eq!(&*decode(&encode(posing)), posing);
    }

    /// Bytes among which escapes, and parts of them, are frequent.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            prop::collection::vec(any::<u8>(), 0..4),
            any::<char>().prop_map(|c| c.to_string().into_bytes()),
            (0x10_fd00_u32..0x10_ff90)
                .prop_filter_map("a character", |c| { Some(char::from_u32(c)?.to_string().into_bytes()) }),
            Just(PREFIX.to_vec()),
        ];
        prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in bytes()) {
            let text = encode(&name);
            prop_assert_eq!(&*decode(&text), &name[..]);
        }

        #[test]
        fn different_names_are_different_texts(one in bytes(), other in bytes()) {
            prop_assert_eq!(encode(&one) == encode(&other), one == other);
        }
    }
}
