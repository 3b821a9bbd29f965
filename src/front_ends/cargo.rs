//! `forkcov cargo`: the commands of cargo that run tests, with debug information, and with the functions that
//! nothing refers to.

use super::{FrontEndError, TestRun, ask, metadata};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

/// The profiles of cargo itself. One of the user's is named by an argument.
const PROFILES: [&str; 4] = ["dev", "test", "release", "bench"];
/// cargo-nextest starts a process for each test.
const TESTS_OF_NEXTEST: &str = r"--exact (\S+)";

/// How cargo runs tests with these arguments. `wrapper` is forkcov, to be started in place of rustc.
///
/// # Errors
/// When the command is not one of tests, or cargo finds no workspace.
pub fn test_run(arguments: &[OsString], wrapper: Option<&Path>) -> Result<TestRun, FrontEndError> {
    // cargo says where it is to its subcommands, of which `cargo forkcov` is one.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let invocation = Invocation::of(arguments)?;
    let mut question = Command::new(&cargo);
    question.args(&invocation.toolchain).args(["metadata", "--no-deps", "--format-version", "1"]);
    question.args(invocation.manifest());
    let omit = metadata::sources_of_tests(&ask("cargo", &mut question)?);
    let prefix: Vec<OsString> = [vec!["env".into()], variables(&invocation, wrapper), vec![cargo]].concat();
    let build = invocation.building().map(|arguments| [&prefix[..], &arguments].concat());
    let command = [prefix, invocation.arguments()].concat();
    let context_from = invocation.is_nextest().then_some(TESTS_OF_NEXTEST);
    Ok(TestRun { build, command, omit, context_from })
}

/// Variables of the environment that decide how cargo builds. Those that the user has set stay.
fn variables(invocation: &Invocation, wrapper: Option<&Path>) -> Vec<OsString> {
    let profiles = PROFILES.map(str::to_owned).into_iter().chain(invocation.profile());
    let of_profiles = profiles.flat_map(|profile| {
        let profile = profile.to_uppercase().replace('-', "_");
        [("DEBUG", "true"), ("STRIP", "none")]
            .map(|(key, value)| (format!("CARGO_PROFILE_{profile}_{key}"), OsString::from(value)))
    });
    let wrapper = wrapper.map(|path| ("RUSTC_WORKSPACE_WRAPPER".to_owned(), path.as_os_str().to_owned()));
    let all = of_profiles.chain(wrapper).filter(|(name, _)| std::env::var_os(name).is_none());
    all.map(|(name, value)| [OsStr::new(&name), OsStr::new("="), &value].into_iter().collect()).collect()
}

/// A command line of cargo.
#[derive(Debug)]
struct Invocation {
    /// `+TOOLCHAIN`, if it is named.
    toolchain: Option<OsString>,
    /// What is before `--`.
    own: Vec<OsString>,
    /// `--` and what is behind it: arguments of the tests.
    of_tests: Vec<OsString>,
    /// Where in `own` the command is.
    command: usize,
}

impl Invocation {
    fn of(arguments: &[OsString]) -> Result<Self, FrontEndError> {
        let is_toolchain = |argument: &OsString| argument.to_string_lossy().starts_with('+');
        let toolchain = arguments.first().filter(|first| is_toolchain(first)).cloned();
        let arguments = &arguments[usize::from(toolchain.is_some())..];
        let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
        let (own, of_tests) = arguments.split_at(end);
        let mut own = own.to_vec();
        let is_command =
            |argument: &OsString| ["test", "t", "bench", "nextest"].iter().any(|it| argument == it);
        let command = match (own.iter().position(is_command), own.first()) {
            (Some(position), _) => position,
            // As `cargo llvm-cov`, `cargo forkcov` tests.
            (None, None) => 0,
            (None, Some(first)) if first.to_string_lossy().starts_with('-') => 0,
            (None, Some(first)) => {
                let command = first.to_string_lossy().into_owned();
                return Err(FrontEndError::Command {
                    tool: "cargo",
                    command,
                    expected: "test, nextest or bench",
                });
            }
        };
        if !own.get(command).is_some_and(is_command) {
            own.insert(0, "test".into());
        }
        if own[command] == "nextest" && own.get(command + 1).is_none_or(|next| next != "run" && next != "r") {
            own.insert(command + 1, "run".into());
        }
        Ok(Self { toolchain, own, of_tests: of_tests.to_vec(), command })
    }

    fn is_nextest(&self) -> bool {
        self.own[self.command] == "nextest"
    }

    fn arguments(&self) -> Vec<OsString> {
        self.toolchain.iter().chain(&self.own).chain(&self.of_tests).cloned().collect()
    }

    /// The arguments that only build. Tests in documents are built one by one as they run.
    fn building(&self) -> Option<Vec<OsString>> {
        let is_never_built = self.own.iter().any(|argument| argument == "--doc" || argument == "--no-run");
        let no_run = OsString::from("--no-run");
        let all = self.toolchain.iter().chain(&self.own).chain([&no_run]).chain(&self.of_tests);
        (!is_never_built).then(|| all.cloned().collect())
    }

    /// The arguments that name the manifest.
    fn manifest(&self) -> Vec<OsString> {
        self.value_of("--manifest-path").map(|path| vec!["--manifest-path".into(), path]).unwrap_or_default()
    }

    /// The profile of cargo that is named.
    fn profile(&self) -> Option<String> {
        let flag = if self.is_nextest() { "--cargo-profile" } else { "--profile" };
        self.value_of(flag)?.into_string().ok()
    }

    fn value_of(&self, flag: &str) -> Option<OsString> {
        let mut arguments = self.own.iter();
        while let Some(argument) = arguments.next() {
            if argument == flag {
                return arguments.next().cloned();
            }
            let joined =
                argument.as_bytes().strip_prefix(flag.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
            if let Some(value) = joined {
                return Some(OsStr::from_bytes(value).to_owned());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Invocation;
    use std::ffi::OsString;

    fn of(line: &str) -> Invocation {
        Invocation::of(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>()).unwrap()
    }

    fn text(arguments: Vec<OsString>) -> String {
        arguments.join(" ".as_ref()).into_string().unwrap()
    }

    #[test]
    fn the_same_command_builds_and_runs() {
        for (given, runs, builds) in [
            (
                "test -p a -- --nocapture",
                "test -p a -- --nocapture",
                Some("test -p a --no-run -- --nocapture"),
            ),
            (
                "+nightly --locked t name",
                "+nightly --locked t name",
                Some("+nightly --locked t name --no-run"),
            ),
            ("nextest --workspace", "nextest run --workspace", Some("nextest run --workspace --no-run")),
            ("nextest run", "nextest run", Some("nextest run --no-run")),
            ("", "test", Some("test --no-run")),
            ("--workspace", "test --workspace", Some("test --workspace --no-run")),
            ("test --doc", "test --doc", None),
        ] {
            let invocation = of(given);
            assert_eq!(text(invocation.arguments()), runs);
            assert_eq!(invocation.building().map(text).as_deref(), builds);
        }
        assert!(Invocation::of(&["build".into()]).is_err());
    }

    #[test]
    fn profiles_are_those_of_cargo() {
        assert_eq!(of("test --profile fast-ci").profile().as_deref(), Some("fast-ci"));
        assert_eq!(of("nextest run --profile ci --cargo-profile=fast").profile().as_deref(), Some("fast"));
        assert_eq!(of("nextest run --profile ci").profile(), None);
    }
}
