//! What a test needs of the machine. A test that notes a lack is reported as ignored, with the reason, or as
//! failed if the environment variable `FORKCOV_TESTS_REQUIRE` demands what is lacking.
//!
//! The variable has words separated by commas:
//!
//! | word | demands |
//! |---|---|
//! | `tools` | every program that a test looks for in `$PATH`: compilers, linkers, binutils, a browser |
//! | `gcc`, `chromedriver`, ... | this program |
//! | `pythons` | every version of CPython that is supported |
//! | `python3.13`, ... | this version |
//! | `musl` | a CPython with musl as its C library |
//! | `free-threaded` | a CPython without a global interpreter lock |
//! | `packages` | what the scripts of `packaging/` and `.ci/roots` make |
//! | `packaging/static`, ... | what this script makes |
//! | `machine` | what the kernel, its settings or an installation may not give |
//! | `root`, `perf`, `mount`, ... | this: see [`right`] and the callers of [`Lack::machine`] |

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::panic::resume_unwind;
use std::process::Command;

/// Something that the machine lacks: a tool, an interpreter, a package, a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    kind: &'static str,
    name: String,
    reason: String,
}

impl Lack {
    /// A program that is not in `$PATH`.
    pub fn tool(name: &str) -> Lack {
        Lack { kind: "tools", name: name.to_owned(), reason: format!("{name} is not installed") }
    }

    /// A version of CPython 3, by its minor number, or something that its installation lacks.
    pub fn python(minor: u32, reason: impl Into<String>) -> Lack {
        Lack { kind: "pythons", name: format!("python3.{minor}"), reason: reason.into() }
    }

    /// A kind of CPython, as `musl` or `free-threaded`.
    pub fn kind_of_python(kind: &str, reason: impl Into<String>) -> Lack {
        Lack { kind: "pythons", name: kind.to_owned(), reason: reason.into() }
    }

    /// What a script of this repository makes, and takes too long to make within a test.
    pub fn package(script: &str) -> Lack {
        Lack { kind: "packages", name: script.to_owned(), reason: format!("{script} has not made it") }
    }

    /// Something that the kernel, its settings or an installation does not give.
    pub fn machine(name: &str, reason: impl Into<String>) -> Lack {
        Lack { kind: "machine", name: name.to_owned(), reason: reason.into() }
    }

    /// What it is, in words.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    fn is_demanded(&self) -> bool {
        let demanded = std::env::var("FORKCOV_TESTS_REQUIRE").unwrap_or_default();
        demanded.split(',').map(str::trim).any(|word| word == self.kind || word == self.name)
    }
}

/// What the running test has noted.
#[derive(Debug, Default)]
struct Notes {
    lacks: BTreeSet<String>,
    refusals: BTreeSet<String>,
    has_built: bool,
    has_stopped: bool,
}

thread_local! {
    static NOTES: RefCell<Notes> = RefCell::default();
}

/// The payload of the unwinding of a test that cannot continue.
struct GivenUp;

/// Notes on the thread of the running test that a part of it could not run. The test continues, and is
/// reported as ignored at its end if it does not fail.
///
/// # Panics
///
/// If `FORKCOV_TESTS_REQUIRE` demands what is lacking.
pub fn note(lack: Lack) {
    assert!(!lack.is_demanded(), "{}, and FORKCOV_TESTS_REQUIRE demands it", lack.reason);
    NOTES.with_borrow_mut(|notes| notes.lacks.insert(lack.reason));
}

/// Notes a lack, and ends the running test.
pub fn give_up(lack: Lack) -> ! {
    note(lack);
    resume_unwind(Box::new(GivenUp))
}

/// Ends the running test if something is lacking.
pub fn require(lack: impl Into<Option<Lack>>) {
    if let Some(lack) = lack.into() {
        give_up(lack);
    }
}

/// Ends the running test because something that it needs could not be made. Why has been noted.
pub fn stop() -> ! {
    NOTES.with_borrow_mut(|notes| notes.has_stopped = true);
    resume_unwind(Box::new(GivenUp))
}

/// Notes that a tool does not accept some options: this version of it does not have what they ask for. A test
/// in which a tool has refused everything is ignored, and so is one that [`stop`]s because of it.
pub fn note_refusal(reason: String) {
    NOTES.with_borrow_mut(|notes| notes.refusals.insert(reason));
}

/// Notes that a tool has made what the test asked for.
pub fn note_built() {
    NOTES.with_borrow_mut(|notes| notes.has_built = true);
}

/// Forgets the notes of the test before.
pub(crate) fn forget() {
    NOTES.take();
}

/// Why the test that has just run is to be reported as ignored, if so.
pub(crate) fn why_ignored() -> Option<String> {
    let notes = NOTES.take();
    let mut reasons = notes.lacks;
    if notes.has_stopped || !notes.has_built {
        reasons.extend(notes.refusals);
    }
    if notes.has_stopped && reasons.is_empty() {
        reasons.insert("what it needs could not be made".to_owned());
    }
    (!reasons.is_empty()).then(|| reasons.into_iter().collect::<Vec<_>>().join("; "))
}

/// Whether a panic is that of [`give_up`].
pub(crate) fn has_given_up(payload: &(dyn Any + Send)) -> bool {
    payload.is::<GivenUp>()
}

/// The lack of a program in `$PATH`, or at an absolute path, if it is not there.
pub fn tool(name: &str) -> Option<Lack> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = std::env::split_paths(&path).any(|directory| directory.join(name).is_file());
    (!is_there).then(|| Lack::tool(name))
}

/// A command that runs a program of `$PATH`; ends the running test if it is not installed.
pub fn command(name: &str) -> Command {
    require(tool(name));
    Command::new(name)
}

/// The lack of a right, if this machine does not give it:
///
/// | right | is |
/// |---|---|
/// | `root` | the capabilities CAP_SYS_ADMIN and CAP_SYS_CHROOT: namespaces, `chroot`, chosen PIDs |
/// | `perf` | perf_event_open(2) for the program's own user code |
pub fn right(name: &str) -> Option<Lack> {
    let (is_given, reason) = match name {
        "root" => (has_capability(21) && has_capability(18), "it needs root's capabilities"),
        "perf" => (may_perf(), "perf_event_open is not permitted here"),
        other => panic!("no such right: {other}"),
    };
    (!is_given).then(|| Lack::machine(name, reason))
}

/// By its number in capabilities(7).
fn has_capability(number: u32) -> bool {
    field("CapEff")
        .and_then(|set| u64::from_str_radix(&set, 16).ok())
        .is_some_and(|set| set & (1 << number) != 0)
}

/// A seccomp filter, such as a container's, is taken for one that forbids it.
fn may_perf() -> bool {
    let paranoid = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").unwrap_or_default();
    let allowed = paranoid.trim().parse::<i32>().is_ok_and(|level| level <= 2 || has_capability(38));
    allowed && field("Seccomp").as_deref() == Some("0")
}

fn field(name: &str) -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(|value| value.trim().to_string()))
}
