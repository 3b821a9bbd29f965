//! `forkcov annotate`: a source, and beside each line how many processes ran it, or which.

use super::colour::Colour;
use super::counts::{LineCounts, sharers};
use super::coverage::FileCoverage;
use super::names::{ending, file_name};
use super::quote;
use super::versions;
use crate::data::view::{Process, SourceFile, View};
use crate::numbers::NumberSet;
use crate::plural::counted;
use crate::sources::Here;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// How a source is shown.
#[derive(Debug)]
pub struct Options<'a> {
    /// File names are relative to it.
    pub here: &'a Here,
    /// Whether the processes are named.
    pub pids: bool,
    /// Whether lines are coloured.
    pub colour: Colour,
    /// Decimals of percentages.
    pub precision: usize,
}

/// So many processes, or ranges of them, are named when there are more than one more.
const NAMED: usize = 8;

/// Writes the lines of `source`, which is the text of `file`.
///
/// What is to be known if that is not the text that ran stands before it. Each line has the number of processes that ran
/// it: 0 when nobody did, `x` when it is excluded, nothing when there is nothing
/// to run.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(
    file: &FileCoverage,
    view: &View,
    source: &str,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let totals = file.totals;
    let name = file_name(options.here, &file.source.path);
    let (percent, all) = (totals.percent_text(options.precision), counted(totals.lines, "line", "lines"));
    let by = counted(file.source.hits.len(), "process", "processes");
    writeln!(out, "{name}: {} of {all} ({percent}%), {by}", totals.hit)?;
    if let Some(notice) = versions::notice(file.source) {
        writeln!(out, "{}", options.colour.paint(AnsiColor::Yellow.on_default(), &notice))?;
    }
    writeln!(out)?;

    let counts = LineCounts::of(file.source);
    let mut groups = Groups::of(file.source);
    for (number, text) in versions::lines_of(file.source, source) {
        if options.pids
            && let Some(processes) = groups.changed_at(number)
        {
            writeln!(
                out,
                "{}",
                options.colour.paint(dim(), &format!("{:17}by {}", "", named(&processes, view)))
            )?;
        }
        let (count, style) = if file.source.excluded.contains(number) {
            ("x".to_owned(), dim())
        } else if !file.source.executable.contains(number) {
            (String::new(), Style::new())
        } else if file.hit.contains(number) {
            (counts.at(number).to_string(), AnsiColor::Green.on_default())
        } else {
            ("0".to_owned(), AnsiColor::Red.on_default())
        };
        // Before tabs stand multiples of eight columns.
        let line = format!("{count:>7}{number:>7}  {}", quote::printable(text));
        writeln!(out, "{}", options.colour.paint(style, line.trim_end()))?;
    }
    Ok(())
}

fn dim() -> Style {
    Style::new().dimmed()
}

/// Who ran a line, as one goes down a source.
struct Groups<'v> {
    source: &'v SourceFile,
    groups: Vec<(&'v NumberSet, Vec<usize>)>,
    /// By which of the groups the last line was run that somebody has run.
    last: Vec<usize>,
}

impl<'v> Groups<'v> {
    fn of(source: &'v SourceFile) -> Self {
        Self { source, groups: sharers(&source.hits), last: Vec::new() }
    }

    /// The processes that ran `line`, if they are others than those of the line before, of the lines that anybody ran.
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

/// The PIDs: of one alone how it ended, those that follow each other as a range.
fn named(processes: &[usize], view: &View) -> String {
    let mut processes: Vec<&Process> = processes.iter().map(|&process| &view.processes[process]).collect();
    processes.sort_unstable_by_key(|process| process.pid);
    let ranges: Vec<&[&Process]> = processes.chunk_by(|a, b| b.pid - a.pid == 1).collect();
    let shown = if ranges.len() > NAMED + 1 { NAMED } else { ranges.len() };
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
