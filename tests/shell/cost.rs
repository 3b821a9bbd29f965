//! How often a shell stops.

use crate::script::Place;
use forkcov_testing::{needs, paths};
use std::fs;

/// Stops at the probe of a script, in the event log. The C code of the shell is not covered: its commands stop
/// then.
fn stops(script: &str) -> usize {
    let place = Place::new(&[("script", script)]);
    let output = place.traced(&["--include", "*/script", "--log-events", "events"], &["bash", "script"]);
    assert!(output.status.success(), "{output:?}");
    fs::read_to_string(place.sandbox.path("events")).unwrap().matches("\"kind\":\"probe\"").count()
}

/// No command stops the shell, whether its line is new or not, but for the first one, the log and its file.
#[test]
fn commands_do_not_stop() {
    let (few, many) =
        (stops(":\n:\n"), stops(&format!("{}for i in {{1..1000}}; do :; done\n", ":\n".repeat(500))));
    assert_eq!((few, many), (5, 5));
}

/// A child has its log before it runs its first line. It asks for another when that is full.
#[test]
fn children_do_not_stop_for_their_logs() {
    let long = format!("( {}: )", ":\n".repeat(40));
    for (body, each) in [("( : ); ( ( : ) ); x=$(echo x); true | ( : )", 0), (&long, 1)] {
        let [few, many] = [2, 12].map(|count| stops(&format!("for i in {{1..{count}}}; do {body}; done\n")));
        assert_eq!(many - few, 10 * each, "{body}");
    }
}

/// When the file of its children's logs is full, a shell gets another one, and then children do not stop again.
/// Nothing is lost of those before, at that point and after it, nor of their own children.
#[test]
fn more_children_than_places_do_not_stop() {
    const SCRIPT: &str = "\
before() {
  echo before
}
for i in {1..LAST}; do
  ( [ $i = LAST ] || exit
    before
    ( after=1
      kill -KILL $BASHPID )
    after() {
      echo after
    }
    after )
done 2> /dev/null
( before )
";
    let script = |last: u32| SCRIPT.replace("LAST", &last.to_string());
    assert!(stops(&script(4300)) <= stops(&script(5)) + 8);
    for last in [4096, 4097] {
        let place = Place::new(&[("script", &script(last))]);
        place.traced(&["--include", "*/script"], &["bash", "script"]);
        let lines = [1, 2, 4, 5, 6, 7, 8, 9, 10, 12, 14].into();
        assert_eq!(place.hit()["script"], lines, "{last}");
        let processes = place.hit_by_processes("script");
        assert_eq!(processes.len() as u32, last + 3, "{last}");
        let of_last = [5, 6, 2, 9, 10, 12].into();
        assert!(processes.values().any(|lines| *lines == of_last), "{last}");
    }
}

/// Nothing native is covered, so no child stops when it ends. The parent stops at each fork, as does the child
/// then.
#[test]
fn children_end_without_a_stop() {
    let place = Place::new(&[("script", "for i in {1..20}; do ( : ); done\n")]);
    let mut strace = needs::command("strace");
    strace.args(["-o", "calls", "-e", "trace=wait4"]).arg(paths::forkcov());
    strace.args(["run", "-q", "--source", ".", "--", "bash", "script"]).current_dir(place.sandbox.path(""));
    let output = strace.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let calls = fs::read_to_string(place.sandbox.path("calls")).unwrap();
    let stops = |of: &str| calls.matches(&format!("PTRACE_EVENT_{of}<<16")).count();
    assert_eq!([stops("FORK"), stops("STOP"), stops("EXIT")], [20, 20, 0], "{calls}");
}
