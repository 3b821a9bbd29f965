//! The commands with the settings of a file under their flags.

use super::keys;
use super::settings::{Settings, excludes};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

/// `command`, in which what `settings` say is what a flag has that is not `given`. So the command line is above the
/// environment, that above the file, and the file above what is built in.
pub(super) fn under_flags(command: Command, settings: &Settings, given: &ArgMatches) -> Command {
    let Some((name, given)) = given.subcommand() else { return command };
    command.mut_subcommand(name, |command| {
        let under: Vec<_> = keys::flags(&command)
            .filter(|flag| !is_decided(&command, flag, given))
            .filter_map(|flag| Some((flag.get_id().clone(), settings.get(&command, flag)?.to_vec())))
            .collect();
        under.into_iter().fold(command, |command, (id, values)| {
            // A comma in the file is no delimiter.
            command.mut_arg(id, |flag| flag.value_delimiter(None).default_values(values))
        })
    })
}

/// Whether the user has said what `flag` is: by itself, by its opposite, or by what excludes it.
fn is_decided(command: &Command, flag: &Arg, given: &ArgMatches) -> bool {
    let is_given = |id: &str| {
        matches!(given.value_source(id), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    };
    let excluded = || {
        let mut others = command.get_arguments().filter(|other| excludes(command, flag, other));
        others.any(|other| is_given(other.get_id().as_str()))
    };
    is_given(flag.get_id().as_str())
        || keys::is_switch(flag) && is_given(&keys::opposite_of(flag))
        || excluded()
}
