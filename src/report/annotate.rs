//! `forkcov annotate`: a source file, with the number of processes that ran each line, or their PIDs.

use super::branches::FileBranches;
use super::colour::Colour;
use super::coverage::FileCoverage;
use super::line_counts::{LineCounts, by_set};
use super::naming::{ending, file_name};
use super::totals::Totals;
use super::versions;
use crate::data::view::{Process, SourceFile, View};
use crate::numbers::NumberSet;
use crate::plural::counted;
use crate::quote;
use crate::sources::Here;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// How to show a source.
#[derive(Debug)]
pub struct AnnotateLayout<'a> {
    /// The directory to which file names are relative.
    pub here: &'a Here,
    /// Whether to name the processes.
    pub pids: bool,
    /// Whether to colour the lines.
    pub colour: Colour,
    /// Decimals of percentages.
    pub precision: usize,
}

/// How many PIDs, or ranges of PIDs, to list before `and N others`.
const MAX_NAMED: usize = 8;

/// Writes the lines of `source`, which is the text of `file`.
///
/// If that is not the text that ran, a notice precedes the lines. Each line has the number of processes that
/// ran it: 0 if none did, `x` if it is excluded, nothing if it is not executable. A line that ran, and whose
/// branches did not go every way, ends with how many ways they went, of how many, and
/// which they did not go: `(1/2: jump)`.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(
    file: &FileCoverage,
    view: &View,
    source: &str,
    layout: &AnnotateLayout,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Totals { lines, branches, .. } = file.totals;
    let name = file_name(layout.here, &file.source.path);
    let (percent, all) = (lines.percent_text(layout.precision), counted(lines.all, "line", "lines"));
    let by = counted(file.source.hits.len(), "process", "processes");
    write!(out, "{name}: {} of {all} ({percent}%), ", lines.hit)?;
    if branches.all > 0 {
        let (percent, all) =
            (branches.percent_text(layout.precision), counted(branches.all, "branch", "branches"));
        write!(out, "{} of {all} ({percent}%), ", branches.hit)?;
    }
    writeln!(out, "{by}")?;
    if let Some(notice) = versions::notice(file.source) {
        writeln!(out, "{}", layout.colour.paint(AnsiColor::Yellow.on_default(), &notice))?;
    }
    writeln!(out)?;

    let (counts, branches) = (LineCounts::of(file.source), FileBranches::of(file));
    let mut groups = ProcessGroups::of(file.source);
    for (number, text) in versions::lines_of(file.source, source) {
        if layout.pids
            && let Some(processes) = groups.changed_at(number)
        {
            writeln!(
                out,
                "{}",
                layout.colour.paint(dim(), &format!("{:17}by {}", "", named(&processes, view)))
            )?;
        }
        let part = branches.part(number).filter(|part| part.missing() > 0 && file.hit.contains(number));
        let (count, style) = if file.source.excluded.contains(number) {
            ("x".to_owned(), dim())
        } else if !file.source.executable.contains(number) {
            (String::new(), Style::new())
        } else if part.is_some() {
            (counts.at(number).to_string(), AnsiColor::Yellow.on_default())
        } else if file.hit.contains(number) {
            (counts.at(number).to_string(), AnsiColor::Green.on_default())
        } else {
            ("0".to_owned(), AnsiColor::Red.on_default())
        };
        // The prefix is a multiple of eight columns wide, so that tabs of the source align.
        let line = format!("{count:>7}{number:>7}  {}", quote::source_line(text));
        let line = part.map_or(line.clone(), |part| {
            let missing = branches.missing_ways(number);
            format!("{}  ({}/{}: {missing})", line.trim_end(), part.hit, part.all)
        });
        writeln!(out, "{}", layout.colour.paint(style, line.trim_end()))?;
    }
    Ok(())
}

fn dim() -> Style {
    Style::new().dimmed()
}

/// The processes that ran each line, as the lines are walked in order.
struct ProcessGroups<'v> {
    source: &'v SourceFile,
    groups: Vec<(&'v NumberSet, Vec<usize>)>,
    /// The groups that ran the last line that any process ran.
    last: Vec<usize>,
}

impl<'v> ProcessGroups<'v> {
    fn of(source: &'v SourceFile) -> Self {
        Self { source, groups: by_set(&source.hits), last: Vec::new() }
    }

    /// The processes that ran `line`, if they differ from those of the previous line that any process ran.
    fn changed_at(&mut self, line: u32) -> Option<Vec<usize>> {
        if !self.source.executable.contains(line) {
            return None;
        }
        let ran: Vec<usize> =
            (0..self.groups.len()).filter(|&group| self.groups[group].0.contains(line)).collect();
        if ran.is_empty() || ran == self.last {
            return None;
        }
        let mut processes: Vec<usize> =
            ran.iter().flat_map(|&group| &self.groups[group].1).copied().collect();
        processes.sort_unstable();
        self.last = ran;
        Some(processes)
    }
}

/// A list of PIDs: consecutive ones as a range, a single one with how it ended.
fn named(processes: &[usize], view: &View) -> String {
    let mut processes: Vec<&Process> = processes.iter().map(|&process| &view.processes[process]).collect();
    processes.sort_unstable_by_key(|process| process.pid);
    let ranges: Vec<&[&Process]> = processes.chunk_by(|a, b| b.pid - a.pid == 1).collect();
    let shown = if ranges.len() > MAX_NAMED + 1 { MAX_NAMED } else { ranges.len() };
    let name = |range: &&[&Process]| match range {
        [first, .., last] => format!("{}-{}", first.pid, last.pid),
        _ => format!("{} ({})", range[0].pid, ending(range[0].exit)),
    };
    let names: Vec<String> = ranges[..shown].iter().map(name).collect();
    match ranges[shown..].iter().map(|range| range.len()).sum() {
        0 => names.join(", "),
        others => format!("{} and {others} others", names.join(", ")),
    }
}
