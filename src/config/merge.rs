//! Merging the settings of a file into the defaults of flags.

use super::keys;
use super::settings::{FileSettings, excludes};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

/// Makes `settings` the defaults of the flags of `command` that are not `given`. So the command line takes
/// precedence over the environment, the environment over the file, and the file over the built-in defaults.
pub(super) fn under_flags(command: Command, settings: &FileSettings, given: &ArgMatches) -> Command {
    let Some((name, given)) = given.subcommand() else { return command };
    command.mut_subcommand(name, |command| {
        let under: Vec<_> = keys::flags(&command)
            .filter(|flag| !is_decided(&command, flag, given))
            .filter_map(|flag| Some((flag.get_id().clone(), settings.get(&command, flag)?.to_vec())))
            .collect();
        under.into_iter().fold(command, |command, (id, values)| {
            // A comma in the file does not separate values.
            command.mut_arg(id, |flag| flag.value_delimiter(None).default_values(values))
        })
    })
}

/// Whether the user has decided about `flag`: by the flag, by its opposite, or by a flag that conflicts with
/// it.
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
