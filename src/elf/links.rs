//! Links from an ELF file to other files with its debug information.

use std::borrow::Cow;

use gimli::{EndianSlice, LittleEndian, Reader as _};
use object::read::Object as _;

use super::file::hexadecimal;
use super::{Elf, sections};

/// A link to a file of dwz(1) that several debug files share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SupplementLink {
    /// A path relative to the file that has the link.
    pub(crate) name: Vec<u8>,
    /// The identity that the linked file must have.
    pub(crate) identity: SupplementIdentity,
}

/// The identity of a supplementary file, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SupplementIdentity {
    /// The build-id of `.gnu_debugaltlink`.
    BuildId(String),
    /// The checksum of `.debug_sup` (DWARF 5, 7.3.6).
    Checksum(String),
}

impl SupplementIdentity {
    /// The build-id by which the file can be found below the roots of a search.
    pub(crate) fn build_id(&self) -> &str {
        match self {
            Self::BuildId(id) => id,
            Self::Checksum(_) => "",
        }
    }

    /// Does `elf` have this identity?
    pub(crate) fn is_of(&self, elf: &Elf) -> bool {
        match self {
            Self::BuildId(id) => elf.build_id().is_some_and(|own| own == *id),
            Self::Checksum(sum) => {
                debug_sup(elf).is_some_and(|own| own.is_supplement && own.checksum == *sum)
            }
        }
    }
}

/// Name and CRC of the file to which the debug information was moved.
pub(crate) fn debug_link<'c>(elf: &Elf<'c, '_>) -> Option<(&'c [u8], u32)> {
    elf.file.gnu_debuglink().ok()?.filter(|(name, _)| !name.is_empty())
}

/// The link to the supplementary file.
pub(crate) fn supplement(elf: &Elf) -> Option<SupplementLink> {
    if let Ok(Some((name, id))) = elf.file.gnu_debugaltlink() {
        return Some(SupplementLink {
            name: name.to_owned(),
            identity: SupplementIdentity::BuildId(hexadecimal(id)),
        });
    }
    let own = debug_sup(elf).filter(|own| !own.is_supplement)?;
    Some(SupplementLink { name: own.name, identity: SupplementIdentity::Checksum(own.checksum) })
}

/// The section `.debug_sup`, which both files have.
struct DebugSup {
    is_supplement: bool,
    name: Vec<u8>,
    checksum: String,
}

fn debug_sup(elf: &Elf) -> Option<DebugSup> {
    let bytes: Cow<[u8]> = sections::section(elf, ".debug_sup")?;
    let mut section = EndianSlice::new(&bytes, LittleEndian);
    if section.read_u16().ok()? != 5 {
        return None;
    }
    let is_supplement = section.read_u8().ok()? != 0;
    let name = section.read_null_terminated_slice().ok()?;
    let length = section.read_uleb128().ok()?;
    let checksum = section.split(usize::try_from(length).ok()?).ok()?;
    Some(DebugSup { is_supplement, name: name.slice().to_owned(), checksum: hexadecimal(checksum.slice()) })
}
