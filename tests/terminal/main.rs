//! Job control in a real terminal: what a user types at a shell under which forkcov runs, or which runs under
//! forkcov.

#[macro_use]
extern crate forkcov_testing;

mod terminal;

use forkcov_testing::needs;
use forkcov_testing::paths;
use forkcov_testing::sandbox::Sandbox;
use terminal::{Terminal, state};

harness!();

const STOP: &str = "\x1a";
const INTERRUPT: &str = "\x03";

/// An interactive shell, which has shown its first prompt.
fn shell(place: &Sandbox, shell: &[&str]) -> Terminal {
    let mut terminal = Terminal::with(shell, &place.path(""));
    terminal.shows("what? ");
    terminal
}

/// Types a command that starts `./obeys`, and gives that one's PID.
fn start(terminal: &mut Terminal, command: &str) -> String {
    terminal.types(&format!("{command}\n"));
    terminal.shows("ready ");
    terminal.shows("\r\n")
}

fn is_covered(place: &Sandbox, texts: &[&str]) {
    let executed = place.executed("forkcov.data", "obeys.c");
    let source = include_str!("../../test-programs/support/obeys.c");
    for text in texts {
        let line = (1..).zip(source.lines()).find(|(_, line)| line.contains(text)).unwrap().0;
        assert!(executed.contains(&line), "line {line}, {text:?}, is not among {executed:?}");
    }
}

#[test]
fn a_program_is_stopped_from_the_keyboard_and_brought_back() {
    let forkcov = paths::forkcov_text();
    for name in ["dash", "bash"] {
        let place = Sandbox::with("obeys");
        let arguments: &[&str] = if name == "bash" { &["bash", "--norc", "-i"] } else { &["dash", "-i"] };
        let mut terminal = shell(&place, arguments);
        let program = start(&mut terminal, &format!("{forkcov} run -q -- ./obeys"));
        for _ in 0..3 {
            terminal.types(STOP);
            terminal.shows("topped");
            terminal.shows("what? ");
            assert_eq!(state(&program).map(|state| state.to_ascii_lowercase()), Some('t'));
            terminal.types("jobs\n");
            terminal.shows("topped");
            terminal.shows("what? ");
            terminal.types("fg\n");
            terminal.shows("told CONT");
            terminal.types("go\n");
            terminal.shows("goes");
        }
        terminal.types("end\n");
        terminal.shows("what? ");
        terminal.types("echo status $?\n");
        terminal.shows("status 3");
        terminal.types("exit\n");
        terminal.ends();
        is_covered(&place, &["goes", "return 3"]);
    }
}

#[test]
fn a_program_that_puts_the_terminal_in_order_does_so_before_it_is_stopped() {
    let forkcov = paths::forkcov_text();
    let place = Sandbox::with("obeys");
    let mut terminal = shell(&place, &["bash", "--norc", "-i"]);
    start(&mut terminal, &format!("{forkcov} run -q -- ./obeys own"));
    for _ in 0..3 {
        terminal.types(STOP);
        terminal.shows("puts in order");
        terminal.shows("topped");
        terminal.shows("what? ");
        terminal.types("fg\n");
        terminal.shows("is back");
        terminal.types("go\n");
        terminal.shows("goes");
    }
    terminal.types("end\nexit\n");
    terminal.ends();
    is_covered(&place, &["puts in order", "is back", "goes", "return 3"]);
}

#[test]
fn a_key_that_interrupts_does_so_once() {
    let forkcov = paths::forkcov_text();
    let place = Sandbox::with("obeys");
    let mut terminal = shell(&place, &["dash", "-i"]);
    start(&mut terminal, &format!("{forkcov} run -q -- ./obeys"));
    for (key, name) in [(INTERRUPT, "told INT"), ("\x1c", "told QUIT")] {
        terminal.types(key);
        terminal.shows(name);
        // Whatever forkcov may pass on would come before the second.
        terminal.types("go\n");
        let between = terminal.shows("goes");
        assert!(!between.contains("told"), "{between:?}");
    }
    terminal.types("end\n");
    let rest = terminal.shows("what? ");
    assert!(!rest.contains("told"), "{rest:?}");
    terminal.types("exit\n");
    terminal.ends();
}

#[test]
fn a_change_of_the_windows_size_is_signalled_once() {
    let forkcov = paths::forkcov_text();
    let place = Sandbox::with("obeys");
    let mut terminal = shell(&place, &["dash", "-i"]);
    start(&mut terminal, &format!("{forkcov} run -q -- ./obeys"));
    let status = needs::command("stty").args(["-F", &terminal.name, "rows", "33"]).status().unwrap();
    assert!(status.success());
    terminal.shows("told WINCH");
    terminal.types("go\n");
    let between = terminal.shows("goes");
    assert!(!between.contains("told"), "{between:?}");
    terminal.types("end\nexit\n");
    terminal.ends();
}

#[test]
fn a_program_in_the_background_stops_when_it_reads() {
    let forkcov = paths::forkcov_text();
    let place = Sandbox::with("obeys");
    let mut terminal = shell(&place, &["bash", "--norc", "-i"]);
    terminal.types(&format!("{forkcov} run -q -- ./obeys &\n"));
    terminal.shows("ready");
    // The shell looks at its jobs before each prompt.
    while !terminal.answers("jobs").contains("topped") {}
    terminal.types("fg\n");
    terminal.shows("told CONT");
    terminal.types("go\n");
    terminal.shows("goes");
    terminal.types("end\nexit\n");
    terminal.ends();
    is_covered(&place, &["goes", "return 3"]);
}

#[test]
fn a_terminal_that_hangs_up_reaches_the_program_through_the_leader_of_its_session() {
    let forkcov = paths::forkcov_text();
    let place = Sandbox::with("obeys");
    let mut terminal = Terminal::with(&[forkcov, "run", "-q", "--", "./obeys", "pauses"], &place.path(""));
    terminal.shows("ready ");
    let mut leader = terminal.hangs_up();
    assert_eq!(leader.wait().unwrap().code(), Some(4));
    is_covered(&place, &["told %s", "return 4"]);
}

#[test]
fn a_shell_under_forkcov_controls_its_jobs() {
    let forkcov = paths::forkcov_text();
    let place = Sandbox::with("obeys");
    let command = [forkcov, "run", "-q", "--", "bash", "--norc", "-i"];
    let mut terminal = shell(&place, &command);
    let program = start(&mut terminal, "./obeys");
    terminal.types(STOP);
    terminal.shows("topped");
    terminal.shows("what? ");
    assert_eq!(state(&program).map(|state| state.to_ascii_lowercase()), Some('t'));
    assert!(terminal.answers("jobs").contains("topped"));
    terminal.types("fg\n");
    terminal.shows("told CONT");
    terminal.types("go\n");
    terminal.shows("goes");
    terminal.types(INTERRUPT);
    terminal.shows("told INT");
    terminal.types("end\n");
    terminal.shows("what? ");
    terminal.types("echo status $?; exit 6\n");
    terminal.shows("status 3");
    assert_eq!(terminal.ends().code(), Some(6));
    is_covered(&place, &["told %s", "goes", "return 3"]);
}

#[test]
fn a_shell_under_forkcov_in_a_shell_gives_the_terminal_back() {
    let forkcov = paths::forkcov_text();
    let place = Sandbox::with("obeys");
    let mut terminal = shell(&place, &["bash", "--norc", "-i"]);
    terminal.types(&format!("{forkcov} run -q -- env PS1='inner? ' bash --norc -i\n"));
    terminal.shows("inner? ");
    start(&mut terminal, "./obeys");
    terminal.types(STOP);
    terminal.shows("inner? ");
    terminal.types("fg\n");
    terminal.shows("told CONT");
    terminal.types("end\n");
    terminal.shows("inner? ");
    terminal.types("exit 5\n");
    terminal.shows("what? ");
    terminal.types("echo status $?\n");
    terminal.shows("status 5");
    terminal.types("exit\n");
    terminal.ends();
}

/// A shell whose prompt comes soon shows the job as stopped before; one that is slower does not.
#[test]
fn a_shell_under_forkcov_kills_a_stopped_job() {
    let forkcov = paths::forkcov_text();
    let place = Sandbox::new();
    for command in [&["bash", "--norc", "-i"][..], &[forkcov, "run", "-q", "--", "bash", "--norc", "-i"]] {
        let mut terminal = shell(&place, command);
        for _ in 0..3 {
            terminal.types("sh -c 'echo re\"\"ady $$; exec sleep 1000'\n");
            terminal.shows("ready ");
            terminal.shows("\r\n");
            terminal.types(STOP);
            terminal.shows("topped");
            terminal.shows("what? ");
            terminal.types("kill %1; while kill -0 %1; do :; done 2>/dev/null\n");
            terminal.shows("Terminated");
            terminal.shows("what? ");
            let answer = terminal.answers("jobs; echo no more");
            assert!(answer.contains("no more") && !answer.contains("topped"), "{command:?}: {answer:?}");
        }
        terminal.types("exit 4\n");
        assert_eq!(terminal.ends().code(), Some(4));
    }
}

#[test]
fn a_report_has_colours_in_a_terminal_unless_they_are_not_wanted() {
    let forkcov = paths::forkcov_text();
    let place = Sandbox::with("forks");
    place.succeeds(&["run", "-q", "--", "./forks"]);
    let mut terminal = shell(&place, &["dash", "-i"]);
    let coloured = terminal.answers(&format!("env -u NO_COLOR TERM=xterm {forkcov} report"));
    assert!(coloured.contains("\x1b[3") && coloured.contains("%\x1b[0m"), "{coloured:?}");
    let plain = terminal.answers(&format!("env NO_COLOR=1 TERM=xterm {forkcov} report"));
    assert!(plain.contains("TOTAL") && !plain.contains('\x1b'), "{plain:?}");
}
