//! The tracer on real processes, with a recorder that only collects: breakpoints, signals, births and ends,
//! without DWARF and without a file.
//!
//! The tracees run functions of this test binary. A tracer waits for every child of its process; so each test
//! runs the binary again, as a process of its own that runs just this test, and that as the tracee once more.

use super::*;
use crate::elf::Svma;
use crate::machine::{Edges, Site};
use crate::ptrace::{Memory, WakeChild, block_signals, launch};
use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::Pid;
use signal_hook::consts::{SIGTRAP, SIGUSR1};
use std::cell::RefCell;
use std::ffi::OsString;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio, exit};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a process of this binary is for. Without it, it is the test's first process.
const PART: &str = "FORKCOV_TRACER_TEST";
const FIRST: ProcessId = ProcessId(0);
const SECOND: ProcessId = ProcessId(1);

/// Collects hits and ends.
#[derive(Default)]
struct Collector {
    mapped: MappedObjects,
    hits: RefCell<Vec<(ProcessId, usize)>>,
    ends: Vec<(ProcessId, End)>,
    released: Vec<ProcessId>,
    /// The signal of each stop, and 0 for each continuation.
    stops: Vec<i32>,
    /// The process that gets a SIGCONT when it is stopped.
    continues: Option<Tid>,
}

impl Lifecycle for Collector {
    type Record = ProcessId;

    fn begin(&mut self, id: ProcessId, _: Tid, _: Birth, _: Option<(ProcessId, &ProcessId)>) -> ProcessId {
        id
    }

    fn image(&mut self, _: &mut ProcessId, _: Tid) -> (MappedObjects, Option<DynamicLinker>) {
        (self.mapped.clone(), None)
    }

    fn mapped(&mut self, _: Tid, _: &[Mapping]) -> MappedObjects {
        self.mapped.clone()
    }

    fn end(&mut self, process: &mut ProcessId, end: End) {
        self.ends.push((*process, end));
    }

    fn stopped(&mut self, _: &ProcessId, signal: i32) {
        self.stops.push(signal);
        if let Some(pid) = self.continues {
            kill(Pid::from_raw(pid), Signal::SIGCONT).unwrap();
        }
    }

    fn continued(&mut self, _: &ProcessId) {
        self.stops.push(0);
    }

    fn release(&mut self, process: &mut ProcessId) {
        self.released.push(*process);
    }
}

impl Hits for Collector {
    fn hit(&self, process: &mut ProcessId, at: SiteRef) {
        self.hits.borrow_mut().push((*process, at.site));
    }

    fn has_hit(&self, process: &ProcessId, at: SiteRef) -> bool {
        self.hits.borrow().contains(&(*process, at.site))
    }
}

impl SelfCounting for Collector {}
impl Probes for Collector {}
impl Contexts for Collector {}

// The functions that get breakpoints. Each has another body, so that the linker does not fold them into one.

#[inline(never)]
fn first() {
    black_box(1);
}

#[inline(never)]
fn second() {
    black_box("2");
}

#[inline(never)]
fn third() {
    black_box([3.0; 3]);
}

/// A process that says where its functions are, and waits for a line before it does anything else.
struct Tracee {
    process: Child,
    /// Kept open: the harness of the tests writes to it.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Tracee {
    fn spawn(test: &str) -> (Self, MappedObjects) {
        let mut process = part(test, "tracee").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap()).lines();
        let addresses = stdout.find_map(|line| {
            let addresses = line.unwrap().split_once("functions at ")?.1.to_owned();
            Some(addresses.split(' ').map(|address| address.parse().unwrap()).collect::<Vec<u64>>())
        });
        let memory = Memory::open(process.id().cast_signed()).unwrap();
        (Self { process, _stdout: stdout }, mapping(&memory, &addresses.unwrap()))
    }

    fn pid(&self) -> Tid {
        self.process.id().cast_signed()
    }

    fn go(&mut self) {
        self.process.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }
}

/// One object, with a site at each of the addresses.
fn mapping(memory: &Memory, addresses: &[u64]) -> MappedObjects {
    let mut sites: Vec<Site> = addresses.iter().map(|&address| site(memory, address)).collect();
    sites.sort_by_key(|site| site.address);
    let start = sites[0].address.0;
    let sites = Arc::new(Sites::new(sites, Edges::default(), None));
    let region = Region { start, file: (0, 0) };
    let mapping = Mapping { object: ObjectId(0), sites, bias: 0, region };
    MappedObjects { mappings: vec![mapping], ..MappedObjects::default() }
}

fn site(memory: &Memory, address: u64) -> Site {
    let original = memory.read_patch(address).unwrap();
    // With this length, forkcov takes care that the site is not just passed.
    Site { address: Svma(address), original, length: 1, joined: false }
}

fn part(test: &str, part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("{}::{test}", module_path!().split_once("::").unwrap().1)]);
    command.args(["--nocapture", "--test-threads=1"]).env(PART, part);
    command
}

/// Runs `tracer` in a process of its own. `tracee` is what [`Tracee::spawn`] runs, up to its exit status.
fn in_own_process(test: &str, tracee: impl FnOnce() -> i32, tracer: impl FnOnce(&str)) {
    match std::env::var(PART).as_deref() {
        Ok("tracee") => {
            let functions: [fn(); 3] = [first, second, third];
            let addresses = functions.map(|function| (function as usize).to_string());
            println!("functions at {}", addresses.join(" "));
            std::io::stdin().lines().next().unwrap().unwrap();
            exit(tracee());
        }
        Ok(_) => tracer(test),
        Err(_) => {
            let output = part(test, "tracer").output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && text.contains("1 passed"),
                "{text}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

/// Attaches to a tracee, lets it run, and follows it to its end.
fn follow(test: &str) -> Collector {
    let (mut tracee, mapped) = Tracee::spawn(test);
    // It belongs to the test only as long as this runs; the tracer does not wait for it.
    let (wake_child, _guard) = WakeChild::spawn().unwrap();
    let recorder = Collector { mapped, continues: Some(tracee.pid()), ..Collector::default() };
    let tracer = Tracer::attach(tracee.pid(), &wake_child, recorder, EventLog::default()).unwrap();
    tracee.go();
    tracer.run().unwrap().recorder
}

/// How many sites `process` has hit. None twice.
fn hits_of(recorder: &Collector, process: ProcessId) -> usize {
    let mut hits =
        recorder.hits.borrow().iter().filter(|hit| hit.0 == process).map(|hit| hit.1).collect::<Vec<_>>();
    let all = hits.len();
    hits.sort_unstable();
    hits.dedup();
    assert_eq!(hits.len(), all, "a breakpoint is removed when it is hit");
    all
}

#[test]
fn a_breakpoint_is_one_hit_however_often_the_site_is_reached() {
    let tracee = || {
        (0..3).for_each(|_| first());
        second();
        7
    };
    in_own_process("a_breakpoint_is_one_hit_however_often_the_site_is_reached", tracee, |test| {
        let recorder = follow(test);
        assert_eq!(hits_of(&recorder, FIRST), 2);
        assert_eq!(recorder.ends, [(FIRST, End::Exited(7))]);
    });
}

#[test]
fn a_forked_child_has_the_breakpoints_that_its_parent_has_not_hit() {
    let tracee = || {
        first();
        // The parent exits with 0.
        nix::unistd::daemon(true, true).unwrap();
        first();
        second();
        third();
        5
    };
    in_own_process("a_forked_child_has_the_breakpoints_that_its_parent_has_not_hit", tracee, |test| {
        let mut recorder = follow(test);
        assert_eq!((hits_of(&recorder, FIRST), hits_of(&recorder, SECOND)), (1, 3));
        recorder.ends.sort_by_key(|(process, _)| *process);
        assert_eq!(recorder.ends, [(FIRST, End::Exited(0)), (SECOND, End::Exited(5))]);
    });
}

#[test]
fn signals_are_delivered_and_breakpoints_are_not() {
    let tracee = || {
        let caught = |signal| {
            let flag = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(signal, Arc::clone(&flag)).unwrap();
            move || flag.swap(false, Ordering::SeqCst)
        };
        let (user, trap) = (caught(SIGUSR1), caught(SIGTRAP));
        first();
        let disturbed = trap() || user();
        signal_hook::low_level::raise(SIGUSR1).unwrap();
        signal_hook::low_level::raise(SIGTRAP).unwrap();
        let delivered = user() && trap();
        second();
        let disturbed = disturbed || trap() || user();
        i32::from(disturbed) + 2 * i32::from(delivered)
    };
    in_own_process("signals_are_delivered_and_breakpoints_are_not", tracee, |test| {
        let recorder = follow(test);
        assert_eq!(hits_of(&recorder, FIRST), 2);
        assert_eq!(recorder.ends, [(FIRST, End::Exited(2))]);
    });
}

#[test]
fn a_stopped_process_stays_stopped_until_it_is_continued() {
    let tracee = || {
        first();
        // To this thread: another one would take it while this one runs on.
        raise(Signal::SIGSTOP).unwrap();
        second();
        6
    };
    in_own_process("a_stopped_process_stays_stopped_until_it_is_continued", tracee, |test| {
        let recorder = follow(test);
        // The process has two threads. If SIGCONT comes between their stops, it is stopped twice.
        let (pairs, rest) = recorder.stops.as_chunks::<2>();
        assert!(!pairs.is_empty() && rest.is_empty(), "{:?}", recorder.stops);
        assert!(pairs.iter().all(|pair| *pair == [libc::SIGSTOP, 0]), "{:?}", recorder.stops);
        assert_eq!(hits_of(&recorder, FIRST), 2);
        assert_eq!(recorder.ends, [(FIRST, End::Exited(6))]);
    });
}

#[test]
fn a_process_that_is_killed_ends_by_its_signal() {
    let tracee = || {
        third();
        kill(Pid::this(), Signal::SIGKILL).unwrap();
        0
    };
    in_own_process("a_process_that_is_killed_ends_by_its_signal", tracee, |test| {
        let recorder = follow(test);
        assert_eq!(hits_of(&recorder, FIRST), 1);
        assert_eq!(recorder.ends, [(FIRST, End::Signaled(libc::SIGKILL))]);
    });
}

#[test]
fn a_released_process_runs_on_without_breakpoints() {
    let tracee = || {
        first();
        second();
        third();
        4
    };
    in_own_process("a_released_process_runs_on_without_breakpoints", tracee, |test| {
        let (mut tracee, mapped) = Tracee::spawn(test);
        let before = mapped.mappings[0].sites.iter().map(|site| site.original).collect::<Vec<_>>();
        let (wake_child, guard) = WakeChild::spawn().unwrap();
        let recorder = Collector { mapped, ..Collector::default() };
        let tracer = Tracer::attach(tracee.pid(), &wake_child, recorder, EventLog::default()).unwrap();
        drop(guard);
        let recorder = tracer.run().unwrap().recorder;
        assert_eq!((recorder.ends.len(), &recorder.released[..]), (0, &[FIRST][..]));
        let memory = Memory::open(tracee.pid()).unwrap();
        let sites = &recorder.mapped.mappings[0].sites;
        let after = sites.iter().map(|site| memory.read_patch(site.address.0).unwrap()).collect::<Vec<_>>();
        assert_eq!(after, before);
        tracee.go();
        assert_eq!(tracee.process.wait().unwrap().code(), Some(4));
        assert!(recorder.hits.borrow().is_empty());
    });
}

#[test]
fn a_launched_program_is_followed_from_its_exec_to_its_end() {
    let cases: [(&[&str], bool, End); 3] = [
        (&["sh", "-c", "exit 3"], true, End::Exited(3)),
        (&["sh", "-c", "kill -TERM $$"], true, End::Signaled(libc::SIGTERM)),
        (&["sh", "-c", "exec /nowhere/at/all 2> /dev/null"], true, End::Exited(127)),
    ];
    in_own_process(
        "a_launched_program_is_followed_from_its_exec_to_its_end",
        || 0,
        |_| {
            for (command, executed, end) in cases {
                let command: Vec<OsString> = command.iter().map(Into::into).collect();
                let blocked = block_signals(&[libc::SIGTERM]).unwrap();
                let launched = launch(&command, &blocked).unwrap();
                blocked.release();
                let log = EventLog::default();
                let outcome =
                    Tracer::launched(launched.pid, launched.has_other_children, Collector::default(), log)
                        .run()
                        .unwrap();
                assert_eq!((outcome.executed, outcome.end), (executed, end), "{command:?}");
                assert_eq!(outcome.recorder.ends, [(FIRST, end)], "{command:?}");
            }
        },
    );
}
