//! Converting a TOML value to the value of a flag.

use super::error::ErrorAt;
use super::keys;
use clap::{Arg, ArgAction, Command, ValueHint};
use std::any::TypeId;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeValue;

/// The values for `flag` as they would be typed: `true` or `false` for a switch, any number of values for a
/// list.
///
/// Paths are relative to `directory`, as are patterns that do not begin with a wildcard.
pub(super) fn texts(
    value: &Spanned<DeValue>,
    flag: &Arg,
    directory: &Path,
) -> Result<Vec<OsString>, ErrorAt> {
    let key = keys::key(flag);
    let is_not = |what: &str| {
        let type_name = value.get_ref().type_str();
        ErrorAt::new(
            value.span().start,
            format!("`{key}` must be {what}, not {} {type_name}", article(type_name)),
        )
    };
    if keys::is_switch(flag) {
        return match value.get_ref() {
            DeValue::Boolean(on) => Ok(vec![on.to_string().into()]),
            _ => Err(is_not("true or false")),
        };
    }
    let values = match (flag.get_action(), value.get_ref()) {
        (ArgAction::Append, DeValue::Array(values)) => values.iter().collect(),
        (ArgAction::Append, _) => return Err(is_not("a list")),
        _ => vec![value],
    };
    values.into_iter().map(|value| text(value, flag, directory)).collect()
}

fn text(value: &Spanned<DeValue>, flag: &Arg, directory: &Path) -> Result<OsString, ErrorAt> {
    let key = keys::key(flag);
    let wrong = |reason: String| ErrorAt::new(value.span().start, reason);
    let text = match (value.get_ref(), is_number(flag)) {
        (DeValue::String(text), false) if text.contains('\0') => {
            return Err(wrong(format!("`{key}` has a null character")));
        }
        (DeValue::String(text), false) => resolved(text, flag, directory),
        (DeValue::Integer(number), true) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.to_string().into(),
            Err(error) => return Err(wrong(format!("`{key}` cannot be {number}: {error}"))),
        },
        (DeValue::Float(number), true) => number.as_str().into(),
        (other, is_number) => {
            let what = if is_number { "a number" } else { "a string" };
            let type_name = other.type_str();
            return Err(wrong(format!("`{key}` must be {what}, not {} {type_name}", article(type_name))));
        }
    };
    match refused(&text, flag) {
        Some(why) => Err(wrong(format!("`{key}` cannot be {:?}: {why}", text.to_string_lossy()))),
        None => Ok(text),
    }
}

/// The string `text`, with paths and patterns made relative to `directory`.
pub(super) fn resolved(text: &str, flag: &Arg, directory: &Path) -> OsString {
    let is_pattern = || flag.get_value_names().is_some_and(|names| names.iter().any(|name| name == "GLOB"));
    if flag.get_value_hint() == ValueHint::AnyPath {
        path(text, directory)
    } else if is_pattern() {
        pattern(text, directory)
    } else {
        text.into()
    }
}

pub(super) fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn is_number(flag: &Arg) -> bool {
    let value = flag.get_value_parser().type_id();
    let numbers = [
        TypeId::of::<u8>(),
        TypeId::of::<u16>(),
        TypeId::of::<u32>(),
        TypeId::of::<u64>(),
        TypeId::of::<usize>(),
        TypeId::of::<i32>(),
        TypeId::of::<i64>(),
        TypeId::of::<f64>(),
    ];
    numbers.iter().any(|number| value == *number)
}

/// `text` relative to `directory`; `-` is stdout, not a path.
fn path(text: &str, directory: &Path) -> OsString {
    if text == "-" { text.into() } else { directory.join(text).into_os_string() }
}

/// A pattern for [`SourceFilter`](crate::sources::SourceFilter) that has the meaning of `text` in
/// `directory`.
pub(super) fn pattern(text: &str, directory: &Path) -> OsString {
    if text.is_empty() || text.starts_with(['*', '?', '/']) || directory.as_os_str().is_empty() {
        return text.into();
    }
    let literal = |byte: &u8| match byte {
        b'[' | b'*' | b'?' => vec![b'[', *byte, b']'],
        _ => vec![*byte],
    };
    let directory = directory.as_os_str().as_bytes().iter().flat_map(literal).collect();
    PathBuf::from(OsString::from_vec(directory)).join(text).into_os_string()
}

/// Why clap refuses `text` as a value of `flag`; `None` if it accepts it.
pub(super) fn refused(text: &OsStr, flag: &Arg) -> Option<String> {
    let parser = flag.get_value_parser();
    let argument = Arg::new("value").value_parser(parser.clone()).allow_hyphen_values(true);
    let command = Command::new("").no_binary_name(true).arg(argument);
    let error = command.try_get_matches_from([OsStr::new("--"), text]).err()?;
    let values = parser.possible_values().map(|values| values.map(|value| value.get_name().to_owned()));
    Some(match (error.source(), values) {
        (Some(why), _) => why.to_string(),
        (None, Some(values)) => format!("expected one of {}", values.collect::<Vec<_>>().join(", ")),
        (None, None) => "it is empty".to_owned(),
    })
}
