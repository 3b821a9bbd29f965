//! The separate debug file of a stripped object, and the check that it belongs to the object.

use crate::machine;
use crate::quote;
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

use crate::elf::Elf;
use crate::elf::{each_chunk, links};
use crate::object::environment::Environment;
use crate::object::environment::located::{LocatedFile, unreadable};

/// Finds the debug file of `elf`, which has no debug information itself and was opened as `file` at
/// `path`. If there is none, `diagnostics` gets a message for each file that was found and does not
/// belong to `elf`.
pub(crate) fn find(
    elf: &Elf,
    (file, path): (&File, &Path),
    environment: &Environment,
    diagnostics: &mut Vec<String>,
) -> Option<LocatedFile> {
    let id = elf.build_id();
    let link = links::debug_link(elf);
    let by_id = id.iter().flat_map(|id| environment.search.by_build_id(id)).map(|place| (place, None));
    let by_link = link.iter().flat_map(|(name, crc)| {
        let places = environment.search.by_link(&environment.directory_of(path), name);
        places.into_iter().map(|place| (place, Some(*crc)))
    });
    let mut refused = Vec::new();
    for (place, crc) in by_id.chain(by_link) {
        let found = match environment.open(&place) {
            // The link of a program can be the name of the program itself.
            Ok(Some(found)) if !found.is(file) => found,
            Ok(_) => continue,
            Err(error) => {
                refused.push(format!("cannot cover {}: {}", quote::path(path), unreadable(&place, &error)));
                continue;
            }
        };
        match stranger(elf, id.as_deref(), &found, crc) {
            None => return Some(found),
            Some(why) => refused.push(format!(
                "cannot cover {}: {} is not its debug information: {why}",
                quote::path(path),
                quote::path(&place)
            )),
        }
    }
    diagnostics.extend(refused);
    None
}

/// Why `found` is not the debug file of `elf`; `None` if it is. `crc` is that of the link.
fn stranger(elf: &Elf, id: Option<&str>, found: &LocatedFile, crc: Option<u32>) -> Option<String> {
    let cache = found.cache();
    let Ok(debug) = machine::open(&cache) else {
        return Some(found.failure().unwrap_or_else(|| "it is no ELF file of this machine".to_owned()));
    };
    let other = debug.build_id();
    // If only one file has a build-id, the CRC decides.
    if let (Some(own), Some(other)) = (id, &other)
        && own != other
    {
        return Some(format!("its build-id is {other}, not {own}"));
    }
    match crc {
        None if other.is_none() => return Some("it has no build-id".to_owned()),
        None => {}
        Some(expected) => match crc_of(&found.file) {
            Ok(crc) if crc == expected => {}
            Ok(crc) => return Some(format!("its CRC is {crc:08x}, not {expected:08x}")),
            Err(error) => return Some(unreadable(&found.path, &error)),
        },
    }
    if !debug.has_debug_info() {
        return Some("it has no debug information".to_owned());
    }
    // prelink(8) moves a library without changing its build-id.
    (!same_code(elf, &debug)).then(|| "its code has other addresses".to_owned())
}

/// Is the code at the same addresses in both files?
fn same_code(elf: &Elf, debug: &Elf) -> bool {
    if elf.file.elf_section_table().is_empty() {
        let addresses = |elf: &Elf| elf.code_segments().map(|segment| segment.1).collect::<BTreeSet<_>>();
        return addresses(elf) == addresses(debug);
    }
    let sections = |elf: &Elf| elf.code_sections().map(|it| (it.0, it.1)).collect::<BTreeSet<_>>();
    sections(elf) == sections(debug)
}

/// The checksum of `.gnu_debuglink`: the CRC-32 of zlib (gdb's manual, "Debugging Information in
/// Separate Files").
fn crc_of(file: &File) -> io::Result<u32> {
    let mut crc = crc32fast::Hasher::new();
    each_chunk(file, |bytes| crc.update(bytes))?;
    Ok(crc.finalize())
}
