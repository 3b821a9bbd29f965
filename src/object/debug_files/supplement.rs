//! The supplementary file into which dwz(1) moved entries and strings that several debug files share.

use crate::machine;
use crate::quote;
use std::path::Path;

use crate::elf::Elf;
use crate::elf::links;
use crate::object::environment::Environment;
use crate::object::environment::located::{LocatedFile, unreadable};

/// Is there a supplementary file?
pub(crate) enum Supplement {
    /// The debug file needs none.
    Unneeded,
    /// It is needed, and this is it.
    Found(LocatedFile),
    /// It is needed and missing: names and directories may be missing.
    Missing,
}

impl Supplement {
    /// The file, if there is one.
    pub(crate) fn found(&self) -> Option<&LocatedFile> {
        match self {
            Self::Found(found) => Some(found),
            Self::Unneeded | Self::Missing => None,
        }
    }
}

/// Finds the supplementary file of `debug`, the file at `path`. If it is missing, `diagnostics` gets a
/// message.
pub(crate) fn find(
    debug: &Elf,
    path: &Path,
    environment: &Environment,
    diagnostics: &mut Vec<String>,
) -> Supplement {
    let Some(link) = links::supplement(debug) else {
        return Supplement::Unneeded;
    };
    let mut reason = "no such file".to_owned();
    let directory = environment.directory_of(path);
    for place in environment.search.supplement(&directory, &link.name, link.identity.build_id()) {
        match environment.open(&place) {
            Ok(Some(found)) => {
                let is_it = machine::open(&found.cache()).is_ok_and(|elf| link.identity.is_of(&elf));
                if is_it {
                    return Supplement::Found(found);
                }
                let other = || format!("{} is another one", quote::path(&place));
                reason = found.failure().unwrap_or_else(other);
            }
            Ok(None) => {}
            Err(error) => reason = unreadable(&place, &error),
        }
    }
    let name = String::from_utf8_lossy(&link.name);
    diagnostics.push(format!(
        "lines may be missing of {}: it shares debug information with {name}: {reason}",
        quote::path(path)
    ));
    Supplement::Missing
}
