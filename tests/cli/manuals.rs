//! Completions and manual pages.

use clap::CommandFactory;
use forkcov::cli::Cli;
use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, one_line, text};
use std::io::Write;
use std::process::Stdio;

fn commands() -> Vec<String> {
    Cli::command().get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

#[test]
fn completions_know_every_command_and_are_scripts_of_their_shell() {
    let place = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&place.succeeds(&["completions", shell]).stdout).to_owned();
        for command in commands() {
            assert!(script.contains(&command), "{shell}: no {command}");
        }
        assert!(script.contains("diff-base"), "{shell}");
    }
    let script = place.succeeds(&["completions", "bash"]).stdout;
    std::fs::write(place.path("forkcov.bash"), script).unwrap();
    // What bash itself would offer after `forkcov rep`.
    let ask = "set -eu; . ./forkcov.bash; COMP_WORDS=(forkcov rep); COMP_CWORD=1; COMPREPLY=(); \
               _forkcov forkcov rep forkcov; echo \"${COMPREPLY[@]}\"";
    let output = needs::command("bash").args(["-c", ask]).current_dir(place.path("")).output().unwrap();
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("report\n", ""));
    assert_eq!(place.forkcov(&["completions", "tcsh"]).status.code(), Some(1));
}

#[test]
fn every_command_has_a_manual_page() {
    let place = Sandbox::new();
    one_line(&place.succeeds(&["man", "--directory", "man/man1"]), &["wrote man/man1"]);
    let overview = text(&place.succeeds(&["man"]).stdout).to_owned();
    assert_eq!(overview, std::fs::read_to_string(place.path("man/man1/forkcov.1")).unwrap());
    is_formatted_without_a_warning(overview.as_bytes(), "forkcov");
    // groff_char(7): `\-` is a minus.
    let overview = overview.replace("\\-", "-");
    for command in commands() {
        assert!(overview.contains(&format!("forkcov-{command}(1)")), "no {command} in {overview}");
        let page = place.succeeds(&["man", &command]).stdout;
        let name = format!("man/man1/forkcov-{command}.1");
        assert_eq!(text(&page), std::fs::read_to_string(place.path(&name)).unwrap(), "{command}");
        assert!(text(&page).contains(&format!(".TH forkcov-{command} 1  \"forkcov ")), "{}", text(&page));
        is_formatted_without_a_warning(&page, &command);
    }
    let output = place.forkcov(&["man", "nonsense"]);
    assert_eq!(output.status.code(), Some(1));
    one_line(&output, &["no command nonsense"]);
}

fn is_formatted_without_a_warning(page: &[u8], name: &str) {
    let mut command = needs::command("groff");
    command.args(["-man", "-Tutf8", "-ww", "-z"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(page).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stderr), "", "{name}");
}
