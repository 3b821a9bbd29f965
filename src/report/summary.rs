//! The summary line that `forkcov run` prints last.

use super::totals::{Part, Totals};
use crate::plural::counted;
use crate::quote;
use std::path::Path;

/// `forkcov: 5 processes, 1 program, 214 of 260 lines (82.3%) -> forkcov.data`, without the line break. With
/// branches, `, 30 of 42 branches (71.4%)` follows the lines.
pub fn line(processes: usize, programs: usize, totals: Totals, data_file: &Path) -> String {
    let covered = |part: Part, one, many| {
        let unit = if part.all == 1 { one } else { many };
        format!("{} of {} {unit} ({}%)", part.hit, part.all, part.percent_text(1))
    };
    let lines = match totals.lines.all {
        0 => "no lines".to_owned(),
        _ => covered(totals.lines, "line", "lines"),
    };
    let branches = match totals.branches.all {
        0 => String::new(),
        _ => format!(", {}", covered(totals.branches, "branch", "branches")),
    };
    format!(
        "forkcov: {}, {}, {lines}{branches} -> {}",
        counted(processes, "process", "processes"),
        counted(programs, "program", "programs"),
        quote::path(data_file)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_with_their_nouns() {
        let line = |processes, programs, hit, lines| {
            let totals = Totals { lines: Part { all: lines, hit }, ..Totals::default() };
            line(processes, programs, totals, Path::new("forkcov.data"))
        };
        assert_eq!(
            line(5, 1, 214, 260),
            "forkcov: 5 processes, 1 program, 214 of 260 lines (82.3%) -> forkcov.data"
        );
        assert_eq!(line(1, 2, 0, 1), "forkcov: 1 process, 2 programs, 0 of 1 line (0.0%) -> forkcov.data");
        assert_eq!(line(3, 0, 0, 0), "forkcov: 3 processes, 0 programs, no lines -> forkcov.data");
    }

    #[test]
    fn branches_follow_the_lines() {
        let part = |hit, all| Part { all, hit };
        let totals = Totals { lines: part(4, 5), branches: part(30, 42), partial: 12 };
        assert_eq!(
            line(1, 1, totals, Path::new("d")),
            "forkcov: 1 process, 1 program, 4 of 5 lines (80.0%), 30 of 42 branches (71.4%) -> d"
        );
    }
}
