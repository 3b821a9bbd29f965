//! The printed tables.

use crate::Compared;
use crate::cell::ENOUGH;
use crate::machine;
use crate::run::LIMIT;
use crate::tool::Tool;
use crate::work::Truth;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const BEGIN: &str =
    "<!-- Results: written by `cargo bench --bench peers -- --write docs/benchmarks.md`. -->\n";
const END: &str = "<!-- End of the results. -->\n";

/// All of it.
pub fn section(
    all: &[(Tool, Result<String, String>)],
    missing: &[String],
    compared: &[Compared],
    tools: &[Tool],
    rounds: usize,
) -> String {
    let mut text = machine::describe();
    let _ = writeln!(text, "* Rounds: {rounds}\n");
    text += &versions(all, missing);
    text += &times(compared, tools, rounds);
    text += &lines(compared, tools);
    text += &lost(compared, tools);
    text
}

/// Puts the results into a file where others are between the marks, or at its end.
pub fn put(results: &str, file: &Path) {
    let old = fs::read_to_string(file).unwrap_or_default();
    let (before, rest) = old.split_once(BEGIN).unwrap_or((&old, ""));
    let after = rest.split_once(END).map_or("", |(_, after)| after);
    let new = format!("{before}{BEGIN}\n{results}\n{END}{after}");
    fs::write(file, new).unwrap_or_else(|why| panic!("failed to write {}: {why}", file.display()));
}

fn versions(all: &[(Tool, Result<String, String>)], missing: &[String]) -> String {
    let mut text = "| tool | version |\n|---|---|\n".to_owned();
    for (tool, version) in all {
        let version = version.clone().unwrap_or_else(|why| format!("not compared: {why}"));
        let _ = writeln!(text, "| {} | {version} |", tool.name());
    }
    for why in missing {
        let _ = writeln!(text, "\nNot measured: {why}");
    }
    text
}

fn header(first: &str, tools: &[Tool]) -> String {
    let mut text = format!("| work | {first} |");
    for tool in others(tools) {
        let _ = write!(text, " {} |", tool.name());
    }
    text + "\n" + &"|---".repeat(others(tools).count() + 2) + "|\n"
}

/// All but the bare program, which is the first.
fn others(tools: &[Tool]) -> impl Iterator<Item = &Tool> {
    tools.iter().filter(|tool| **tool != Tool::Bare)
}

fn times(compared: &[Compared], tools: &[Tool], rounds: usize) -> String {
    let mut text = format!(
        "\n### Time\n\nThe ratio to the bare program; the median, and the least and the most of the rounds. A run is ended \
         after {} s, and a tool that has taken {ENOUGH:.0} s for a work runs it no more.\n\n",
        LIMIT.as_secs()
    );
    text += &header("bare", tools);
    for Compared { work, cells, .. } in compared {
        let bare = cells[0].as_ref().and_then(|cell| cell.median());
        let _ = write!(text, "| {} |", work.name);
        for (number, cell) in cells.iter().enumerate() {
            let bare = bare.filter(|_| number > 0);
            let _ =
                write!(text, " {} |", cell.as_ref().map_or_else(String::new, |cell| cell.time(bare, rounds)));
        }
        text.push('\n');
    }
    text
}

fn lines(compared: &[Compared], tools: &[Tool]) -> String {
    let mut text = "\n### Lines\n\nHow many of the lines that ran each tool tells; with sqlite, after a `+`, how many more that did not run.\n\n"
        .to_owned();
    text += &header("ran", tools);
    for Compared { work, truth, cells } in compared {
        let ran: usize = truth.iter().map(|group| group.lines.len()).sum();
        if ran == 0 {
            continue;
        }
        let _ = write!(text, "| {} | {} |", work.name, grouped(ran));
        for cell in &cells[1..] {
            let told = cell.as_ref().and_then(|cell| cell.lines.as_ref());
            let more = told.filter(|told| told.wrong > 0);
            let _ = write!(text, " {}", told.map_or_else(String::new, |told| grouped(told.right())));
            let _ = write!(
                text,
                "{} |",
                more.map_or_else(String::new, |told| format!(" + {}", grouped(told.wrong)))
            );
        }
        text.push('\n');
    }
    text
}

/// The lines that are known to have run and were lost, and whether the process that ran each is reported.
fn lost(compared: &[Compared], tools: &[Tool]) -> String {
    let mut text = "\n### Lost\n\n".to_owned();
    for Compared { work, truth, cells } in compared {
        if matches!(work.truth, Truth::Counted(_)) {
            continue;
        }
        for (tool, cell) in tools.iter().zip(cells) {
            let Some(told) = cell.as_ref().and_then(|cell| cell.lines.as_ref()) else { continue };
            for (group, found) in truth.iter().zip(&told.of_groups) {
                let (ran, lost) = (group.lines.len(), group.lines.len() - found);
                if lost > 0 {
                    let (tool, name) = (tool.name(), &work.name);
                    let (lost, ran) = (grouped(lost), grouped(ran));
                    let _ = writeln!(text, "* {tool}, {name}: {lost} of {ran} lines of {}", group.who);
                }
            }
        }
    }
    text.push_str(
        "\nWhich process ran which line, as pairs of the two; a tool that is not named does not tell:\n\n",
    );
    for Compared { work, cells, .. } in compared {
        let Some(wanted) = work.pairs else { continue };
        for (tool, cell) in tools.iter().zip(cells) {
            if let Some(pairs) = cell.as_ref().and_then(|cell| cell.pairs) {
                let (pairs, wanted) = (grouped(pairs), grouped(wanted));
                let _ = writeln!(text, "* {}, {}: {pairs} of {wanted}", tool.name(), work.name);
            }
        }
    }
    text
}

/// A number with commas: 20,000.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
