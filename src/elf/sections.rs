//! Sections, uncompressed.

use std::borrow::Cow;

use gimli::{EndianSlice, LittleEndian};
use object::read::elf::ElfSection64;
use object::read::{Object as _, ObjectSection as _, ReadRef};

use super::Elf;

/// How gimli sees a section.
pub(crate) type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The content of a section: of the file, or uncompressed.
pub(crate) type Bytes<'c> = Cow<'c, [u8]>;

/// deflate cannot do better than 1032 to 1, and no debug information comes near: a header that claims more
/// is damaged, and must not cost the memory that it claims.
const MOST_COMPRESSED: u64 = 4096;

/// Lets gimli read a section.
pub(crate) fn slice<'s>(bytes: &'s Bytes<'_>) -> Slice<'s> {
    Slice::new(bytes, LittleEndian)
}

/// A section by its plain name: compressed as the ELF specification has it (`SHF_COMPRESSED`), or as GNU
/// tools had it before (`.zdebug_*`), or not. Empty if there is none, `None` if it is damaged.
///
/// Of several sections of one name, the contents follow one another: a split unit's file has one for each of its
/// type units.
pub(crate) fn section<'c>(elf: &Elf<'c, '_>, name: &str) -> Option<Bytes<'c>> {
    let old = name.strip_prefix(".debug_").map(|rest| format!(".zdebug_{rest}"));
    let old = old.as_ref().map(String::as_bytes);
    let is_it = |section: &ElfSection64<'_, '_, _, _>| {
        let own = section.name_bytes().ok();
        own.is_some() && (own == Some(name.as_bytes()) || own == old)
    };
    let mut all = elf.file.sections().filter(is_it).map(|section| plain(&section));
    let Some(first) = all.next() else {
        return Some(Cow::Borrowed(&[]));
    };
    all.try_fold(first?, |mut content, next| {
        content.to_mut().extend_from_slice(&next?);
        Some(content)
    })
}

/// The content of a section, uncompressed; `None` if it is damaged.
fn plain<'c, R: ReadRef<'c>>(section: &ElfSection64<'c, '_, object::LittleEndian, R>) -> Option<Bytes<'c>> {
    let range = section.compressed_file_range().ok()?;
    if range.uncompressed_size / MOST_COMPRESSED > range.compressed_size {
        return None;
    }
    section.compressed_data().ok()?.decompress().ok()
}
