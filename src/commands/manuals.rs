//! `forkcov completions` and `forkcov man`.

use super::output::to_stdout;
use anyhow::{Context, anyhow};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use forkcov::cli::{Cli, CompletionsOptions, ManOptions};
use forkcov::message::print_message;
use forkcov::quote;
use std::fs;
use std::process::ExitCode;

pub(crate) fn completions(options: &CompletionsOptions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    to_stdout(|out| out.write_all(&script))?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn man(options: &ManOptions) -> anyhow::Result<ExitCode> {
    let mut cli = Cli::command();
    // This gives each subcommand its full name, `forkcov-run`.
    cli.build();
    if let Some(directory) = &options.directory {
        let shown = quote::path(directory);
        fs::create_dir_all(directory).with_context(|| format!("failed to create {shown}"))?;
        for command in cli.get_subcommands().chain([&cli]) {
            let page = page(command);
            let file = directory.join(page.get_filename());
            page.generate_to(directory).with_context(|| format!("failed to write {}", quote::path(&file)))?;
        }
        print_message(&format!("wrote {shown}"));
        return Ok(ExitCode::SUCCESS);
    }
    let command = match &options.command {
        None => &cli,
        Some(name) => cli
            .find_subcommand(name)
            .ok_or_else(|| anyhow!("no command {name}: `forkcov --help` lists the commands"))?,
    };
    to_stdout(|out| page(command).render(out))?;
    Ok(ExitCode::SUCCESS)
}

fn page(command: &Command) -> Man {
    let source = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(source).manual("User Commands")
}
