//! The content of sections, uncompressed.

use std::borrow::Cow;

use gimli::{EndianSlice, LittleEndian};
use object::read::elf::ElfSection64;
use object::read::{Object as _, ObjectSection as _, ReadRef};

use super::Elf;

/// The type of a section's content that gimli reads.
pub(crate) type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The content of a section: borrowed from the file, or uncompressed.
pub(crate) type Bytes<'c> = Cow<'c, [u8]>;

/// deflate compresses by at most 1032 to 1, and debug information by far less. A header that claims more
/// is damaged, and must not make forkcov allocate what it claims.
const MOST_COMPRESSED: u64 = 4096;

/// The content of a section for gimli.
pub(crate) fn slice<'s>(bytes: &'s Bytes<'_>) -> Slice<'s> {
    Slice::new(bytes, LittleEndian)
}

/// The content of the section `name`: compressed as in the ELF specification (`SHF_COMPRESSED`), or as
/// GNU tools once did it (`.zdebug_*`), or not compressed. Empty if there is no such section; `None` if
/// it is damaged.
///
/// The contents of several sections of one name are concatenated: the file of a split unit has a section
/// for each of its type units.
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
