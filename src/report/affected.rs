//! `forkcov affected`: the tests that ran what a diff changes.

use super::failed_tests::{FailedTests, module_not_imported};
use super::ran_version::{RanVersion, RanVersions, Version};
use super::test_format::TestFormat;
pub use super::why_all::WhyAll;
use crate::byte_text;
use crate::changes::edits::{Edit, EditedFile};
use crate::data::SourceSnapshot;
use crate::data::view::{SnapshotsOfRuns, SourceFile, View};
use crate::parallel;
use crate::plural::counted;
use crate::quote;
use crate::source_file;
use crate::sources::Here;
use hashbrown::HashSet;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::slice::from_ref;

/// The tests to run after a change.
#[derive(Debug, Default)]
pub struct Affected {
    /// Indices into [`View::contexts`], of those that are known to be affected.
    pub tests: BTreeSet<usize>,
    /// Why any test can be affected. Empty if only [`Self::tests`] are.
    pub why_all: Vec<WhyAll>,
    /// Tests that ran only an earlier version of a source that the diff leaves alone, and the first such
    /// source.
    outdated: (BTreeSet<usize>, Option<PathBuf>),
}

impl Affected {
    /// The tests that `files` affect. The view has all sources and processes, with hits by pair
    /// ([`HitsBy::Pair`](crate::data::view::HitsBy::Pair)).
    pub fn of(view: &View, runs: &SnapshotsOfRuns, files: &[EditedFile], here: &Here) -> Self {
        let mut affected = Self::default();
        for edited in files {
            let is_it = |file: &&SourceFile| edited.old.iter().chain(&edited.new).any(|it| *it == file.path);
            let added = match view.files.iter().find(is_it) {
                None if is_prose(&edited.name) => Ok(()),
                None => Err(WhyAll::File(edited.name.clone(), "may be code that the data do not know")),
                Some(file) => affected.add_file(view, runs, file, edited),
            };
            affected.why_all.extend(added.err());
        }
        affected.add_stale(view, runs, files, here);
        let failed = FailedTests::of(view);
        affected.tests.extend(failed.tests);
        affected.why_all.extend(failed.why_all);
        affected
    }

    /// Adds the tests that ran what the diff edits in a file.
    fn add_file(
        &mut self,
        view: &View,
        runs: &SnapshotsOfRuns,
        file: &SourceFile,
        edited: &EditedFile,
    ) -> Result<(), WhyAll> {
        let unknown = |why| WhyAll::File(edited.name.clone(), why);
        let is_renamed = !edited.old.is_empty()
            && !edited.new.is_empty()
            && !edited.old.iter().any(|path| edited.new.contains(path));
        if is_renamed {
            return Err(unknown("has another name"));
        }
        let edits = edited.edits.as_ref().ok_or(unknown("has changes that are no text"))?;
        let now = match edited.new.is_empty() {
            true => Vec::new(),
            false => source_file::read(&file.path).map_err(|_| unknown("cannot be read"))?,
        };
        let before = edited.old_content(&now).ok_or(unknown("is not what the diff leads to"))?;
        let (before, now) = (SourceSnapshot::of(&before), SourceSnapshot::of(&now));
        let versions = RanVersions::of(view, runs, file, before, now);
        if versions.known.is_empty() || versions.is_outside_unknown {
            return Err(unknown("was neither the old nor the new version when it ran"));
        }
        self.tests.extend(&versions.only_others);
        for ran in &versions.known {
            for edit in edits {
                for line in lines_to_run(file, ran, edit, &edited.name)? {
                    for (context, _) in ran.hits.iter().filter(|(_, lines)| lines.contains(line)) {
                        let outside = "also ran outside of every test";
                        let test = context.ok_or_else(|| WhyAll::Line(edited.name.clone(), line, outside))?;
                        self.tests.insert(test);
                    }
                }
            }
        }
        Ok(())
    }

    /// Sources that have changed since they ran can affect any test, unless the diff has their changes. Those
    /// of which a later run has the version of now can affect the tests that it did not run.
    fn add_stale(&mut self, view: &View, runs: &SnapshotsOfRuns, files: &[EditedFile], here: &Here) {
        let edited: HashSet<&PathBuf> =
            files.iter().flat_map(|file| file.old.iter().chain(&file.new)).collect();
        let others: Vec<_> = view.files.iter().filter(|file| !edited.contains(&file.path)).collect();
        let known: Vec<_> = others.iter().map(|file| (file.path.as_path(), &file.snapshots[..])).collect();
        let contents = parallel::map(&known, |(path, snapshots)| {
            let is_known = snapshots.iter().any(|snapshot| matches!(snapshot, SourceSnapshot::Hash(_)));
            let content = is_known.then(|| source_file::read(path).ok()).flatten()?;
            let now = SourceSnapshot::of(&content);
            Some((now, snapshots.contains(&now)))
        });
        let why = "has changed since it ran, and not by the diff";
        for (file, content) in others.iter().zip(contents) {
            match content {
                Some((_, false)) => {
                    self.why_all.push(WhyAll::File(here.relative(&file.path).to_owned(), why));
                }
                Some((now, true)) if file.is_mixed() => {
                    let outdated = RanVersions::of(view, runs, file, now, now).only_others;
                    if !outdated.is_empty() {
                        self.outdated.1.get_or_insert_with(|| here.relative(&file.path).to_owned());
                    }
                    self.outdated.0.extend(outdated);
                }
                _ => {}
            }
        }
    }

    /// What the user has to know of tests that ran only earlier versions.
    fn of_outdated(&self) -> Option<String> {
        let (tests, source) = &self.outdated;
        let others = tests.difference(&self.tests).count();
        let source = source.as_ref().filter(|_| others > 0 && self.why_all.is_empty())?;
        Some(format!(
            "{} that ran only an earlier version of {} {} not printed: run all tests if what was run since was \
             not what `affected` printed",
            counted(others, "test", "tests"),
            quote::path(source),
            if others == 1 { "is" } else { "are" },
        ))
    }

    /// Writes the tests, all if any can be affected. Names that the format cannot hold are added to
    /// [`Self::why_all`]. Gives what else the user has to know about what was written, and what was not.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write(
        &mut self,
        view: &View,
        format: TestFormat,
        here: &Here,
        out: &mut dyn Write,
    ) -> io::Result<Vec<String>> {
        let lost = self.tests.iter().find(|test| !format.holds(&byte_text::decode(&view.contexts[**test])));
        self.why_all.extend(lost.map(|test| WhyAll::Name(view.contexts[*test].clone())));
        let is_all = !self.why_all.is_empty();
        let is_wanted = |test: &usize| match is_all {
            true => module_not_imported(&view.contexts[*test]).is_none(),
            false => self.tests.contains(test),
        };
        let chosen: Vec<usize> = (0..view.contexts.len()).filter(is_wanted).collect();
        let of_format = format.write(view, &chosen, is_all, here, out)?;
        Ok(of_format.into_iter().chain(self.of_outdated()).collect())
    }
}

/// The lines whose tests an edit affects: those that it changes; and those before and behind it if it adds
/// lines, or changes parts of statements, since what ran there may run into what is new.
fn lines_to_run(
    file: &SourceFile,
    ran: &RanVersion,
    edit: &Edit,
    name: &Path,
) -> Result<BTreeSet<u32>, WhyAll> {
    let (range, own, other) = match ran.version {
        Version::Old => (edit.old.clone(), &edit.removed, &edit.added),
        Version::New => (edit.new.clone(), &edit.added, &edit.removed),
    };
    if own.iter().chain(other).all(|line| is_blank(line)) {
        return Ok(BTreeSet::new());
    }
    let is_executable = |line: &u32| ran.executable.contains(*line);
    let mut lines: BTreeSet<u32> = range.clone().filter(is_executable).collect();
    if file.runtime.is_none() && own.iter().chain(other).any(|line| chooses_a_way(line)) {
        // What ran another way may run this one now.
        let is_edited = |it: &&RangeInclusive<u32>| {
            *it.start() < range.end.max(range.start + 1) && range.start <= *it.end()
        };
        let of_function: Vec<_> = ran.functions.iter().filter(is_edited).collect();
        lines.extend(ran.executable.iter().filter(|line| of_function.iter().any(|it| it.contains(line))));
    }
    let is_whole = range.clone().zip(own).all(|(line, text)| is_executable(&line) || is_blank(text));
    if is_whole && other.len() <= own.len() {
        return Ok(lines);
    }
    if file.runtime.is_none() {
        let is_inside = |first: u32, last: u32| {
            ran.functions.iter().any(|function| *function.start() <= first && last <= *function.end())
        };
        let gap_is_inside = || is_inside(range.start.saturating_sub(1), range.end);
        let outside = match range.clone().find(|line| !is_executable(line) && !is_inside(*line, *line)) {
            None if range.is_empty() && !gap_is_inside() => Some(range.start),
            outside => outside,
        };
        if let Some(line) = outside {
            let says_nothing = |text: &Vec<u8>| is_blank(text) || is_comment(text);
            return match own.iter().chain(other).all(says_nothing) {
                true => Ok(BTreeSet::new()),
                false => Err(WhyAll::Line(name.to_owned(), line, "is outside of every function")),
            };
        }
    }
    let before = ran.executable.iter().take_while(|line| *line < range.start).last();
    let behind = ran.executable.iter().find(|line| *line >= range.end);
    if file.runtime.is_some() && (before.is_none() || behind.is_none()) {
        return Err(WhyAll::Line(name.to_owned(), range.start, "is at the beginning or end of a module"));
    }
    lines.extend(from_ref(&before).iter().chain(from_ref(&behind)).flatten());
    Ok(lines)
}

/// Whether a line has a label of `switch`, or a pattern of `match`: an edit changes which of the others run.
fn chooses_a_way(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let begins = |word: &[u8]| {
        line.strip_prefix(word)
            .is_some_and(|rest| rest.first().is_none_or(|it| !it.is_ascii_alphanumeric() && *it != b'_'))
    };
    begins(b"case") || begins(b"default") || line.windows(2).any(|pair| pair == b"=>")
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// Whether a line outside of functions is a comment of C, C++, Rust, Go and the like.
fn is_comment(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"//")
}

/// Whether a file is for people, and no test reads it.
fn is_prose(name: &Path) -> bool {
    const EXTENSIONS: [&str; 4] = ["md", "rst", "adoc", "org"];
    const NAMES: [&str; 9] = [
        "AUTHORS",
        "CHANGELOG",
        "CODEOWNERS",
        "COPYING",
        "LICENSE",
        "NOTICE",
        "README",
        ".gitattributes",
        ".gitignore",
    ];
    let is_of = |part: Option<&std::ffi::OsStr>, known: &[&str]| {
        part.is_some_and(|part| known.iter().any(|known| part == *known))
    };
    is_of(name.extension(), &EXTENSIONS) || is_of(name.file_name(), &NAMES)
}
