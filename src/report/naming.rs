//! The names of files, exits and functions in reports.

use crate::data::Exit;
use crate::data::view::Function;
use crate::quote;
use crate::signal_name::signal_name;
use crate::sources::Here;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The name of a source file for people: relative to the current directory if it is below it.
pub(super) fn file_name<'p>(here: &Here, path: &'p Path) -> Cow<'p, str> {
    quote::path(here.relative(path))
}

/// [`file_name`] for a report in JSON.
pub(super) fn file_name_in_json<'p>(here: &Here, path: &'p Path) -> Cow<'p, str> {
    quote::json::name(here.relative(path).as_os_str().as_bytes())
}

/// How a process ended, in a word or two.
pub(super) fn ending(exit: Option<Exit>) -> String {
    match exit {
        Some(Exit::Code(code)) => format!("exit {code}"),
        Some(Exit::Signal(number)) => signal_name(number),
        None => "unknown".to_owned(),
    }
}

/// The functions of a file under distinct names. A report identifies a function by its name, but several
/// lambdas or closures of a file may share a name: each of these gets its line appended.
pub(super) fn distinct(functions: &[Function]) -> Vec<(Cow<'_, str>, &Function)> {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for function in functions {
        *uses.entry(&function.name).or_default() += 1;
    }
    let name = |function: &'_ Function| match uses[function.name.as_str()] {
        1 => None,
        _ => Some(format!("{}:{}", function.name, function.line)),
    };
    functions
        .iter()
        .map(|function| (name(function).map_or(Cow::Borrowed(function.name.as_str()), Cow::Owned), function))
        .collect()
}
