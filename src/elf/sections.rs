//! The content of sections, uncompressed.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use gimli::{EndianSlice, LittleEndian};
use object::read::elf::ElfSection64;
use object::read::{CompressionFormat, Object as _, ObjectSection as _, ReadRef};

use super::Elf;

/// The type of a section's content that gimli reads.
pub(crate) type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The content of a section: borrowed from the file, or uncompressed.
pub(crate) type Bytes<'c> = Cow<'c, [u8]>;

/// What the sections of a file may take uncompressed, in bytes: this, and so many times what they take
/// compressed. Debug information is compressed by four to ten times. A few bytes could claim gigabytes.
const LEAST_ROOM: u64 = 64 << 20;
const MOST_COMPRESSED: u64 = 16;

/// How much the sections of a file that were uncompressed take, and may take.
#[derive(Debug, Default)]
pub(super) struct Uncompressed {
    size: Cell<u64>,
    compressed: Cell<u64>,
    /// The name of the first section for which there was no room.
    refused: RefCell<Option<String>>,
}

impl Uncompressed {
    /// Takes a section into account. False if there is no room for it.
    fn add(&self, name: &str, compressed: u64, size: u64) -> bool {
        self.compressed.set(self.compressed.get().saturating_add(compressed));
        let total = self.size.get().saturating_add(size);
        let has_room =
            total <= LEAST_ROOM.saturating_add(self.compressed.get().saturating_mul(MOST_COMPRESSED));
        if has_room {
            self.size.set(total);
        } else {
            self.refused.borrow_mut().get_or_insert_with(|| {
                format!(
                    "its section {name} would take {} MiB uncompressed, too many for {} KiB \
                     (objcopy --decompress-debug-sections)",
                    size >> 20,
                    compressed.div_ceil(1 << 10)
                )
            });
        }
        has_room
    }
}

impl Elf<'_, '_> {
    /// Why a compressed section was not read, if its size was the reason.
    pub(crate) fn refused_section(&self) -> Option<String> {
        self.uncompressed.refused.borrow().clone()
    }
}

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
    let mut all = elf.file.sections().filter(is_it).map(|section| plain(elf, name, &section));
    let Some(first) = all.next() else {
        return Some(Cow::Borrowed(&[]));
    };
    all.try_fold(first?, |mut content, next| {
        content.to_mut().extend_from_slice(&next?);
        Some(content)
    })
}

/// The content of a section, uncompressed; `None` if it is damaged.
fn plain<'c, R: ReadRef<'c>>(
    elf: &Elf,
    name: &str,
    section: &ElfSection64<'c, '_, object::LittleEndian, R>,
) -> Option<Bytes<'c>> {
    let range = section.compressed_file_range().ok()?;
    let is_compressed = range.format != CompressionFormat::None;
    if is_compressed && !elf.uncompressed.add(name, range.compressed_size, range.uncompressed_size) {
        return None;
    }
    section.compressed_data().ok()?.decompress().ok()
}
