//! A bash with debug information: its own C code is covered in the same run as its scripts.

use crate::script::Place;
use forkcov_testing::needs::{self, Lack};

const SCRIPT: &str = "\
f() { #+
  echo f #+
}
f #+
( f ) #+
false && #+
  echo never
";

/// The sources of bash that a run has found lines of.
fn own_sources(place: &Place) -> Vec<String> {
    place.rows("SELECT DISTINCT path FROM line_hit WHERE path LIKE '%/execute_cmd.c'")
}

/// A run of the script, and the name of a source of bash.
fn both() -> (Place, String) {
    let place = Place::new(&[("script", SCRIPT)]);
    place.same_of(&["bash", "script"]);
    let Some(source) = own_sources(&place).pop() else {
        let reason = "bash has no debug information: .ci/debian-bash trixie -O2";
        needs::give_up(Lack::machine("bash-debug-information", reason));
    };
    (place, source)
}

#[test]
fn scripts_count_beside_its_own_code() {
    let (place, source) = both();
    place.check();
    let lines = place.rows(&format!("SELECT DISTINCT line || '' FROM line_hit WHERE path = '{source}'"));
    assert!(lines.len() > 100, "{lines:?}");
    let processes = place.rows(&format!("SELECT DISTINCT pid || '' FROM line_hit WHERE path = '{source}'"));
    assert_eq!(processes.len(), 2);
}

#[test]
fn sources_separate_scripts_from_its_own_code() {
    let (place, source) = both();
    place.traced(&["--source", "."], &["bash", "script"]);
    place.check();
    assert_eq!(own_sources(&place), [""; 0]);
    place.traced(&["--omit", &source.replace("execute_cmd.c", "*")], &["bash", "script"]);
    place.check();
    assert_eq!(own_sources(&place), [""; 0]);
    place.traced(&["--include", "*/execute_cmd.c"], &["bash", "script"]);
    assert!(place.hit().is_empty());
    assert_eq!(own_sources(&place), [source]);
}
