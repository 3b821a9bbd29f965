//! Shells that end in any way keep what they ran.

use crate::script::{Place, check};

#[test]
fn killed_children_lose_nothing() {
    check(
        "\
exec 2> /dev/null #+
( echo killed #+
  kill -KILL $BASHPID #+
  echo never )
( echo terminated #+
  kill $BASHPID #+
  echo never )
( trap 'exit 9' TERM #+
  kill $BASHPID #+
  echo never )
( ulimit -c 0 #+
  kill -SEGV $BASHPID #+
)
( exec true #+
  echo never )
f() { #+
  exit 3 #+
}
( f ) #+
( set -e #+
  false #+
  echo never )
kill -KILL $$ #+
echo never
",
    );
}

#[test]
fn a_loop_that_is_killed_has_begun() {
    let place = Place::new(&[(
        "script",
        "echo > began #+\nwhile true; do #+\n  echo > again #+\ndone\necho never\n",
    )]);
    let kill = "bash script & until [ -s again ]; do :; done; kill -KILL $!; wait";
    place.traced(&[], &["bash", "-c", kill]);
    place.check();
}

/// Which process ran what: a child has what it ran itself.
#[test]
fn each_process_has_its_own_lines() {
    let script = "\
f() {
  echo f
}
f
(
  f
  echo child
  (
    echo grandchild
    exit 2
  )
)
echo parent
";
    let place = Place::new(&[("script", script)]);
    place.same_of(&["bash", "script"]);
    let lines = place.rows(
        "SELECT group_concat(line, ' ') FROM (SELECT serial, line FROM line_hit JOIN process USING (run, pid)
         ORDER BY serial, line) GROUP BY serial ORDER BY serial",
    );
    assert_eq!(lines, ["1 2 4 13", "2 6 7", "9 10"]);
}

#[test]
fn many_children_at_once() {
    let script = "\
f() { #+
  echo $1 > /dev/null #+
}
for i in {1..200}; do #+
  ( f $i; kill -KILL $BASHPID ) & #+
done 2> /dev/null
wait 2> /dev/null #+
";
    let place = Place::new(&[("script", script)]);
    place.traced(&[], &["bash", "script"]);
    place.check();
    let children = place.rows("SELECT count(DISTINCT pid) || '' FROM line_hit WHERE line = 2");
    assert_eq!(children, ["200"]);
}
