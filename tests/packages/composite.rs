//! The steps of `action.yml`, run as GitHub's runner does it.

use crate::yaml;
use forkcov_testing::sandbox::text as utf8;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A job that uses the action once.
pub struct Job<'a> {
    /// The checkout.
    pub workspace: &'a Path,
    /// Where uploaded artifacts are: a directory for each.
    pub artifacts: &'a Path,
    /// The branch that the pull request goes to, or nothing.
    pub base: &'a str,
    pub inputs: &'a [(&'a str, &'a str)],
}

/// What such a job has done.
#[derive(Debug, Default)]
pub struct JobResult {
    /// The names of the steps that ran and failed.
    pub failed: Vec<String>,
    /// What its steps printed on stdout, which has the notices.
    pub stdout: String,
    /// The summary page.
    pub summary: String,
    /// The outputs of its steps.
    pub outputs: String,
}

impl Job<'_> {
    /// Runs the steps, with temporary files in a new directory below the artifacts.
    pub fn run(&self) -> JobResult {
        let action = yaml::read("action.yml");
        let temporary = tempfile::tempdir_in(self.artifacts.parent().unwrap()).unwrap();
        let mut runner = Runner { job: self, temporary: temporary.path(), values: BTreeMap::new() };
        runner.values.insert("github.base_ref".to_owned(), self.base.to_owned());
        runner.values.insert("runner.temp".to_owned(), temporary.path().to_str().unwrap().to_owned());
        for (name, input) in action.as_mapping_get("inputs").unwrap().as_mapping().unwrap() {
            let name = name.as_str().unwrap();
            let given = self.inputs.iter().find(|(input, _)| *input == name);
            let default = || yaml::text(input, "default").unwrap();
            let value = given.map_or_else(default, |(_, value)| (*value).to_owned());
            let value = runner.filled(&value);
            runner.values.insert(format!("inputs.{name}"), value);
        }
        let mut result = JobResult::default();
        for step in yaml::list(action.as_mapping_get("runs").unwrap(), "steps") {
            let condition = yaml::text(step, "if").unwrap_or_default();
            if runner.holds(&condition, result.failed.is_empty()) {
                let name = yaml::text(step, "name").unwrap();
                if !runner.step(step, &mut result.stdout) {
                    result.failed.push(name);
                }
            }
        }
        let written = |name: &str| fs::read_to_string(temporary.path().join(name)).unwrap_or_default();
        (result.summary, result.outputs) = (written("summary"), written("output"));
        result
    }
}

struct Runner<'a> {
    job: &'a Job<'a>,
    temporary: &'a Path,
    /// The values of expressions.
    values: BTreeMap<String, String>,
}

impl Runner<'_> {
    /// The text with the values of its expressions.
    fn filled(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
        let (expression, after) = rest.split_once("}}").unwrap();
        let value = self.values.get(expression.trim());
        let value = value.unwrap_or_else(|| panic!("no value of {expression}"));
        format!("{before}{value}{}", self.filled(after))
    }

    /// Whether a step with this condition is run.
    fn holds(&self, condition: &str, is_success: bool) -> bool {
        let condition = condition.trim().trim_start_matches("${{").trim_end_matches("}}");
        let terms: Vec<&str> = condition.split("&&").map(str::trim).filter(|term| !term.is_empty()).collect();
        (is_success || terms.contains(&"always()"))
            && terms.iter().filter(|term| **term != "always()").all(|term| {
                let (name, is_equal) = match term.strip_suffix(" != ''") {
                    Some(name) => (name, false),
                    None => (term.strip_suffix(" == ''").unwrap_or_else(|| panic!("{term}")), true),
                };
                self.values[name].is_empty() == is_equal
            })
    }

    /// Runs one step; false if it failed.
    fn step(&self, step: &saphyr::YamlOwned, stdout: &mut String) -> bool {
        let with: BTreeMap<_, _> =
            yaml::texts(step, "with").into_iter().map(|(key, value)| (key, self.filled(&value))).collect();
        match yaml::text(step, "uses").as_deref().map(|action| action.split('@').next().unwrap()) {
            Some("actions/upload-artifact") => {
                let (from, to) = (self.job.workspace.join(&with["path"]), self.artifact(&with["name"]));
                fs::create_dir(&to).unwrap();
                fs::copy(&from, to.join(from.file_name().unwrap())).is_ok()
            }
            Some("actions/download-artifact") => self.download(&with["pattern"], Path::new(&with["path"])),
            Some(other) => panic!("{other} is not simulated"),
            None => {
                let output = self.script(step);
                stdout.push_str(utf8(&output.stdout));
                output.status.success()
            }
        }
    }

    fn artifact(&self, name: &str) -> PathBuf {
        self.job.artifacts.join(name)
    }

    fn download(&self, pattern: &str, to: &Path) -> bool {
        let prefix = pattern.strip_suffix('*').expect("only such patterns are simulated");
        for entry in self.job.artifacts.read_dir().unwrap().map(Result::unwrap) {
            if entry.file_name().to_str().unwrap().starts_with(prefix) {
                fs::create_dir_all(to).unwrap();
                let copied = Command::new("cp").arg("-r").arg(entry.path()).arg(to).status().unwrap();
                assert!(copied.success());
            }
        }
        true
    }

    /// Runs the script of a step as `shell: bash` says.
    fn script(&self, step: &saphyr::YamlOwned) -> Output {
        assert_eq!(yaml::text(step, "shell").as_deref(), Some("bash"));
        let script = yaml::text(step, "run").unwrap();
        assert!(!script.contains("${{"), "values reach a script by variables alone: {script}");
        let file = self.temporary.join("script");
        fs::write(&file, script).unwrap();
        let added = fs::read_to_string(self.temporary.join("path")).unwrap_or_default();
        let path = std::env::var("PATH").unwrap();
        let path = added.lines().chain([path.as_str()]).collect::<Vec<_>>().join(":");
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&file).current_dir(self.job.workspace);
        command.env("PATH", path).env("RUNNER_TEMP", self.temporary).env("GITHUB_ACTIONS", "true");
        command.env_remove("FORKCOV_FILE").env_remove("FORKCOV_CONFIG");
        for (variable, file) in
            [("GITHUB_PATH", "path"), ("GITHUB_STEP_SUMMARY", "summary"), ("GITHUB_OUTPUT", "output")]
        {
            command.env(variable, self.temporary.join(file));
        }
        command.envs(yaml::texts(step, "env").into_iter().map(|(key, value)| (key, self.filled(&value))));
        command.output().unwrap()
    }
}
