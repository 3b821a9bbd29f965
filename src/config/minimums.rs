//! `[minimum]`: each key is a pattern of sources, and its value what each of them must reach.

use super::error::ErrorAt;
use super::value::{article, pattern};
use crate::byte_text;
use crate::report::minimum::{Minimum, percentage};
use crate::sources;
use std::borrow::Cow;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The minimums of `table`, in the order of the file; `directory` is the directory of the file.
pub(super) fn minimums(table: &DeTable, directory: &Path) -> Result<Vec<Minimum>, ErrorAt> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let minimum = |(name, value): (&Spanned<Cow<str>>, &Spanned<DeValue>)| {
        let pattern = byte_text::encode_os(pattern(name.get_ref(), directory));
        sources::check_pattern(&pattern)
            .map_err(|error| ErrorAt::new(name.span().start, error.to_string()))?;
        Ok(Minimum { pattern, percent: percent(name.get_ref(), value)? })
    };
    entries.into_iter().map(minimum).collect()
}

fn percent(name: &str, value: &Spanned<DeValue>) -> Result<f64, ErrorAt> {
    let wrong = |reason: String| ErrorAt::new(value.span().start, reason);
    let number = match value.get_ref() {
        DeValue::Integer(number) => number.as_str(),
        DeValue::Float(number) => number.as_str(),
        other => {
            let type_name = other.type_str();
            let article = article(type_name);
            return Err(wrong(format!("`{name}` must be a percentage, not {article} {type_name}")));
        }
    };
    percentage(number).map_err(|reason| wrong(format!("`{name}` cannot be {number}: {reason}")))
}
