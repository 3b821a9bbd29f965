//! Test frameworks for shells: bats-core and shunit2 have the results that they have without forkcov.

use crate::script::Place;
use forkcov_testing::needs;
use forkcov_testing::sandbox::text;

/// What is tested.
const LIBRARY: &str = "\
double() { #+
  echo $(($1 * 2)) #+
}
fails() { #+
  return \"$1\" #+
}
never() { #+
  echo never
}
";

const BATS: &str = "\
setup() {
  load lib.sh
}
@test \"doubles\" {
  [ \"$(double 2)\" = 4 ]
}
@test \"fails as asked\" {
  run fails 3
  [ \"$status\" -eq 3 ]
}
@test \"is wrong\" {
  run double 3
  [ \"$output\" = 7 ]
}
@test \"is skipped\" {
  skip \"for now\"
}
";

const SHUNIT2: &str = "\
. ./lib.sh #+
testDouble() { #+
  assertEquals 4 \"$(double 2)\" #+
}
testFails() { #+
  fails 3 #+
  assertEquals 3 $? #+
}
testWrong() { #+
  assertEquals 7 \"$(double 3)\" #+
}
. /usr/share/shunit2/shunit2 #+
";

#[test]
fn tests_of_bats_end_as_without_it_and_are_contexts() {
    needs::command("bats");
    let place = Place::new(&[("lib.sh", LIBRARY), ("all.bats", BATS)]);
    let bare = place.run(&["bats", "--tap", "all.bats"]);
    let flags = ["--omit", "*/bats-run-*/*", "--context-from", r"bats-exec-test .* test_(\S+) "];
    let traced = place.traced(&flags, &["bats", "--tap", "all.bats"]);
    assert_eq!((text(&traced.stdout), traced.status), (text(&bare.stdout), bare.status));
    assert!(text(&bare.stdout).contains("not ok 3 is wrong"), "{bare:?}");
    place.check();
    let of_line = place.sandbox.succeeds(&["tests", "--line", "lib.sh:5"]);
    assert!(text(&of_line.stdout).contains("fails_as_asked"), "{of_line:?}");
    assert!(!text(&of_line.stdout).contains("doubles"), "{of_line:?}");
}

#[test]
fn tests_of_shunit2_end_as_without_it() {
    needs::require(needs::tool("/usr/share/shunit2/shunit2"));
    let place = Place::new(&[("lib.sh", LIBRARY), ("all_test.sh", SHUNIT2)]);
    let output = place.same_of(&["bash", "all_test.sh"]);
    assert!(text(&output.stdout).contains("expected:<7> but was:<6>"), "{output:?}");
    place.check();
}
