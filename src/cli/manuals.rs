//! The options of `completions` and `man`.

use clap::Args;
use clap_complete::Shell;
use std::path::PathBuf;

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  forkcov completions bash > ~/.local/share/bash-completion/completions/forkcov
  forkcov completions zsh > ~/.zfunc/_forkcov
  forkcov completions fish > ~/.config/fish/completions/forkcov.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  forkcov man run | man -l -
  forkcov man --directory ~/.local/share/man/man1 && man forkcov-run";

/// `forkcov completions`.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsOptions {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// `forkcov man`.
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManOptions {
    /// Print the page of this command instead of that of forkcov itself.
    #[arg(value_name = "COMMAND", conflicts_with = "directory")]
    pub command: Option<String>,

    /// Write all pages into this directory, which is created if needed.
    #[arg(short, long, value_name = "DIR")]
    pub directory: Option<PathBuf>,
}
