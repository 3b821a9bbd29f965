//! The machine of the measurement.

use crate::run::output;
use std::fs;
use std::process::Command;

/// A list in Markdown: the date, and what the machine is.
pub fn describe() -> String {
    let value = |file: &str, key: &str, end: char| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix(end));
        line.map_or_else(|| "unknown".to_owned(), |value| value.trim().trim_matches('"').to_owned())
    };
    let said = |program: &str, argument| output(Command::new(program).arg(argument)).trim().to_owned();
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "* Date: {}\n* CPU: {}, {cpus} of them\n* Memory: {}\n* Kernel: Linux {}\n* Distribution: {}\n",
        said("date", "+%F"),
        value("/proc/cpuinfo", "model name", ':'),
        value("/proc/meminfo", "MemTotal", ':'),
        said("uname", "-r"),
        value("/etc/os-release", "PRETTY_NAME", '='),
    )
}
