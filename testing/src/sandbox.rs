//! A temporary directory with compiled programs, in which forkcov is run.

use crate::copy::copy_into;
use crate::{dispositions, needs, paths};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;
use tempfile::TempDir;

/// The directory in which a test works. It is removed at the end of the test.
#[derive(Debug)]
pub struct Sandbox(TempDir);

impl Default for Sandbox {
    fn default() -> Self {
        Sandbox::new()
    }
}

impl Sandbox {
    /// An empty directory.
    pub fn new() -> Sandbox {
        Sandbox::in_directory(paths::scratch())
    }

    /// An empty directory below this one.
    pub fn in_directory(directory: &Path) -> Sandbox {
        Sandbox(tempfile::tempdir_in(directory).unwrap())
    }

    /// With `./NAME`, compiled with debug information from `test-programs/support/NAME.c`.
    pub fn with(name: &str) -> Sandbox {
        let place = Sandbox::new();
        place.compile(name, &["-g", "-O0"]);
        place
    }

    /// Compiles `test-programs/support/NAME.c` into `./NAME`.
    pub fn compile(&self, name: &str, flags: &[&str]) {
        self.compile_source(&format!("{name}.c"), name, flags);
    }

    /// Compiles `test-programs/support/SOURCE` into `./NAME`.
    pub fn compile_source(&self, source: &str, name: &str, flags: &[&str]) {
        let source = paths::repository().join("test-programs/support").join(source);
        let mut command = needs::command("cc");
        let status = command.args(flags).arg(source).arg("-o").arg(self.path(name)).status().unwrap();
        assert!(status.success(), "{command:?}");
    }

    /// Runs the C compiler, here. It must succeed.
    pub fn cc(&self, arguments: &[&str]) {
        self.tool("cc", arguments);
    }

    /// Runs a tool, here. It must succeed; the running test ends if it is not installed.
    pub fn tool(&self, name: &str, arguments: &[&str]) {
        let output = needs::command(name).args(arguments).current_dir(self.0.path()).output().unwrap();
        let reason = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name} {arguments:?}: {reason}");
    }

    /// The same, but if the tool is not installed, notes that and gives false.
    pub fn try_tool(&self, name: &str, arguments: &[&str]) -> bool {
        if let Some(lack) = needs::tool(name) {
            needs::note(lack);
            return false;
        }
        self.tool(name, arguments);
        true
    }

    /// Runs a compiler, here. If it is not installed, or refuses (an option that this version does not have),
    /// notes that and gives false.
    pub fn builds(&self, compiler: &str, arguments: &[&str]) -> bool {
        if let Some(lack) = needs::tool(compiler) {
            needs::note(lack);
            return false;
        }
        let output = Command::new(compiler).args(arguments).current_dir(self.0.path()).output().unwrap();
        if output.status.success() {
            needs::note_built();
            return true;
        }
        let reason = String::from_utf8_lossy(&output.stderr);
        needs::note_refusal(format!(
            "{compiler} {arguments:?}: {}",
            reason.lines().next().unwrap_or_default()
        ));
        false
    }

    /// A file of this directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file with these permissions, which may be executed.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>, mode: u32) {
        let (elsewhere, path) = (tempfile::tempdir().unwrap(), self.path(name));
        let written = elsewhere.path().join(path.file_name().unwrap());
        fs::write(&written, content).unwrap();
        copy_into(path.parent().unwrap(), [written]).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Its file names that begin with `prefix`, sorted.
    pub fn files(&self, prefix: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.retain(|name| name.starts_with(prefix));
        names.sort();
        names
    }

    /// forkcov, here, with these arguments, not run yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        dispositions::are_default();
        let mut command = Command::new(paths::forkcov());
        command.args(arguments).current_dir(self.0.path());
        command.env_remove("FORKCOV_FILE").env_remove("FORKCOV_CONFIG").env_remove("COVERAGE_RCFILE");
        command
    }

    /// forkcov, here, with these arguments, for a minute at most.
    pub fn forkcov(&self, arguments: &[&str]) -> Output {
        let mut command = assert_cmd::Command::from_std(self.command(arguments));
        command.timeout(Duration::from_secs(60)).output().unwrap()
    }

    /// The same, which must succeed.
    pub fn succeeds(&self, arguments: &[&str]) -> Output {
        let output = self.forkcov(arguments);
        assert!(output.status.success(), "forkcov {arguments:?}: {output:?}");
        output
    }

    /// The JSON report of a data file.
    pub fn json(&self, data_file: &str) -> Value {
        let output = self.succeeds(&["json", "--data-file", data_file, "-o", "-"]);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// How many processes a data file has.
    pub fn processes(&self, data_file: &str) -> usize {
        self.json(data_file)["processes"].as_array().unwrap().len()
    }

    /// The lines of a source that a data file has as executed.
    pub fn executed(&self, data_file: &str, source: &str) -> BTreeSet<u64> {
        let json = self.json(data_file);
        let files = json["files"].as_object().unwrap();
        let of_source = files.iter().filter(|(path, _)| path.ends_with(source));
        of_source
            .flat_map(|(_, file)| file["executed_lines"].as_array().unwrap())
            .filter_map(Value::as_u64)
            .collect()
    }
}

/// Output as text.
pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Asserts that stderr is one line of forkcov with these words, and returns it.
#[track_caller]
pub fn one_line<'a>(output: &'a Output, words: &[&str]) -> &'a str {
    let line = text(&output.stderr);
    assert_eq!(line.lines().count(), 1, "{output:?}");
    assert!(line.starts_with("forkcov: "), "{line}");
    for word in words {
        assert!(line.contains(word), "no {word:?} in: {line}");
    }
    line
}
