//! The keys of configuration files: the long flags of the commands, with `_` for `-`.

use crate::cli::Cli;
use clap::{Arg, ArgAction, Command, CommandFactory};

/// Flags that are not keys, because they apply to a single invocation or are secret.
const NOT_KEYS: [&str; 10] =
    ["attach", "config", "diff", "diff-base", "line", "map", "minimum", "module", "pid", "repo-token"];
/// Commands about forkcov itself, and those that stand for several others, whose keys count. They have none.
const NOT_CONFIGURED: [&str; 4] = ["cargo", "completions", "go", "man"];

/// Prefix of the ids of opposite flags.
const OPPOSITE: &str = "opposite of ";

/// The table of settings for all reports.
pub(super) const REPORT: &str = "report";
/// The table of settings for all commands.
const RUN: &str = "run";
/// Commands that are not reports, and so do not read [`REPORT`].
const NOT_REPORTS: [&str; 3] = [RUN, "combine", "erase"];

/// forkcov's commands with an opposite for every switch: `--no-SWITCH` turns off a switch that a file may
/// turn on, and `--SWITCH` turns on one that has only `--no-SWITCH` because it is on by default.
pub(super) fn command() -> Command {
    let command = Cli::command();
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.iter().fold(command, |command, name| {
        command.mut_subcommand(name, |command| {
            let opposites: Vec<Arg> = flags(&command).filter(|flag| is_switch(flag)).map(opposite).collect();
            command.args(opposites)
        })
    })
}

fn opposite(switch: &Arg) -> Arg {
    let long = match switch.get_action() {
        ArgAction::SetFalse => name(switch).to_owned(),
        _ => format!("no-{}", name(switch)),
    };
    let same = switch.get_id().clone();
    Arg::new(opposite_of(switch)).long(long).action(ArgAction::SetTrue).overrides_with(same).hide(true)
}

/// The id of the opposite of `switch`.
pub(super) fn opposite_of(switch: &Arg) -> String {
    format!("{OPPOSITE}{}", switch.get_id())
}

/// Whether `flag` has no value: it is present or not.
pub(super) fn is_switch(flag: &Arg) -> bool {
    matches!(flag.get_action(), ArgAction::SetTrue | ArgAction::SetFalse)
}

/// The name of `flag`; for a flag that turns something off, the name of that.
fn name(flag: &Arg) -> &str {
    let long = flag.get_long().unwrap_or_default();
    match flag.get_action() {
        ArgAction::SetFalse => long.strip_prefix("no-").unwrap_or(long),
        _ => long,
    }
}

/// The flags of `command` that are keys.
pub(super) fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
    let is_configured = !NOT_CONFIGURED.contains(&command.get_name());
    command.get_arguments().filter(move |flag| {
        let is_key = |long| !NOT_KEYS.contains(&long) && !flag.get_id().as_str().starts_with(OPPOSITE);
        is_configured && flag.get_long().is_some_and(is_key)
    })
}

/// The key of `flag`.
pub(super) fn key(flag: &Arg) -> String {
    name(flag).replace('-', "_")
}

/// Whether `name` is the key of `flag`, or a former name of it.
pub(super) fn is_called(flag: &Arg, name: &str) -> bool {
    let is_alias = |alias: &&str| alias.replace('-', "_") == name;
    key(flag) == name || flag.get_all_aliases().is_some_and(|aliases| aliases.iter().any(is_alias))
}

/// The table of `command`.
pub(super) fn table(command: &Command) -> String {
    command.get_name().replace('-', "_")
}

/// The tables in which to look for a flag of `command`; the first that has it is used.
pub(super) fn tables(command: &Command, key: &str) -> Vec<String> {
    let own = table(command);
    match key {
        "data_file" => vec![RUN.to_owned()],
        // The summary of a run uses the exclusions of reports.
        "exclude_lines" | "exclude_also" | "exclude_functions" | "partial_branches" | "partial_also" => {
            vec![REPORT.to_owned()]
        }
        _ if NOT_REPORTS.contains(&&*own) || own == REPORT => vec![own],
        _ => vec![own, REPORT.to_owned()],
    }
}

/// The flags that may be set in the table of `command`.
pub(super) fn of_table(command: &Command) -> impl Iterator<Item = &Arg> {
    flags(command).filter(|flag| tables(command, &key(flag)).contains(&table(command)))
}
