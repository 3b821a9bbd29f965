//! `forkcov go`: `go test` and `go run`, with the debug information that these leave out otherwise.

use super::{FrontEndError, TestRun, ask};
use std::ffi::OsString;
use std::process::Command;

/// go strips programs that it runs by itself. A later flag of the linker counts.
const UNSTRIPPED: &str = "-s=false -w=false";
/// What go adds to a package: tests, and code that it generates.
const NOT_TESTED: [&str; 3] = ["*_test.go", "**/_testmain.go", "**/_cgo_gotypes.go"];

/// How go runs tests with these arguments.
///
/// # Errors
/// When the command is neither `test` nor `run`, or go finds no module.
pub fn test_run(arguments: &[OsString]) -> Result<TestRun, FrontEndError> {
    let (tool, expected) = ("go", "test or run");
    let (command, arguments) = match arguments.split_first() {
        Some((command, arguments)) if *command == "test" || *command == "run" => (command, arguments),
        Some((other, _)) => {
            let command = other.to_string_lossy().into_owned();
            return Err(FrontEndError::Command { tool, command, expected });
        }
        None => return Err(FrontEndError::NoCommand { tool, expected }),
    };
    let modules = ask("go", Command::new("go").args(["list", "-m"]))?;
    let modules: Vec<&str> = str::from_utf8(&modules).unwrap_or_default().lines().collect();
    let flags = if command == "test" { &["-count=1"][..] } else { &[] };
    let command = [vec!["go".into(), command.clone()], complete(arguments, &modules, flags)].concat();
    let omit = NOT_TESTED.map(str::to_owned).to_vec();
    Ok(TestRun { build: None, command, omit, context_from: None })
}

/// The arguments, with the flags that are lacking before them. Results of earlier tests are not used.
fn complete(arguments: &[OsString], modules: &[&str], more: &[&str]) -> Vec<OsString> {
    let mut arguments = arguments.to_vec();
    let end = arguments.iter().position(|argument| argument == "-args" || argument == "--args");
    let end = end.unwrap_or(arguments.len());
    let mut flags: Vec<OsString> = Vec::new();
    if !keep_symbols(&mut arguments[..end]) {
        flags.push(format!("-ldflags={UNSTRIPPED}").into());
    }
    let is_given =
        |name: &str| arguments[..end].iter().any(|argument| flag(argument).is_some_and(|(it, _)| it == name));
    if !is_given("gcflags") {
        flags.extend(modules.iter().map(|module| format!("-gcflags={module}/...=-N -l").into()));
    }
    flags
        .extend(more.iter().filter(|more| !is_given(more.trim_matches(['-', '=', '1']))).map(OsString::from));
    [flags, arguments].concat()
}

/// Adds to every `-ldflags` of the user that symbols stay. Gives false if there is none.
fn keep_symbols(arguments: &mut [OsString]) -> bool {
    let mut is_given = false;
    let mut is_value = false;
    for argument in arguments {
        let value = match flag(argument) {
            _ if is_value => argument.to_str().map(|value| ("", value)),
            Some(("ldflags", Some(value))) => Some(("-ldflags=", value)),
            _ => None,
        };
        is_value = !is_value && flag(argument) == Some(("ldflags", None));
        is_given |= is_value || value.is_some();
        if let Some((before, value)) = value {
            // `PATTERN=FLAGS` is for the packages of a pattern.
            let (pattern, flags) = if value.starts_with('-') {
                ("", value)
            } else {
                value.split_at(value.find('=').map_or(0, |at| at + 1))
            };
            *argument = format!("{before}{pattern}{UNSTRIPPED} {flags}").into();
        }
    }
    is_given
}

/// The name of a flag, and its value if it is part of the argument.
fn flag(argument: &OsString) -> Option<(&str, Option<&str>)> {
    let text = argument.to_str()?;
    let name = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    Some(name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value))))
}

#[cfg(test)]
mod tests {
    use super::complete;
    use std::ffi::OsString;

    #[test]
    fn flags_of_the_user_stay() {
        for (given, expected) in [
            ("./...", "-ldflags=-s=false -w=false|-gcflags=shop/...=-N -l|-count=1|./..."),
            ("-gcflags=-l|-count|3|./...", "-ldflags=-s=false -w=false|-gcflags=-l|-count|3|./..."),
            (
                "-ldflags|-X main.v=1|.|-args|-ldflags",
                "-gcflags=shop/...=-N -l|-count=1|-ldflags|-s=false -w=false -X main.v=1|.|-args|-ldflags",
            ),
            (
                "-ldflags=all=-X main.v=1",
                "-gcflags=shop/...=-N -l|-count=1|-ldflags=all=-s=false -w=false -X main.v=1",
            ),
        ] {
            let given: Vec<OsString> = given.split('|').map(OsString::from).collect();
            assert_eq!(complete(&given, &["shop"], &["-count=1"]).join("|".as_ref()), expected);
        }
    }
}
