//! A system in a directory, made from Debian's packages by `.ci/roots`.

use crate::files;
use forkcov_testing::needs::{self, Lack};
use forkcov_testing::run::{Outcome, run};
use forkcov_testing::sandbox::{Sandbox, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Mounts what every Linux has, and executes a command in the root: the root, then the command.
const ENTER: &str = "mount -t proc proc \"$1/proc\" && exec chroot \"$@\"";

/// A copy of such a system, which the test may change.
pub struct Root(Sandbox);

impl Root {
    /// A copy of `target/roots/NAME`; ends the running test if there is none, or it cannot be entered.
    pub fn of(name: &str) -> Root {
        needs::require(needs::right("root"));
        let original = files::target().join("roots").join(name);
        if !original.is_dir() {
            needs::give_up(Lack::package(".ci/roots"));
        }
        let root = Root(Sandbox::new());
        root.0.tool("cp", &["-a", &format!("{}/.", original.display()), "."]);
        root
    }

    /// A file in it, as seen from outside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path(name.trim_start_matches('/'))
    }

    /// Compiles `test-programs/support/NAME.c` to `/work/NAME`.
    pub fn compile(&self, compiler: &str, flags: &[&str], name: &str) {
        let source = self.path(&format!("work/{name}.c"));
        let original = forkcov_testing::paths::repository().join("test-programs/support");
        fs::copy(original.join(format!("{name}.c")), &source).unwrap();
        let root = self.path("");
        let root = root.to_str().unwrap().trim_end_matches('/');
        let (map, source) = (format!("-ffile-prefix-map={root}="), source.to_str().unwrap().to_owned());
        let output = self.path(&format!("work/{name}"));
        let flags = flags.iter().map(|flag| flag.replace("ROOT", root)).collect::<Vec<_>>();
        let flags = flags.iter().map(String::as_str);
        let rest = ["-g", "-O0", &map, &source, "-o", output.to_str().unwrap()];
        self.0.tool(compiler, &flags.chain(rest).collect::<Vec<_>>());
    }

    /// Runs a command in it, in `/`, for a minute at most.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", ENTER, "sh"]).arg(self.path("")).args(arguments);
        command.env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        let outcome = run(command, None, Duration::from_secs(60)).unwrap();
        if text(&outcome.stderr).contains("mount: ") {
            needs::give_up(Lack::machine("mount", "mounting /proc is not permitted"));
        }
        outcome
    }

    /// The same; it must succeed. Gives its standard output.
    pub fn succeeds(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert!(outcome.status.success(), "{arguments:?}: {outcome:?}");
        text(&outcome.stdout).to_owned()
    }

    /// The JSON report of `/forkcov.data`.
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.succeeds(&["forkcov", "json", "-o", "-"])).unwrap()
    }
}

/// The lines of the only source of a report that have run, by `which` key.
pub fn lines(report: &Value, which: &str) -> BTreeSet<u64> {
    let files = report["files"].as_object().unwrap();
    assert_eq!(files.len(), 1, "{report}");
    files.values().flat_map(|file| file[which].as_array().unwrap()).filter_map(Value::as_u64).collect()
}
