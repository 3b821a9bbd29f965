//! `[paths]`: each key a list, first where sources are here, then where they are on other machines.

use super::error::Wrong;
use super::value::pattern;
use crate::sources::PathMap;
use std::path::Path;
use toml::de::DeTable;

/// The maps of `table`, in the order of the file; `directory` is the file's.
pub(super) fn maps(table: &DeTable, directory: &Path) -> Result<Vec<PathMap>, Wrong> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let map = |(key, value): &(&toml::Spanned<_>, &toml::Spanned<toml::de::DeValue>)| {
        let wrong = |at: usize| {
            let name: &std::borrow::Cow<str> = key.get_ref();
            Wrong::new(at, format!("`{name}` is a list of directories: the one here, then those elsewhere"))
        };
        let values = value.get_ref().as_array().ok_or_else(|| wrong(value.span().start))?;
        let mut texts = Vec::new();
        for value in values.iter() {
            let text = value.get_ref().as_str().filter(|text| !text.is_empty());
            texts.push(text.ok_or_else(|| wrong(value.span().start))?);
        }
        let [here, elsewhere @ ..] = &texts[..] else { return Err(wrong(value.span().start)) };
        let from = elsewhere.iter().map(|text| pattern(text, directory).to_string_lossy().into_owned());
        Ok(PathMap { from: from.collect(), to: directory.join(here), only_existing: true })
    };
    entries.iter().map(map).collect()
}
