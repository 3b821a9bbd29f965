//! `forkcov lcov`: an LCOV tracefile, as described in geninfo(1), FILES.
//!
//! The count of a line (`DA`), of a function (`FNDA`) or of a direction of a branch (`BRDA`) is the number of
//! processes that ran it. The block of a branch is its place among the jumps of the line.

use super::branches::{Direction, FileBranches, part};
use super::coverage::{Coverage, FileCoverage};
use super::line_counts::LineCounts;
use super::naming::distinct;
use super::regions::FirstLines;
use crate::byte_text;
use crate::data::view::Function;
use crate::quote;
use hashbrown::HashMap;
use std::borrow::Cow;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

/// How the tracefile is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct LcovLayout {
    /// Whether a function has its last line, too: for lcov 2. Earlier versions take that for the name.
    pub function_ends: bool,
}

/// Writes one record for each source file, by its absolute path.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(coverage: &Coverage, layout: LcovLayout, out: &mut dyn Write) -> io::Result<()> {
    coverage.files.iter().try_for_each(|file| write_record(file, layout, out))
}

fn write_record(file: &FileCoverage, layout: LcovLayout, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"TN:\nSF:")?;
    out.write_all(&quote::lcov::name(file.source.path.as_os_str().as_bytes()))?;
    out.write_all(b"\n")?;
    write_functions(file, layout, out)?;
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
    // What has no `BRDA` record does not count: lcov adds these up itself.
    let branches = part(of_jumps.iter().copied());
    if branches.all > 0 {
        writeln!(out, "BRF:{}\nBRH:{}", branches.all, branches.hit)?;
    }

    let counts = LineCounts::of(file.source);
    for line in file.source.executable.iter() {
        writeln!(out, "DA:{line},{}", counts.at(line))?;
    }
    let lines = file.totals.lines;
    writeln!(out, "LF:{}\nLH:{}\nend_of_record", lines.all, lines.hit)
}

/// A function, as the tracefile has it.
struct FunctionRecord<'a> {
    name: Vec<u8>,
    first: u32,
    /// The last line, if it is known and wanted.
    last: Option<u32>,
    function: &'a Function,
}

fn write_functions(file: &FileCoverage, layout: LcovLayout, out: &mut dyn Write) -> io::Result<()> {
    let functions = function_records(file, layout);
    for FunctionRecord { name, first, last, .. } in &functions {
        write!(out, "FN:{first},")?;
        if let Some(last) = last {
            write!(out, "{last},")?;
        }
        write_name(name, out)?;
    }
    for FunctionRecord { name, function, .. } in &functions {
        write!(out, "FNDA:{},", function.processes)?;
        write_name(name, out)?;
    }
    let entered = functions.iter().filter(|record| record.function.processes > 0).count();
    writeln!(out, "FNF:{}\nFNH:{entered}", functions.len())
}

fn write_name(name: &[u8], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&quote::lcov::name(name))?;
    out.write_all(b"\n")
}

/// The functions of a file. lcov 2 refuses one at a line without a `DA` record: a function begins at its
/// first executable line, and one that has none is left out.
fn function_records<'a>(file: &FileCoverage<'a>, layout: LcovLayout) -> Vec<FunctionRecord<'a>> {
    let has_ends = layout.function_ends && file.source.runtime.is_none();
    let first_lines = FirstLines::of(file.source);
    let record = |(name, function): (Cow<'a, str>, &'a Function)| {
        let first = first_lines.at(function)?;
        let last = has_ends.then_some(function.last);
        Some(FunctionRecord { name: byte_text::decode(&name).into_owned(), first, last, function })
    };
    let mut records: Vec<_> = distinct(&file.source.functions).into_iter().filter_map(record).collect();
    end_together(&mut records);
    keep_apart(&mut records);
    records
}

/// Gives functions of the same first line the same last line, as lcov 2 requires.
fn end_together(records: &mut [FunctionRecord]) {
    let mut ends: HashMap<u32, Option<u32>> = HashMap::new();
    for record in &*records {
        let end = ends.entry(record.first).or_default();
        *end = (*end).max(record.last);
    }
    for record in records {
        record.last = ends[&record.first];
    }
}

/// Before lcov 2, a name ends at its first comma. Where functions would have the same name by that, commas
/// are written as semicolons.
fn keep_apart(records: &mut [FunctionRecord]) {
    let read = |name: &[u8]| name.split(|byte| *byte == b',').next().unwrap_or_default().to_vec();
    let mut uses: HashMap<Vec<u8>, usize> = HashMap::new();
    for record in &*records {
        *uses.entry(read(&record.name)).or_default() += 1;
    }
    for record in records.iter_mut().filter(|record| uses[&read(&record.name)] > 1) {
        for byte in record.name.iter_mut().filter(|byte| **byte == b',') {
            *byte = b';';
        }
    }
}
