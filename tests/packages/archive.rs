//! The archive, as `cargo binstall` reads it.

use crate::files::{self, VERSION};
use forkcov_testing::environment::finish;
use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::sandbox::{Sandbox, text};
use regex::Regex;
use std::fs;
use std::process::Command;

/// A value of `[package.metadata.binstall]`, with the variables of a release in it.
fn metadata(manifest: &str, key: &str) -> String {
    let line = Regex::new(&format!(r#"(?m)^{key} = "(.*)"$"#)).unwrap();
    let value = &line.captures(manifest).unwrap_or_else(|| panic!("no {key}"))[1];
    let repository = &Regex::new(r#"(?m)^repository = "(.*)"$"#).unwrap().captures(manifest).unwrap()[1];
    value.replace("{ repo }", repository).replace("{ name }", "forkcov").replace("{ version }", VERSION)
}

#[test]
fn binstall_finds_both_programs() {
    let archive = files::package(".tar.gz", "packaging/archive");
    let manifest = fs::read_to_string(paths::repository().join("Cargo.toml")).unwrap();
    let address = metadata(&manifest, "pkg-url");
    assert!(address.ends_with(archive.file_name().unwrap().to_str().unwrap()), "{address}");
    let place = Sandbox::new();
    let mut tar = needs::command("tar");
    tar.arg("-xf").arg(&archive).current_dir(place.path(""));
    finish(tar).unwrap();
    let program = |bin: &str| place.path(&metadata(&manifest, "bin-dir").replace("{ bin }", bin));
    let version = Command::new(program("forkcov")).arg("--version").output().unwrap();
    assert_eq!(text(&version.stdout), format!("forkcov {VERSION}\n"));
    // It becomes the forkcov beside it.
    let help = Command::new(program("cargo-forkcov")).args(["forkcov", "--help"]).output().unwrap();
    assert!(text(&help.stdout).contains("Usage: forkcov cargo "), "{help:?}");
}
