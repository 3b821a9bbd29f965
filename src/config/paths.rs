//! `[paths]`: each key is a list of directories, the local one and then those on other machines.

use super::error::ErrorAt;
use super::value::pattern;
use crate::byte_text;
use crate::sources::PathMap;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The maps of `table`, in the order of the file; `directory` is the directory of the file.
pub(super) fn maps(table: &DeTable, directory: &Path) -> Result<Vec<PathMap>, ErrorAt> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries.into_iter().map(|(name, value)| map(name.get_ref(), value, directory)).collect()
}

fn map(name: &str, value: &Spanned<DeValue>, directory: &Path) -> Result<PathMap, ErrorAt> {
    let wrong = |value: &Spanned<DeValue>| {
        let reason =
            format!("`{name}` must be a list of directories: the local one, then those on other machines");
        ErrorAt::new(value.span().start, reason)
    };
    let directories = value.get_ref().as_array().ok_or_else(|| wrong(value))?.iter().map(|value| {
        let text = value.get_ref().as_str();
        text.filter(|text| !text.is_empty()).ok_or_else(|| wrong(value))
    });
    let directories: Vec<&str> = directories.collect::<Result<_, _>>()?;
    let map = of_directories(&directories, directory).ok_or_else(|| wrong(value))?;
    map.check().map_err(|error| ErrorAt::new(value.span().start, format!("`{name}`: {error}")))?;
    Ok(map)
}

/// The map of a list of directories, in a file in `directory`; `None` if the list is empty.
pub(super) fn of_directories(directories: &[impl AsRef<str>], directory: &Path) -> Option<PathMap> {
    let (here, elsewhere) = directories.split_first()?;
    let from = elsewhere.iter().map(|text| byte_text::encode_os(pattern(text.as_ref(), directory)));
    Some(PathMap { from: from.collect(), to: directory.join(here.as_ref()), only_existing: true })
}
