//! The wheel, installed into a new virtual environment.

use crate::files::{self, VERSION};
use forkcov_testing::environment::{finish, pip};
use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, text};
use std::path::Path;
use std::process::{Command, Output};

/// A virtual environment with nothing but the wheel.
fn environment() -> Sandbox {
    let wheel = files::package(".whl", "packaging/wheel");
    let place = Sandbox::new();
    let mut venv = needs::command("python3");
    venv.args(["-m", "venv"]).arg(place.path("venv"));
    finish(venv).unwrap();
    let wheel = ["install", "--no-index", wheel.to_str().unwrap()];
    pip(&place.path("venv/bin/python3"), wheel.into_iter()).unwrap();
    place
}

fn forkcov(place: &Sandbox, arguments: &[&str]) -> Output {
    let mut command = Command::new(place.path("venv/bin/forkcov"));
    let output = command.args(arguments).current_dir(place.path("")).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

#[test]
fn it_is_for_every_linux_of_this_machine() {
    let wheel = files::package(".whl", "packaging/wheel");
    let name = wheel.file_name().unwrap().to_str().unwrap();
    let platforms = name.strip_prefix(&format!("forkcov-{VERSION}-py3-none-")).expect(name);
    let mut platforms: Vec<&str> = platforms.trim_end_matches(".whl").split('.').collect();
    platforms.sort_unstable();
    assert_eq!(platforms, ["manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64"]);
}

#[test]
fn it_installs_forkcov_alone() {
    let place = environment();
    assert_eq!(text(&forkcov(&place, &["--version"]).stdout), format!("forkcov {VERSION}\n"));
    place.write(
        "forks.py",
        "import os\nif os.fork() == 0:\n    os._exit(0)\nos.wait()\nif not os:\n    no()\n",
        0o644,
    );
    let python = place.path("venv/bin/python3");
    forkcov(&place, &["run", "-q", "--", python.to_str().unwrap(), "forks.py"]);
    let report = forkcov(&place, &["report", "-m"]);
    let row = text(&report.stdout).lines().find(|line| line.starts_with("forks.py")).unwrap();
    let columns: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(columns, ["forks.py", "6", "1", "83.3%", "6"], "{report:?}");
    let script = std::fs::read(Path::new(&place.path("venv/bin/forkcov"))).unwrap();
    assert!(script.starts_with(b"\x7fELF"), "no Python starts before forkcov");
    assert!(place.path("venv/bin/cargo-forkcov").is_file());
}
