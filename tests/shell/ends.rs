//! Shells that end in any way keep what they ran.

use crate::script::{Place, check, lines_of_processes};
use std::fmt::Write as _;
use std::thread::sleep;
use std::time::Duration;

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
        "SELECT group_concat(line, ' ') FROM (SELECT serial, line FROM line_hit JOIN process USING (run, pid) WHERE path LIKE '%/script'
         ORDER BY serial, line) GROUP BY serial ORDER BY serial",
    );
    assert_eq!(lines, ["1 2 4 13", "2 6 7", "9 10"]);
}

/// A simple command counts in the shell that begins it, even if a child runs it. A compound command counts
/// in the child.
#[test]
fn each_process_of_a_pipeline_has_its_own_lines() {
    let script = "\
f() {
  echo f
}
f | cat
{
  f
} | cat
f &
wait
x=$(f)
f | {
  cat
}
for x in a; do
  f
done | cat
[[ a ]] &
wait
g() {
  echo never
} &
wait
";
    let place = Place::new(&[("script", script)]);
    place.same_of(&["bash", "script"]);
    let mut lines = place.hit_by_processes("script");
    let first = *lines.keys().next().unwrap();
    assert_eq!(lines.remove(&first), Some([1, 4, 7, 8, 9, 10, 11, 16, 18, 22].into()));
    let mut lines: Vec<_> = lines.into_values().map(|lines| lines.into_iter().collect::<Vec<_>>()).collect();
    lines.sort();
    assert_eq!(lines, [&[2][..], &[2], &[2], &[2], &[2, 6], &[2, 14, 15], &[12], &[17], &[19]]);
}

/// A child logs each of its lines when it runs it, and is killed at some moment.
#[test]
fn a_child_that_is_killed_at_any_moment_has_what_it_ran() {
    for least in [1, 2, 50, 400, 1000] {
        let mut script = format!(
            "exec 2> /dev/null\n: > log\n(\n{}) &\n",
            (4..4000).fold(String::new(), |mut lines, line| {
                let _ = writeln!(lines, "echo {line} >> log");
                lines
            })
        );
        let _ = write!(
            script,
            "until mapfile -t lines < log && (( ${{#lines[@]}} >= {least} )); do :; done
kill -KILL $!
wait
"
        );
        let place = Place::new(&[("script", &script)]);
        place.traced(&[], &["bash", "script"]);
        let log = std::fs::read_to_string(place.sandbox.path("log")).unwrap();
        let logged: Vec<u32> = log.lines().map(|line| line.parse().unwrap()).collect();
        let last = *logged.last().unwrap();
        let hit: Vec<u32> = place.hit()["script"].range(4..4000).copied().collect();
        assert!((least..3996).contains(&logged.len()), "{last}");
        assert!(hit == logged || hit[..] == [&logged[..], &[last + 1]].concat(), "{last}: {:?}", hit.last());
    }
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
    let children =
        place.rows("SELECT count(DISTINCT pid) || '' FROM line_hit WHERE line = 2 AND path LIKE '%/script'");
    assert_eq!(children, ["200"]);
}

/// forkcov is killed, and all shells with it: what children had logged by then is in their logs.
#[test]
fn children_have_what_they_ran_when_forkcov_is_killed() {
    let script = "\
while :; do
(
echo $BASHPID 3 >> log
echo $BASHPID 4 >> log
(
echo $BASHPID 6 >> log
) | {
echo $BASHPID 8 >> log
}
)
done
";
    for delay in [1, 20, 60, 150, 300] {
        let place = Place::new(&[("script", script)]);
        let log = || std::fs::read_to_string(place.sandbox.path("log")).unwrap_or_default();
        let mut forkcov = place.sandbox.command(&["run", "-q", "--", "bash", "script"]).spawn().unwrap();
        while log().is_empty() {
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_millis(delay));
        forkcov.kill().unwrap();
        forkcov.wait().unwrap();
        let logged = log();
        place.sandbox.succeeds(&["combine"]);
        let (hit, logged) = (place.hit_by_processes("script"), lines_of_processes(logged.lines()));
        for (pid, lines) in &logged {
            assert!(hit.get(pid).is_some_and(|hit| hit.is_superset(lines)), "{pid}: {lines:?}, {hit:?}");
        }
    }
}
