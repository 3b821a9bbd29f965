//! The summary line that `forkcov run` prints last.

use super::totals::Totals;
use crate::plural::counted;
use crate::quote;
use std::path::Path;

/// `forkcov: 5 processes, 1 program, 214 of 260 lines (82.3%) -> forkcov.data`, without the line break.
pub fn line(processes: usize, programs: usize, totals: Totals, data_file: &Path) -> String {
    let lines = match totals.lines {
        0 => "no lines".to_owned(),
        all => {
            let unit = if all == 1 { "line" } else { "lines" };
            format!("{} of {all} {unit} ({}%)", totals.hit, totals.percent_text(1))
        }
    };
    format!(
        "forkcov: {}, {}, {lines} -> {}",
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
            line(processes, programs, Totals { lines, hit }, Path::new("forkcov.data"))
        };
        assert_eq!(
            line(5, 1, 214, 260),
            "forkcov: 5 processes, 1 program, 214 of 260 lines (82.3%) -> forkcov.data"
        );
        assert_eq!(line(1, 2, 0, 1), "forkcov: 1 process, 2 programs, 0 of 1 line (0.0%) -> forkcov.data");
        assert_eq!(line(3, 0, 0, 0), "forkcov: 3 processes, 0 programs, no lines -> forkcov.data");
    }
}
