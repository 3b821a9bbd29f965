//! The results of one tool with one work.

use crate::lines::Lines;
use crate::run;
use crate::tool::Tool;
use crate::work::{Group, Work};
use std::path::Path;

/// A tool that has taken so many seconds for a work runs it no more.
pub const ENOUGH: f64 = 60.0;

/// What has been shown.
#[derive(Debug, Default)]
pub struct Cell {
    /// Seconds.
    times: Vec<f64>,
    /// What was wrong with a run; there was none after it.
    pub failure: Option<String>,
    /// The number of lines that it reported: the fewest of any round. None for the bare program.
    pub lines: Option<Told>,
    /// The number of pairs of a process and a line that it reported: the fewest of any round.
    pub pairs: Option<usize>,
}

/// The lines that a tool reported.
#[derive(Debug, Clone)]
pub struct Told {
    /// Of each group of the truth, how many.
    pub of_groups: Vec<usize>,
    /// How many that did not run.
    pub wrong: usize,
}

impl Told {
    /// How many of the truth.
    pub fn right(&self) -> usize {
        self.of_groups.iter().sum()
    }
}

impl Cell {
    /// Whether there shall be another round.
    pub fn may_go_on(&self) -> bool {
        self.failure.is_none() && self.times.iter().sum::<f64>() < ENOUGH
    }

    /// Runs `work` once. `truth` and `idle` are the lines that it runs, and those that it is known not to
    /// run.
    pub fn add(
        &mut self,
        tool: Tool,
        work: &Work,
        (truth, idle): (&[Group], &Lines),
        place: &Path,
        cache: &Path,
    ) {
        match run::time(tool.command(work, place, cache), work.input.as_deref()) {
            Ok(seconds) => {
                eprintln!("{}, {}: {seconds:.3} s", work.name, tool.name());
                self.times.push(seconds);
            }
            Err(why) => {
                eprintln!("{}, {}: {why}", work.name, tool.name());
                self.failure = Some(why);
                return;
            }
        }
        if let Some(lines) = tool.lines(work, place) {
            let of_groups: Vec<usize> =
                truth.iter().map(|group| group.lines.intersection(&lines).count()).collect();
            let told = Told { wrong: idle.intersection(&lines).count(), of_groups };
            if self.lines.as_ref().is_none_or(|fewest| told.right() < fewest.right()) {
                self.lines = Some(told);
            }
        }
        if work.pairs.is_some() {
            let wanted = truth.iter().flat_map(|group| group.lines.iter().cloned()).collect();
            let pairs = tool.pairs(&wanted, place);
            self.pairs = pairs.map(|pairs| self.pairs.map_or(pairs, |fewest| fewest.min(pairs)));
        }
    }

    /// Seconds; None if there was no run that ended well.
    pub fn median(&self) -> Option<f64> {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied()
    }

    /// What the table of times says, beside a program that takes `bare` seconds, when there should have been
    /// so many rounds.
    pub fn time(&self, bare: Option<f64>, rounds: usize) -> String {
        let Some(median) = self.median() else {
            return self.failure.clone().unwrap_or_default();
        };
        let least = self.times.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.times.iter().copied().fold(0.0, f64::max);
        let (unit, factor) = if median < 1.0 { ("ms", 1e3) } else { ("s", 1.0) };
        let decimals = if (0.1..1.0).contains(&median) { 0 } else { 1 };
        let mut cell = bare.map(|bare| format!("**{:.1}**: ", median / bare)).unwrap_or_default();
        cell += &format!("{:.decimals$} {unit}", median * factor);
        if self.times.len() > 1 {
            cell += &format!(" ({:.decimals$}..{:.decimals$})", least * factor, most * factor);
        }
        match (&self.failure, self.times.len()) {
            (Some(why), _) => cell += &format!(", then {why}"),
            (None, runs) if runs < rounds => cell += &format!(", {runs} of {rounds} rounds"),
            _ => {}
        }
        cell
    }
}
