//! A bash that is newer than what the probe knows.

use crate::script::Place;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const SCRIPT: &str = "\
echo \"${BASH_VERSINFO[0]}.${BASH_VERSINFO[1]}\" \"$BASH\"
f() {
  echo f
}
f | ( cat; echo \"$1\" )
";

/// Its structs may be others, so it is left alone.
#[test]
fn a_newer_one_is_named_and_runs_as_bare() {
    let place = Place::new(&[("script", SCRIPT)]);
    let known = String::from_utf8(place.run(&["bash", "script"]).stdout).unwrap();
    let (version, bash) = known.lines().next().unwrap().split_once(' ').unwrap();

    // The same bash, but for its version.
    let (from, to) = (format!("\0{version}\0"), "\x005.9\0");
    assert_eq!(from.len(), to.len(), "{version}");
    let mut program = fs::read(bash).unwrap();
    let places = memchr::memmem::find_iter(&program, &from).collect::<Vec<_>>();
    for at in places {
        program[at..][..to.len()].copy_from_slice(to.as_bytes());
    }
    let newer = place.sandbox.path("newer");
    fs::write(&newer, program).unwrap();
    fs::set_permissions(&newer, fs::Permissions::from_mode(0o755)).unwrap();

    let bare = place.run(&["./newer", "script", "a"]);
    assert!(bare.stdout.starts_with(b"5.9 ") && bare.status.success(), "{bare:?}");
    let traced = place.traced(&["--omit", "**/*.[chy]"], &["./newer", "script", "a"]);
    assert_eq!((&traced.stdout, traced.status), (&bare.stdout, bare.status));
    let said = String::from_utf8_lossy(&traced.stderr);
    assert!(said.contains("the layout of the data of this version (5.9."), "{said}");
    assert!(place.hit().is_empty(), "{:?}", place.hit());
}
