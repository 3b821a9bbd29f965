//! What a run has to say to its user: every message, with its severity, in one place.

use crate::plural::counted;
use crate::ptrace::Tid;
use crate::quote;
use crate::sources::first_names;
use std::cell::{Ref, RefCell};
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// How serious a diagnostic is. They are printed in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Recorded data is lost. Always printed; the run fails if the program does not.
    Error,
    /// Something that ran is not covered. Always printed.
    Gap,
    /// The program is affected by the trace, or the data by a change of its sources. Always printed.
    Hint,
    /// What is covered, and what is left out on purpose. Printed with `--verbose`.
    Note,
}

/// One message. Paths are printed as the traced process sees them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Diagnostic {
    /// A file of the run could not be written, or the trace failed.
    #[error("{0}")]
    Failure(String),
    /// The hit file of a process does not have all of its lines.
    #[error("lost lines of process {pid}: {reason}")]
    LostLines {
        /// The process.
        pid: Tid,
        /// Why they could not be written.
        reason: String,
    },
    /// The kernel hides the memory of a program that its user may execute, but not read (ptrace(2)).
    #[error(
        "cannot cover {program}: the executable is not readable, so ptrace denies access to its memory \
         (chmod a+r)"
    )]
    UnreadableExecutable {
        /// The name of the process.
        program: String,
    },
    /// A process could not be traced.
    #[error("cannot cover process {pid} ({program}): {reason}")]
    UntracedProcess {
        /// The process.
        pid: Tid,
        /// Its name.
        program: String,
        /// Why the kernel refused.
        reason: String,
    },
    /// The file of a mapping could not be opened.
    #[error("cannot cover {}: {reason}", quote::path(path))]
    UnopenedObject {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An object could not be read.
    #[error("{0}")]
    UnreadObject(String),
    /// A mapped file that holds code, but is no ELF file.
    #[error("{0}")]
    NotElf(String),
    /// The dynamic linker has no breakpoint address for debuggers, so later `dlopen` calls go unnoticed.
    #[error(
        "cannot cover the libraries of {}: its dynamic linker {} has no symbol _dl_debug_state or _r_debug",
        quote::path(program),
        quote::path(linker)
    )]
    UnwatchableLinker {
        /// The program.
        program: PathBuf,
        /// Its dynamic linker.
        linker: PathBuf,
    },
    /// The probe of an interpreter could not be used.
    #[error("cannot cover the {runtime} code of {}: {reason}", quote::path(program))]
    UncoveredRuntime {
        /// The language, as users call it.
        runtime: &'static str,
        /// The program, or the interpreter's library.
        program: PathBuf,
        /// Why.
        reason: String,
    },
    /// The probe of an interpreter met something that it does not know.
    #[error("{runtime} lines of {} may be wrong or missing: {reason}", quote::path(program))]
    DoubtfulRuntime {
        /// The language, as users call it.
        runtime: &'static str,
        /// The program.
        program: PathBuf,
        /// What it met.
        reason: String,
    },
    /// No test of the frameworks was seen whose tests were to have contexts.
    #[error("no test of {} was seen: no context has begun", .0.join(" or "))]
    NoTests(Vec<&'static str>),
    /// No process began a context.
    #[error("no process matched --context-from or --context-from-env: no context has begun")]
    NoContext,
    /// Names of tests could not be read.
    #[error(
        "cannot read the names of {} of {}, the first of them {}: what they run has no context",
        counted(*count, &format!("{framework} test"), &format!("{framework} tests")),
        quote::path(program),
        match after {
            Some(test) => format!("after {}", quote::text(test)),
            None => "before all others".to_owned(),
        }
    )]
    UnreadableTests {
        /// The test framework.
        framework: &'static str,
        /// The program.
        program: PathBuf,
        /// How many.
        count: usize,
        /// The test that began before the first of them.
        after: Option<String>,
    },
    /// A process has written to its counters by other means than trampolines.
    #[error(
        "lines of process {pid} may be wrong or missing: it has cleared or changed what forkcov counts in"
    )]
    SpoiltCounters {
        /// The process.
        pid: Tid,
    },
    /// Some units of the debug information are damaged.
    #[error(
        "lines of {} are missing: the debug information of {} is damaged",
        quote::path(path),
        counted(*units, "unit", "units")
    )]
    DamagedUnits {
        /// The object.
        path: PathBuf,
        /// How many units.
        units: usize,
    },
    /// Some debug information of an object was not found, and it takes lines with it.
    #[error("{0}")]
    MissingDebugInformation(String),
    /// Some debug information was not found that no line depends on.
    #[error("{0}")]
    MissingDetails(String),
    /// The program would have more privileges without a tracer.
    #[error(
        "{} runs without {lost}, because it is traced: to cover it with them, run forkcov as root",
        quote::path(program)
    )]
    LostPrivileges {
        /// The program.
        program: PathBuf,
        /// What it lacks.
        lost: LostPrivileges,
    },
    /// LeakSanitizer wants to trace the process that it checks, and ends the program when it cannot.
    #[error(
        "LeakSanitizer in {} cannot work, because the program is already traced: set \
         ASAN_OPTIONS=detect_leaks=0, or LSAN_OPTIONS",
        quote::path(path)
    )]
    LeakSanitizer {
        /// The object that it is linked into.
        path: PathBuf,
    },
    /// A program wants to trace processes of the run.
    #[error(
        "ptrace(2) is refused to {program}, because forkcov traces all processes of the run, and a process can \
         have only one tracer: run {program} without forkcov"
    )]
    RefusedTracer {
        /// The name of the process.
        program: String,
    },
    /// A program has copied its own code, with forkcov's breakpoints in it, and has run the copy.
    #[error(
        "a program ran a copy of the code of {}: forkcov put its original bytes back, and does not count \
         what the copy runs",
        quote::path(path)
    )]
    CopiedCode {
        /// The object.
        path: PathBuf,
    },
    /// Sources are not those that were compiled.
    #[error(
        "{} changed since the program was compiled, so its lines may not be those that ran",
        names(first, *others)
    )]
    StaleSources {
        /// The first of them.
        first: PathBuf,
        /// How many more there are.
        others: usize,
    },
    /// Sources were written to after their lines had been read, or loaded.
    #[error(
        "{} been rewritten during the run, so the lines may not be those that ran",
        names(first, *others)
    )]
    RewrittenSources {
        /// The first of them.
        first: PathBuf,
        /// How many more there are.
        others: usize,
    },
    /// An object is covered.
    #[error(
        "covers {}: {}, {}",
        quote::path(path),
        counted(*lines, "line", "lines"),
        counted(*sites, "site", "sites")
    )]
    Covered {
        /// The object.
        path: PathBuf,
        /// How many source lines.
        lines: usize,
        /// How many instructions stand for them.
        sites: usize,
    },
    /// An object has no DWARF.
    #[error("left out {}: it has no debug information", quote::path(path))]
    NoDebugInformation {
        /// The object.
        path: PathBuf,
    },
    /// No source file of an object is selected.
    #[error(
        "left out {}: none of its sources is selected (--source, --include and --omit select)",
        quote::path(path)
    )]
    NoSelectedSource {
        /// The object.
        path: PathBuf,
    },
    /// Sources of an object are not on this machine, and were not asked for by name.
    #[error("left out {} of {}, not on this machine: {}", counted(sources.len(), "source", "sources"), quote::path(path), named(sources))]
    AbsentSources {
        /// The object.
        path: PathBuf,
        /// The sources: absolute, or relative if the debug information does not say where they were.
        sources: BTreeSet<PathBuf>,
    },
    /// Addresses of the line table point into an instruction.
    #[error(
        "dropped {} of {}: no instruction begins there",
        counted(*sites, "site", "sites"),
        quote::path(path)
    )]
    MisplacedSites {
        /// The object.
        path: PathBuf,
        /// How many addresses.
        sites: usize,
    },
    /// The debug information was in the cache.
    #[error("read {} in an earlier run (--no-cache reads it again)", quote::path(path))]
    Cached {
        /// The object.
        path: PathBuf,
    },
    /// The debug information is not in the cache for the next run.
    #[error("could not cache {}: {reason}", quote::path(path))]
    NotCached {
        /// The object.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What a program does not get from its file because it is traced (execve(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum LostPrivileges {
    /// By its set-user-ID bit.
    #[error("the privileges of its owner")]
    Owner,
    /// By its set-group-ID bit.
    #[error("the privileges of its group")]
    Group,
    /// By its file capabilities.
    #[error("the capabilities of its file")]
    Capabilities,
}

fn names(first: &Path, others: usize) -> String {
    match others {
        0 => format!("{} has", quote::path(first)),
        others => {
            format!("{} and {} have", quote::path(first), counted(others, "other source", "other sources"))
        }
    }
}

/// The first names of `sources`.
fn named(sources: &BTreeSet<PathBuf>) -> String {
    first_names(sources.iter().map(PathBuf::as_path))
}

/// The directory that contains all of `sources`; there is at least one.
fn common_directory<'s>(sources: &[&'s PathBuf]) -> &'s Path {
    let contains_all = |directory: &&Path| sources.iter().all(|source| source.starts_with(directory));
    sources[0].ancestors().skip(1).find(contains_all).unwrap_or(Path::new("/"))
}

/// Why no line is covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NothingRecorded {
    /// There is no debug information.
    NoDebugInformation,
    /// The sources are not on this machine.
    Absent,
    /// The filter leaves out all sources, as this says.
    Filtered(String),
}

impl Diagnostic {
    /// An error that costs recorded data.
    pub fn failure(error: impl fmt::Display) -> Self {
        Self::Failure(error.to_string())
    }

    /// How serious it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Failure(_) | Self::LostLines { .. } => Severity::Error,
            Self::UnreadableExecutable { .. }
            | Self::UntracedProcess { .. }
            | Self::UnopenedObject { .. }
            | Self::UnreadObject(_)
            | Self::UnwatchableLinker { .. }
            | Self::UncoveredRuntime { .. }
            | Self::DoubtfulRuntime { .. }
            | Self::UnreadableTests { .. }
            | Self::NoTests(_)
            | Self::NoContext
            | Self::SpoiltCounters { .. }
            | Self::DamagedUnits { .. }
            | Self::MissingDebugInformation(_) => Severity::Gap,
            Self::LostPrivileges { .. }
            | Self::LeakSanitizer { .. }
            | Self::RefusedTracer { .. }
            | Self::CopiedCode { .. }
            | Self::StaleSources { .. }
            | Self::RewrittenSources { .. } => Severity::Hint,
            Self::NotElf(_)
            | Self::MissingDetails(_)
            | Self::Covered { .. }
            | Self::NoDebugInformation { .. }
            | Self::NoSelectedSource { .. }
            | Self::AbsentSources { .. }
            | Self::MisplacedSites { .. }
            | Self::Cached { .. }
            | Self::NotCached { .. } => Severity::Note,
        }
    }
}

/// The diagnostics of a run, each once, in the order in which they were reported. Clones share one list.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics(Rc<RefCell<Reported>>);

#[derive(Debug, Default)]
struct Reported {
    in_order: Vec<Diagnostic>,
    all: HashSet<Diagnostic>,
}

impl Diagnostics {
    /// Adds a diagnostic, unless the same was added before.
    pub fn report(&self, diagnostic: Diagnostic) {
        let mut reported = self.0.borrow_mut();
        if reported.all.insert(diagnostic.clone()) {
            reported.in_order.push(diagnostic);
        }
    }

    /// Is there any of this severity?
    pub fn any(&self, severity: Severity) -> bool {
        self.reported().iter().any(|diagnostic| diagnostic.severity() == severity)
    }

    /// The lines to print at the end of a run. `why_nothing`: why no line is covered, if none is.
    pub fn lines(&self, verbose: bool, why_nothing: Option<&NothingRecorded>) -> Vec<String> {
        let mut lines = self.errors(verbose);
        lines.extend(self.texts(|diagnostic| diagnostic.severity() == Severity::Gap));
        lines.extend(self.texts(|diagnostic| diagnostic.severity() == Severity::Hint));
        let is_absent = |diagnostic: &Diagnostic| matches!(diagnostic, Diagnostic::AbsentSources { .. });
        if verbose {
            lines.extend(
                self.texts(|diagnostic| diagnostic.severity() == Severity::Note && !is_absent(diagnostic)),
            );
            lines.extend(self.texts(is_absent));
        }
        lines.extend(self.all_absent_sources(verbose || why_nothing.is_some()));
        let is_tracer = |diagnostic: &Diagnostic| matches!(diagnostic, Diagnostic::RefusedTracer { .. });
        let is_explained =
            self.any(Severity::Error) || self.any(Severity::Gap) || self.reported().iter().any(is_tracer);
        lines.extend(match why_nothing {
            Some(NothingRecorded::Filtered(text)) if !self.any(Severity::Error) => Some(text.clone()),
            Some(NothingRecorded::NoDebugInformation) if !is_explained => Some(
                "nothing that ran has a line to cover: compile with debug information (cc -g), or select \
                 system sources with --source"
                    .to_owned(),
            ),
            _ => None,
        });
        lines
    }

    /// The objects without debug information.
    pub fn without_debug_information(&self) -> Vec<PathBuf> {
        let reported = self.reported();
        let paths = reported.iter().filter_map(|diagnostic| match diagnostic {
            Diagnostic::NoDebugInformation { path } => Some(path.clone()),
            _ => None,
        });
        paths.collect()
    }

    /// Is any source not on this machine?
    pub fn has_absent_sources(&self) -> bool {
        self.reported().iter().any(|diagnostic| matches!(diagnostic, Diagnostic::AbsentSources { .. }))
    }

    /// A full disk is an error of every process: one line stands for all of them, unless all are asked for.
    fn errors(&self, verbose: bool) -> Vec<String> {
        let mut errors = self.texts(|diagnostic| diagnostic.severity() == Severity::Error);
        errors.sort_unstable();
        if let [first, _, ..] = errors.as_slice()
            && !verbose
        {
            return vec![format!("{first} (and {} more; --verbose lists them)", errors.len() - 1)];
        }
        errors
    }

    /// One line for the absent sources of all objects, if there are any: `all`, or those whose directory is
    /// unknown.
    fn all_absent_sources(&self, all: bool) -> Option<String> {
        let reported = self.reported();
        let sources = reported.iter().flat_map(|diagnostic| match diagnostic {
            Diagnostic::AbsentSources { sources, .. } => Some(sources),
            _ => None,
        });
        let sources: BTreeSet<PathBuf> =
            sources.flatten().filter(|source| all || source.is_relative()).cloned().collect();
        let (relative, absolute): (Vec<&PathBuf>, Vec<&PathBuf>) =
            sources.iter().partition(|source| source.is_relative());
        let way_out = match (relative.first(), absolute.as_slice()) {
            (None, []) => return None,
            (Some(_), []) => {
                "--source DIR finds relative names below DIR, and --include '*' includes all".to_owned()
            }
            (_, absolute) => format!(
                "--include '*' includes all, and `forkcov combine --map {}=DIR` finds them below DIR",
                quote::path(common_directory(absolute))
            ),
        };
        Some(format!(
            "left out {} not on this machine ({}): {way_out}",
            counted(sources.len(), "source that is", "sources that are"),
            named(&sources)
        ))
    }

    fn texts(&self, wanted: impl Fn(&Diagnostic) -> bool) -> Vec<String> {
        self.reported().iter().filter(|diagnostic| wanted(diagnostic)).map(ToString::to_string).collect()
    }

    fn reported(&self) -> Ref<'_, [Diagnostic]> {
        Ref::map(self.0.borrow(), |reported| reported.in_order.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(what: &str) -> Diagnostic {
        Diagnostic::failure(format_args!("failed to write {what}"))
    }

    fn diagnostics(all: &[Diagnostic]) -> Diagnostics {
        let diagnostics = Diagnostics::default();
        all.iter().cloned().for_each(|diagnostic| diagnostics.report(diagnostic));
        diagnostics
    }

    #[test]
    fn the_same_diagnostic_is_printed_once_and_clones_share_a_list() {
        let diagnostics = Diagnostics::default();
        let unreadable = Diagnostic::UnreadableExecutable { program: "orders".into() };
        diagnostics.clone().report(unreadable.clone());
        diagnostics.report(unreadable);
        assert_eq!(
            diagnostics.lines(false, None),
            ["cannot cover orders: the executable is not readable, so ptrace denies access to its memory \
              (chmod a+r)"]
        );
    }

    #[test]
    fn errors_come_first_and_notes_only_with_verbose() {
        let path = || PathBuf::from("/bin/a");
        let all = diagnostics(&[
            Diagnostic::Covered { path: path(), lines: 1, sites: 2 },
            Diagnostic::AbsentSources { path: path(), sources: sources(&["/x/a.c", "/x/b.c"]) },
            Diagnostic::StaleSources { first: "a.c".into(), others: 1 },
            Diagnostic::UnopenedObject { path: path(), reason: "no such file".into() },
            failed("x"),
        ]);
        let always = [
            "failed to write x",
            "cannot cover /bin/a: no such file",
            "a.c and 1 other source have changed since the program was compiled, so its lines may not be \
             those that ran",
        ];
        assert_eq!(all.lines(false, None), always);
        let notes = [
            "covers /bin/a: 1 line, 2 sites",
            "left out 2 sources of /bin/a, not on this machine: /x/a.c and /x/b.c",
            "left out 2 sources that are not on this machine (/x/a.c and /x/b.c): --include '*' includes all, \
             and `forkcov combine --map /x=DIR` finds them below DIR",
        ];
        assert_eq!(all.lines(true, None), [&always[..], &notes].concat());
    }

    #[test]
    fn every_message_says_what_failed_on_what() {
        let path = || PathBuf::from("/bin/a");
        let text = || "text of another room".to_owned();
        let reason = || "no such file".to_owned();
        let all = [
            (failed("a"), Severity::Error, "failed to write a"),
            (
                Diagnostic::LostLines { pid: 7, reason: reason() },
                Severity::Error,
                "lost lines of process 7: no such file",
            ),
            (
                Diagnostic::UntracedProcess { pid: 7, program: "a".into(), reason: reason() },
                Severity::Gap,
                "cannot cover process 7 (a): no such file",
            ),
            (Diagnostic::UnreadObject(text()), Severity::Gap, "text of another room"),
            (Diagnostic::MissingDebugInformation(text()), Severity::Gap, "text of another room"),
            (Diagnostic::NotElf(text()), Severity::Note, "text of another room"),
            (Diagnostic::MissingDetails(text()), Severity::Note, "text of another room"),
            (
                Diagnostic::UnwatchableLinker { program: path(), linker: "/lib/ld.so".into() },
                Severity::Gap,
                "cannot cover the libraries of /bin/a: its dynamic linker /lib/ld.so has no symbol \
                 _dl_debug_state or _r_debug",
            ),
            (
                Diagnostic::UncoveredRuntime { runtime: "Python", program: path(), reason: reason() },
                Severity::Gap,
                "cannot cover the Python code of /bin/a: no such file",
            ),
            (
                Diagnostic::DoubtfulRuntime { runtime: "Python", program: path(), reason: reason() },
                Severity::Gap,
                "Python lines of /bin/a may be wrong or missing: no such file",
            ),
            (
                Diagnostic::NoTests(vec!["pytest", "GoogleTest"]),
                Severity::Gap,
                "no test of pytest or GoogleTest was seen: no context has begun",
            ),
            (
                Diagnostic::NoContext,
                Severity::Gap,
                "no process matched --context-from or --context-from-env: no context has begun",
            ),
            (
                Diagnostic::UnreadableTests {
                    framework: "Catch2",
                    program: path(),
                    count: 2,
                    after: Some("logs in".to_owned()),
                },
                Severity::Gap,
                "cannot read the names of 2 Catch2 tests of /bin/a, the first of them after logs in: \
                 what they run has no context",
            ),
            (
                Diagnostic::SpoiltCounters { pid: 7 },
                Severity::Gap,
                "lines of process 7 may be wrong or missing: it has cleared or changed what forkcov counts in",
            ),
            (
                Diagnostic::DamagedUnits { path: path(), units: 2 },
                Severity::Gap,
                "lines of /bin/a are missing: the debug information of 2 units is damaged",
            ),
            (
                Diagnostic::LostPrivileges { program: path(), lost: LostPrivileges::Group },
                Severity::Hint,
                "/bin/a runs without the privileges of its group, because it is traced: to cover it with \
                 them, run forkcov as root",
            ),
            (
                Diagnostic::LeakSanitizer { path: path() },
                Severity::Hint,
                "LeakSanitizer in /bin/a cannot work, because the program is already traced: set \
                 ASAN_OPTIONS=detect_leaks=0, or LSAN_OPTIONS",
            ),
            (
                Diagnostic::RefusedTracer { program: "gdb".into() },
                Severity::Hint,
                "ptrace(2) is refused to gdb, because forkcov traces all processes of the run, and a process \
                 can have only one tracer: run gdb without forkcov",
            ),
            (
                Diagnostic::CopiedCode { path: path() },
                Severity::Hint,
                "a program ran a copy of the code of /bin/a: forkcov put its original bytes back, and does \
                 not count what the copy runs",
            ),
            (
                Diagnostic::StaleSources { first: "a.c".into(), others: 0 },
                Severity::Hint,
                "a.c has changed since the program was compiled, so its lines may not be those that ran",
            ),
            (
                Diagnostic::NoDebugInformation { path: path() },
                Severity::Note,
                "left out /bin/a: it has no debug information",
            ),
            (
                Diagnostic::NoSelectedSource { path: path() },
                Severity::Note,
                "left out /bin/a: none of its sources is selected (--source, --include and --omit select)",
            ),
            (
                Diagnostic::MisplacedSites { path: path(), sites: 1 },
                Severity::Note,
                "dropped 1 site of /bin/a: no instruction begins there",
            ),
            (
                Diagnostic::Cached { path: path() },
                Severity::Note,
                "read /bin/a in an earlier run (--no-cache reads it again)",
            ),
            (
                Diagnostic::NotCached { path: path(), reason: reason() },
                Severity::Note,
                "could not cache /bin/a: no such file",
            ),
        ];
        for (diagnostic, severity, text) in all {
            assert_eq!((diagnostic.severity(), diagnostic.to_string().as_str()), (severity, text));
        }
    }

    #[test]
    fn several_errors_are_one_line_unless_all_are_asked_for() {
        let all = diagnostics(&[failed("b"), failed("c"), failed("a")]);
        assert_eq!(all.lines(false, None), ["failed to write a (and 2 more; --verbose lists them)"]);
        let each = ["failed to write a", "failed to write b", "failed to write c"];
        assert_eq!(all.lines(true, None), each);
    }

    #[test]
    fn a_run_without_lines_says_what_to_do() {
        let hint = "nothing that ran has a line to cover";
        let bare = NothingRecorded::NoDebugInformation;
        let has_hint =
            |all: &Diagnostics| all.lines(false, Some(&bare)).iter().any(|line| line.starts_with(hint));
        assert!(has_hint(&Diagnostics::default()));
        assert!(!has_hint(&diagnostics(&[failed("a")])), "the error is the reason");
        let filtered = NothingRecorded::Filtered("--source leaves out all".to_owned());
        assert_eq!(diagnostics(&[]).lines(false, Some(&filtered)), ["--source leaves out all"]);
    }

    #[test]
    fn absent_sources_are_counted_and_named_with_a_way_out() {
        let absent = |path: &str, names: &[&str]| Diagnostic::AbsentSources {
            path: path.into(),
            sources: sources(names),
        };
        let all = diagnostics(&[absent("a", &["/x/y/a.c", "b.c"]), absent("b", &["/x/y/a.c", "/x/z.c"])]);
        assert_eq!(
            all.lines(false, None),
            [
                "left out 1 source that is not on this machine (b.c): --source DIR finds relative names below DIR, \
              and --include '*' includes all"
            ]
        );
        assert_eq!(
            all.lines(false, Some(&NothingRecorded::Absent)),
            ["left out 3 sources that are not on this machine (/x/y/a.c, /x/z.c and b.c): --include '*' \
              includes all, and `forkcov combine --map /x=DIR` finds them below DIR"]
        );
    }

    fn sources(names: &[&str]) -> BTreeSet<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }
}
