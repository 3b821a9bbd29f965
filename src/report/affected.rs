//! `forkcov affected`: the tests that ran what a diff changes.

use super::failed_tests::{FailedTests, module_not_imported};
use super::test_format::TestFormat;
pub use super::why_all::WhyAll;
use crate::byte_text;
use crate::changes::edits::{Edit, EditedFile};
use crate::data::SourceSnapshot;
use crate::data::view::{SourceFile, View};
use crate::parallel;
use crate::source_file;
use crate::sources::Here;
use hashbrown::HashSet;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::slice::from_ref;

/// The tests to run after a change.
#[derive(Debug, Default)]
pub struct Affected {
    /// Indices into [`View::contexts`], of those that are known to be affected.
    pub tests: BTreeSet<usize>,
    /// Why any test can be affected. Empty if only [`Self::tests`] are.
    pub why_all: Vec<WhyAll>,
}

impl Affected {
    /// The tests that `files` affect. The view has all sources and processes, with hits by context or none
    /// ([`HitsBy::ContextOrNone`](crate::data::view::HitsBy::ContextOrNone)).
    pub fn of(view: &View, files: &[EditedFile], here: &Here) -> Self {
        let mut affected = Self::default();
        for edited in files {
            let is_it = |file: &&SourceFile| edited.old.iter().chain(&edited.new).any(|it| *it == file.path);
            let added = match view.files.iter().find(is_it) {
                None if is_prose(&edited.name) => Ok(()),
                None => Err(WhyAll::File(edited.name.clone(), "may be code that the data do not know")),
                Some(file) => affected.add_file(view, file, edited),
            };
            affected.why_all.extend(added.err());
        }
        affected.add_stale(view, files, here);
        let failed = FailedTests::of(view);
        affected.tests.extend(failed.tests);
        affected.why_all.extend(failed.why_all);
        affected
    }

    /// Adds the tests that ran what the diff edits in a file.
    fn add_file(&mut self, view: &View, file: &SourceFile, edited: &EditedFile) -> Result<(), WhyAll> {
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
        let version = match &file.snapshots[..] {
            [] => Version::Old,
            [snapshot] if *snapshot == SourceSnapshot::of(&before) => Version::Old,
            [snapshot] if *snapshot == SourceSnapshot::of(&now) => Version::New,
            _ => return Err(unknown("was neither the old nor the new version when it ran")),
        };
        for edit in edits {
            for line in lines_to_run(file, edit, version, &edited.name)? {
                for (context, _) in file.hits.iter().filter(|(_, lines)| lines.contains(line)) {
                    if *context == view.contexts.len() {
                        return Err(WhyAll::Line(
                            edited.name.clone(),
                            line,
                            "also ran outside of every test",
                        ));
                    }
                    self.tests.insert(*context);
                }
            }
        }
        Ok(())
    }

    /// Sources that have changed since they ran can affect any test, unless the diff has their changes.
    fn add_stale(&mut self, view: &View, files: &[EditedFile], here: &Here) {
        let edited: HashSet<&PathBuf> =
            files.iter().flat_map(|file| file.old.iter().chain(&file.new)).collect();
        let others = view.files.iter().filter(|file| !edited.contains(&file.path));
        let others: Vec<_> = others.map(|file| (file.path.as_path(), &file.snapshots[..])).collect();
        let is_stale = parallel::map(&others, |(path, snapshots)| {
            let is_known = snapshots.iter().any(|snapshot| matches!(snapshot, SourceSnapshot::Hash(_)));
            is_known
                && source_file::read(path)
                    .is_ok_and(|content| !snapshots.contains(&SourceSnapshot::of(&content)))
        });
        let stale = others.iter().zip(is_stale).filter(|(_, is_stale)| *is_stale);
        let why = "has changed since it ran, and not by the diff";
        self.why_all.extend(stale.map(|((path, _), _)| WhyAll::File(here.relative(path).to_owned(), why)));
    }

    /// Writes the tests, all if any can be affected. Names that the format cannot hold are added to
    /// [`Self::why_all`]. Gives what else the user has to know about what was written.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write(
        &mut self,
        view: &View,
        format: TestFormat,
        here: &Here,
        out: &mut dyn Write,
    ) -> io::Result<Option<String>> {
        let lost = self.tests.iter().find(|test| !format.holds(&byte_text::decode(&view.contexts[**test])));
        self.why_all.extend(lost.map(|test| WhyAll::Name(view.contexts[*test].clone())));
        let is_all = !self.why_all.is_empty();
        let is_wanted = |test: &usize| match is_all {
            true => module_not_imported(&view.contexts[*test]).is_none(),
            false => self.tests.contains(test),
        };
        let chosen: Vec<usize> = (0..view.contexts.len()).filter(is_wanted).collect();
        format.write(view, &chosen, is_all, here, out)
    }
}

/// Which version of a source ran.
#[derive(Debug, Clone, Copy)]
enum Version {
    Old,
    New,
}

/// The lines whose tests an edit affects: those that it changes; and those before and behind it if it adds
/// lines, or changes parts of statements, since what ran there may run into what is new.
fn lines_to_run(
    file: &SourceFile,
    edit: &Edit,
    version: Version,
    name: &Path,
) -> Result<BTreeSet<u32>, WhyAll> {
    let (range, own, other) = match version {
        Version::Old => (edit.old.clone(), &edit.removed, &edit.added),
        Version::New => (edit.new.clone(), &edit.added, &edit.removed),
    };
    if own.iter().chain(other).all(|line| is_blank(line)) {
        return Ok(BTreeSet::new());
    }
    let is_executable = |line: &u32| file.executable.contains(*line);
    let mut lines: BTreeSet<u32> = range.clone().filter(is_executable).collect();
    if file.runtime.is_none() && own.iter().chain(other).any(|line| chooses_a_way(line)) {
        // What ran another way may run this one now.
        let of_function = file
            .functions
            .iter()
            .filter(|it| it.line < range.end.max(range.start + 1) && range.start <= it.last);
        let of_function = of_function.map(|it| it.line..=it.last).collect::<Vec<_>>();
        lines.extend(file.executable.iter().filter(|line| of_function.iter().any(|it| it.contains(line))));
    }
    let is_whole = range.clone().zip(own).all(|(line, text)| is_executable(&line) || is_blank(text));
    if is_whole && other.len() <= own.len() {
        return Ok(lines);
    }
    if file.runtime.is_none() {
        let is_inside = |first: u32, last: u32| {
            file.functions.iter().any(|function| function.line <= first && last <= function.last)
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
    let before = file.executable.iter().take_while(|line| *line < range.start).last();
    let behind = file.executable.iter().find(|line| *line >= range.end);
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
