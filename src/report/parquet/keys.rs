//! The number of a source: the same wherever and whenever the same content ran under the same name.

use super::name_of;
use crate::data::SourceSnapshot;
use std::path::Path;

/// The number of the source with this name, relative to the root of its repository, and this content; `None`
/// if no content is known. It is the first 8 bytes of the BLAKE3 hash of the name, a zero byte, and the hash
/// of the content (docs/fleet.md).
pub(super) fn source(name: &Path, snapshot: Option<SourceSnapshot>) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(name_of(name).as_bytes());
    hasher.update(&[0]);
    if let Some(SourceSnapshot::Hash(hash)) = snapshot {
        hasher.update(&hash);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    i64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_depends_on_the_name_and_on_the_content() {
        let of = |name: &str, content: &[u8]| source(Path::new(name), Some(SourceSnapshot::of(content)));
        assert_eq!(of("src/a.c", b"x"), of("src/a.c", b"x"));
        assert_ne!(of("src/a.c", b"x"), of("src/b.c", b"x"));
        assert_ne!(of("src/a.c", b"x"), of("src/a.c", b"y"));
        assert_ne!(of("src/a.c", b"x"), source(Path::new("src/a.c"), None));
    }
}
