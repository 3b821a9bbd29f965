//! `forkcov lcov`: a tracefile as geninfo(1), FILES, describes it.
//!
//! The count of a line (`DA`) or of a function (`FNDA`) is the number of processes that ran it.

use super::counts::LineCounts;
use super::coverage::{Coverage, FileCoverage};
use crate::data::view::Function;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

/// Writes one record for each source file.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(coverage: &Coverage, out: &mut dyn Write) -> io::Result<()> {
    coverage.files.iter().try_for_each(|file| write_record(file, out))
}

fn write_record(file: &FileCoverage, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"TN:\nSF:")?;
    out.write_all(file.source.path.as_os_str().as_bytes())?;
    out.write_all(b"\n")?;

    let functions = named(&file.source.functions);
    for (name, function) in &functions {
        writeln!(out, "FN:{},{name}", function.line)?;
    }
    for (name, function) in &functions {
        writeln!(out, "FNDA:{},{name}", function.processes)?;
    }
    let entered = functions.iter().filter(|(_, function)| function.processes > 0).count();
    writeln!(out, "FNF:{}\nFNH:{entered}", functions.len())?;

    let counts = LineCounts::of(file.source);
    for line in file.source.executable.iter() {
        writeln!(out, "DA:{line},{}", counts.at(line))?;
    }
    writeln!(out, "LF:{}\nLH:{}\nend_of_record", file.totals.lines, file.totals.hit)
}

/// The functions under names that differ: a record knows a function by its name alone, but two lambdas or
/// closures of one file may share theirs. Such a name gets its line.
fn named(functions: &[Function]) -> Vec<(Cow<'_, str>, &Function)> {
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
