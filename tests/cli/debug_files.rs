//! Diagnostics about debug information that is not where the object says.

use forkcov_testing::sandbox::{Sandbox, text};
use std::fs;

#[test]
fn a_debug_file_of_another_build_is_said_once() {
    let place = Sandbox::with("forks");
    place.tool("objcopy", &["--only-keep-debug", "forks", "forks.debug"]);
    place.tool("objcopy", &["--strip-all", "--add-gnu-debuglink=forks.debug", "forks"]);
    let covered = place.succeeds(&["run", "--", "./forks"]);
    assert!(!text(&covered.stderr).contains("cannot cover"), "{covered:?}");
    let mut bytes = fs::read(place.path("forks.debug")).unwrap();
    bytes.push(0);
    fs::write(place.path("forks.debug"), bytes).unwrap();
    let output = place.forkcov(&["run", "--", "./forks"]);
    let about = text(&output.stderr).matches("forks.debug is not its debug information: its CRC is ").count();
    assert_eq!(about, 1, "{output:?}");
}

#[test]
fn functions_that_were_split_off_and_lost_are_reported_with_verbose() {
    let place = Sandbox::new();
    place.compile("forks", &["-g", "-O0", "-gsplit-dwarf"]);
    for name in place.files("forks").iter().filter(|name| name.ends_with(".dwo")) {
        fs::remove_file(place.path(name)).unwrap();
    }
    let quiet = place.succeeds(&["run", "--", "./forks"]);
    assert!(!text(&quiet.stderr).contains("split off"), "{quiet:?}");
    let told = place.succeeds(&["run", "-v", "--", "./forks"]);
    let line = text(&told.stderr).lines().find(|line| line.contains("split off")).unwrap_or_default();
    assert!(line.contains("functions are missing of ") && line.ends_with(": no such file"), "{told:?}");
}
