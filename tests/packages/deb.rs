//! The package for Debian, installed by dpkg into a root.

use crate::files::{self, VERSION};
use crate::root::Root;
use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, text};
use std::fs;
use std::path::Path;

/// Installs the package below `root`.
fn install(root: &Path) {
    let package = files::package(".deb", "packaging/deb");
    for directory in ["updates", "info"] {
        fs::create_dir_all(root.join("var/lib/dpkg").join(directory)).unwrap();
    }
    fs::write(root.join("var/lib/dpkg/status"), "").unwrap();
    let mut dpkg = needs::command("dpkg");
    dpkg.arg("--root").arg(root).args(["--force-not-root", "--force-bad-path", "--log=/dev/null"]);
    let output = dpkg.arg("--install").arg(package).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn dpkg_installs_the_program_its_manual_and_completions() {
    let place = Sandbox::new();
    install(&place.path(""));
    let is_there = |name: &str| assert!(place.path(name).is_file(), "no {name}");
    for command in ["", "-run", "-report", "-combine"] {
        is_there(&format!("usr/share/man/man1/forkcov{command}.1.gz"));
    }
    is_there("usr/bin/cargo-forkcov");
    is_there("usr/share/bash-completion/completions/forkcov");
    is_there("usr/share/zsh/vendor-completions/_forkcov");
    is_there("usr/share/fish/vendor_completions.d/forkcov.fish");
    is_there("usr/share/doc/forkcov/copyright");
    let status = fs::read_to_string(place.path("var/lib/dpkg/status")).unwrap();
    let fields: Vec<&str> = status.lines().collect();
    for field in ["Package: forkcov", "Status: install ok installed", "Architecture: amd64"] {
        assert!(fields.contains(&field), "no {field} in {status}");
    }
    assert!(fields.iter().any(|field| field.starts_with(&format!("Version: {VERSION}-"))), "{status}");
    assert!(!status.contains("Depends:"), "{status}");
    let completion = "set -eu; . usr/share/bash-completion/completions/forkcov; COMP_WORDS=(forkcov rep); \
                      COMP_CWORD=1; COMPREPLY=(); _forkcov forkcov rep forkcov; echo \"${COMPREPLY[@]}\"";
    let output =
        needs::command("bash").args(["-c", completion]).current_dir(place.path("")).output().unwrap();
    assert_eq!(text(&output.stdout), "report\n", "{output:?}");
}

#[test]
fn it_runs_in_a_system_with_nothing_else() {
    let root = Root::of("debian");
    install(&root.path(""));
    assert_eq!(root.succeeds(&["forkcov", "--version"]), format!("forkcov {VERSION}\n"));
}
