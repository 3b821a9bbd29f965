//! `forkcov lcov`: an LCOV tracefile, as described in geninfo(1), FILES.
//!
//! The count of a line (`DA`), of a function (`FNDA`) or of a direction of a branch (`BRDA`) is the number of
//! processes that ran it. The block of a branch is its place among the jumps of the line.

use super::super::branches::{Direction, FileBranches};
use super::super::coverage::FileCoverage;
use super::super::line_counts::LineCounts;
use super::super::naming::distinct;
use super::super::totals::Totals;
use super::format::{Format, FormatInput};
use crate::byte_text;
use crate::quote;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

/// The row of [`FORMATS`](super::FORMATS).
pub const FORMAT: Format = Format {
    name: "lcov",
    about: "Write an LCOV tracefile, for genhtml and other tools",
    notes: "\
The count of a line, or of a direction of a branch, is the number of processes that ran it. genhtml shows \
branches with --branch-coverage (before lcov 2: --rc lcov_branch_coverage=1).

Example:
  forkcov lcov && genhtml --output-directory html forkcov.lcov",
    default_output: "forkcov.lcov",
    write,
};

/// Writes one record for each source file, by its absolute path.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(input: &FormatInput, out: &mut dyn Write) -> io::Result<()> {
    input.coverage.files.iter().try_for_each(|file| write_record(file, out))
}

fn write_record(file: &FileCoverage, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"TN:\nSF:")?;
    out.write_all(&quote::lcov::name(file.source.path.as_os_str().as_bytes()))?;
    out.write_all(b"\n")?;

    let functions = distinct(&file.source.functions);
    let mut write_name = |record: &str, number: usize, name: &str| {
        write!(out, "{record}:{number},")?;
        out.write_all(&quote::lcov::name(&byte_text::decode(name)))?;
        out.write_all(b"\n")
    };
    for (name, function) in &functions {
        write_name("FN", function.line as usize, name)?;
    }
    for (name, function) in &functions {
        write_name("FNDA", function.processes, name)?;
    }
    let entered = functions.iter().filter(|(_, function)| function.processes > 0).count();
    writeln!(out, "FNF:{}\nFNH:{entered}", functions.len())?;

    let branches = FileBranches::of(file);
    let of_jumps: Vec<&Direction> = branches.directions().collect();
    let jump = |direction: &Direction| (direction.branch.line, direction.branch.jump);
    for of_jump in of_jumps.chunk_by(|one, next| jump(one) == jump(next)) {
        let was_reached = of_jump.iter().any(|direction| direction.processes > 0);
        for Direction { branch, place, processes } in of_jump {
            let taken = if was_reached { processes.to_string() } else { "-".to_owned() };
            writeln!(out, "BRDA:{},{},{place},{taken}", branch.line, branch.jump)?;
        }
    }
    let Totals { lines, branches, .. } = file.totals;
    if branches.all > 0 {
        writeln!(out, "BRF:{}\nBRH:{}", branches.all, branches.hit)?;
    }

    let counts = LineCounts::of(file.source);
    for line in file.source.executable.iter() {
        writeln!(out, "DA:{line},{}", counts.at(line))?;
    }
    writeln!(out, "LF:{}\nLH:{}\nend_of_record", lines.all, lines.hit)
}
