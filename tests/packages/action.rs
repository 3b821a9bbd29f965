//! `action.yml` and the template for GitLab: their steps are run with the archive that `packaging/archive` made.

use crate::composite::{Job, JobResult};
use crate::files::{self, VERSION};
use crate::yaml;
use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use std::fs;
use std::process::Command;

/// A checkout with a program, artifacts beside it, and the address of a release.
struct Service {
    place: Sandbox,
    releases: String,
}

impl Service {
    fn new() -> Service {
        needs::require(needs::tool("curl"));
        let archive = files::package(".tar.gz", "packaging/archive");
        let place = Sandbox::new();
        let release = place.path("releases").join(format!("v{VERSION}"));
        for directory in [&release, &place.path("artifacts"), &place.path("checkout")] {
            fs::create_dir_all(directory).unwrap();
        }
        let checksum = archive.with_file_name(format!("{}.sha256", archive.file_name().unwrap().display()));
        for file in [archive, checksum] {
            fs::copy(&file, release.join(file.file_name().unwrap())).unwrap();
        }
        let source = paths::repository().join("test-programs/support/forks.c");
        fs::copy(source, place.path("checkout/forks.c")).unwrap();
        place.tool("sh", &["-c", "cd checkout && cc -g -o forks forks.c"]);
        let releases = format!("file://{}", place.path("releases").display());
        Service { place, releases }
    }

    fn job(&self, base: &str, inputs: &[(&str, &str)]) -> JobResult {
        let (workspace, artifacts) = (self.place.path("checkout"), self.place.path("artifacts"));
        let inputs = [inputs, &[("releases", self.releases.as_str())]].concat();
        Job { workspace: &workspace, artifacts: &artifacts, base, inputs: &inputs }.run()
    }
}

#[test]
fn the_action_runs_and_reports() {
    let service = Service::new();
    let result = service.job("", &[("run", "./forks 0"), ("flags", "--label all"), ("fail-under", "90")]);
    assert_eq!(result.failed, [""; 0], "{result:?}");
    assert!(result.summary.contains("| `forks.c` |") && result.summary.contains("| 18 |"), "{result:?}");
    let coverage = result.outputs.strip_prefix("coverage=").unwrap().trim();
    assert!(coverage.parse::<f64>().is_ok_and(|percent| percent > 90.0 && percent < 100.0), "{result:?}");
    assert!(result.stdout.contains("child\nparent\n") && !result.stdout.contains("::notice"), "{result:?}");
}

#[test]
fn the_action_reports_a_run_that_fails_and_fails_below_the_minimum() {
    let service = Service::new();
    let result = service.job("", &[("run", "./forks 3; echo never"), ("fail-under", "1")]);
    assert_eq!(result.failed, ["Run"], "{result:?}");
    assert!(result.summary.contains("| `forks.c` |") && !result.stdout.contains("never"), "{result:?}");
    let result = service.job("", &[("run", "./forks"), ("fail-under", "100")]);
    assert_eq!(result.failed, ["Compare with the minimum"], "{result:?}");
}

#[test]
fn the_action_gives_notices_for_what_a_pull_request_changes() {
    let service = Service::new();
    let git = "cd checkout && git init -q && git config user.name n && git config user.email e && \
               echo '// old' >forks.c && git add forks.c && git commit -qm old && \
               git update-ref refs/remotes/origin/main HEAD && cp \"$0\" forks.c && git commit -qam new";
    let source = paths::repository().join("test-programs/support/forks.c");
    needs::require(needs::tool("git"));
    service.place.tool("sh", &["-c", git, source.to_str().unwrap()]);
    let result = service.job("main", &[("run", "./forks")]);
    assert_eq!(result.failed, [""; 0], "{result:?}");
    let notices: Vec<&str> = result.stdout.lines().filter(|line| line.starts_with("::notice")).collect();
    assert_eq!(notices.len(), 1, "{result:?}");
    assert!(notices[0].contains("file=forks.c") && notices[0].contains("line=18"), "{notices:?}");
}

#[test]
fn the_jobs_of_a_matrix_are_combined() {
    let service = Service::new();
    for (name, run) in
        [("forkcov-one", "./forks"), ("forkcov-two", "./forks 0 1 2 3 4 5 6 7 8 9 || test $? = 9")]
    {
        let result = service.job("", &[("run", run), ("artifact", name)]);
        assert_eq!((&result.failed[..], result.summary.as_str()), (&[] as &[String], ""), "{result:?}");
        fs::remove_file(service.place.path("checkout/forkcov.data")).unwrap();
    }
    let result = service.job("", &[("combine", "forkcov-*"), ("fail-under", "100")]);
    assert_eq!(result.failed, [""; 0], "{result:?}");
    assert_eq!(result.outputs.trim(), "coverage=100.0");
}

#[test]
fn an_archive_that_is_not_the_released_one_is_refused() {
    let service = Service::new();
    let archive = service.place.path("releases").join(format!("v{VERSION}"));
    let archive = archive.join(format!("forkcov-{VERSION}-x86_64-unknown-linux-musl.tar.gz"));
    let mut bytes = fs::read(&archive).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&archive, bytes).unwrap();
    let result = service.job("", &[("run", "./forks")]);
    assert_eq!(result.failed[0], "Install forkcov");
    assert!(!result.stdout.contains("child"), "nothing is run: {result:?}");
}

#[test]
fn the_job_for_gitlab_runs_and_reports() {
    let service = Service::new();
    let template = yaml::read("packaging/gitlab.yml");
    let job = template.as_mapping_get(".forkcov").unwrap();
    let lines = |key: &str| {
        let lines = yaml::list(job, key).iter().map(|line| line.as_str().unwrap());
        lines.collect::<Vec<_>>().join("\n")
    };
    let shell = |script: &str| {
        let checkout = service.place.path("checkout");
        let mut command = Command::new("bash");
        command.args(["-eo", "pipefail", "-c", script]).current_dir(&checkout);
        command.envs(yaml::texts(job, "variables")).env("CI_PROJECT_DIR", &checkout);
        command.env("FORKCOV_RELEASES", &service.releases).env("FORKCOV_RUN", "./forks");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
        text(&output.stdout).to_owned()
    };
    shell(&format!("{}\n{}", lines("before_script"), lines("script")));
    let printed = shell(&lines("after_script"));
    let pattern = yaml::text(job, "coverage").unwrap();
    // GitLab searches line by line.
    let coverage = regex::Regex::new(&format!("(?m){}", pattern.trim_matches('/'))).unwrap();
    let percent: f64 = coverage.captures(&printed).unwrap()[1].parse().unwrap();
    assert!(percent > 90.0 && percent < 100.0, "{printed}");
    let xml = fs::read_to_string(service.place.path("checkout/coverage.xml")).unwrap();
    assert!(xml.contains("filename=\"forks.c\""), "{xml}");
}

#[test]
fn the_version_is_the_same_everywhere() {
    let action = yaml::read("action.yml");
    let inputs = action.as_mapping_get("inputs").unwrap();
    assert_eq!(yaml::text(&inputs["version"], "default").as_deref(), Some(VERSION));
    let gitlab = yaml::read("packaging/gitlab.yml");
    assert_eq!(yaml::texts(&gitlab[".forkcov"], "variables")["FORKCOV_VERSION"], VERSION);
    for file in ["packaging/gitlab.yml", "packaging/Containerfile"] {
        let content = fs::read_to_string(paths::repository().join(file)).unwrap();
        assert!(content.contains(VERSION), "{file}");
    }
}

#[test]
fn shellcheck_finds_nothing_in_scripts_and_steps() {
    let place = Sandbox::new();
    let mut scripts: Vec<_> = [".ci/roots", "packaging/static", "packaging/archive", "packaging/deb"]
        .into_iter()
        .chain(["packaging/documents", "packaging/flags", "packaging/lint", "packaging/wheel"])
        .map(|script| paths::repository().join(script))
        .collect();
    let (action, release) = (yaml::read("action.yml"), yaml::read(".github/workflows/release.yml"));
    let jobs = release["jobs"].as_mapping().unwrap().values();
    let steps = jobs.flat_map(|job| yaml::list(job, "steps")).chain(yaml::list(&action["runs"], "steps"));
    for (number, script) in steps.filter_map(|step| yaml::text(step, "run")).enumerate() {
        place.write(&format!("step{number}"), format!("#!/bin/bash -e\n{script}\n"), 0o644);
        scripts.push(place.path(&format!("step{number}")));
    }
    assert!(scripts.len() > 12, "{scripts:?}");
    let mut shellcheck = needs::command("shellcheck");
    // Files that are sourced are checked by themselves.
    let output = shellcheck.arg("--exclude=SC1091").args(scripts).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stdout));
}
