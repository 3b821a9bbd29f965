//! Whether the sources are still what ran, and the notices for those that are not.

use super::naming::file_name;
use crate::data::SourceSnapshot;
use crate::data::view::{SourceFile, SourceState};
use crate::plural::counted;
use crate::sources::Here;
use std::io::{self, ErrorKind};
use std::path::Path;

/// What ran of a source file: the part of [`SourceFile`] that threads can share.
pub(super) struct RanSource<'f> {
    pub(super) path: &'f Path,
    snapshots: &'f [SourceSnapshot],
    /// The last line that could run.
    last: u32,
}

impl<'f> RanSource<'f> {
    pub(super) fn of(file: &'f SourceFile) -> Self {
        let last = file.executable.iter().last().unwrap_or(0);
        Self { path: &file.path, snapshots: &file.snapshots, last }
    }

    /// How the file, whose `content` has just been read, compares with what ran.
    pub(super) fn state(&self, content: &io::Result<Vec<u8>>) -> SourceState {
        let content = match content {
            Ok(content) => content,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return SourceState::Missing;
            }
            Err(_) => return SourceState::Unknown,
        };
        match self.snapshots {
            [snapshot @ SourceSnapshot::Hash(_)] if *snapshot == SourceSnapshot::of(content) => {
                SourceState::Unchanged
            }
            // An interpreter may run line 1 of an empty source.
            [] if self.last <= 1 || lines(content) >= self.last as usize => SourceState::Unknown,
            _ => SourceState::Changed,
        }
    }
}

/// How many lines there are, as of [`str::lines`]; this need not be UTF-8.
fn lines(content: &[u8]) -> usize {
    let ends = content.iter().filter(|byte| **byte == b'\n').count();
    ends + usize::from(content.last().is_some_and(|byte| *byte != b'\n'))
}

/// What the reader of a source must know about its lines. `None` if it is unchanged, or that is unknown.
pub fn notice(file: &SourceFile) -> Option<String> {
    match file.state {
        _ if file.is_mixed() => Some(format!(
            "It was changed between runs: lines of {} versions are counted together, and this may be none of \
             them.",
            file.snapshots.len()
        )),
        SourceState::Changed => Some(
            "It has changed since it ran: lines may have moved, and then the counts are not theirs."
                .to_owned(),
        ),
        SourceState::Missing => Some("It is gone: these are the lines that are known of it.".to_owned()),
        SourceState::Unchanged | SourceState::Unknown => None,
    }
}

/// The lines of the text, and the executable lines beyond its end: the file was longer when it ran.
pub(super) fn lines_of<'t>(file: &SourceFile, text: &'t str) -> impl Iterator<Item = (u32, &'t str)> {
    let length = text.lines().count() as u32;
    let mut beyond: Vec<u32> =
        file.executable.iter().chain(file.excluded.iter()).filter(|line| *line > length).collect();
    beyond.sort_unstable();
    beyond.dedup();
    (1..).zip(text.lines()).chain(beyond.into_iter().map(|line| (line, "")))
}

/// Messages for reports about `files`: one for each kind of trouble, which names the first file.
pub fn diagnostics<'f>(files: impl Iterator<Item = &'f SourceFile> + Clone, here: &Here) -> Vec<String> {
    let mixed = files.clone().filter(|file| file.is_mixed());
    let mixed = named(mixed, here).map(|names| {
        format!("{names} changed between the runs: lines of different versions are counted together")
    });
    let changed = files.clone().filter(|file| file.state == SourceState::Changed && !file.is_mixed());
    let is_rewritten = |file: &&SourceFile| file.snapshots == [SourceSnapshot::Missing];
    let rewritten = named(changed.clone().filter(is_rewritten), here).map(|names| {
        format!(
            "{names} been rewritten since it was compiled or loaded, perhaps during the run: lines may have \
             moved"
        )
    });
    let changed = named(changed.filter(|file| !is_rewritten(file)), here)
        .map(|names| format!("{names} changed since the run: lines may have moved"));
    let gone = files.filter(|file| file.state == SourceState::Missing);
    let gone = named(gone, here).map(|names| {
        format!("{names} no file here: removed since the run, or on another machine (see `combine --map`)")
    });
    mixed.into_iter().chain(rewritten).chain(changed).chain(gone).collect()
}

/// `a.c has`, `a.c and 3 other sources have`.
fn named<'f>(mut files: impl Iterator<Item = &'f SourceFile>, here: &Here) -> Option<String> {
    let first = file_name(here, &files.next()?.path);
    Some(match files.count() {
        0 => format!("{first} has"),
        others => format!("{first} and {} have", counted(others, "other source", "other sources")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::NumberSet;

    /// The source `path` that has lines 1 and 3, and these snapshots.
    fn file(path: &str, snapshots: &[SourceSnapshot], state: SourceState) -> SourceFile {
        SourceFile {
            path: path.into(),
            runtime: None,
            snapshots: snapshots.to_vec(),
            state,
            executable: [1, 3].into_iter().collect(),
            definitions: Vec::new(),
            excluded: NumberSet::default(),
            hits: Vec::new(),
            functions: Vec::new(),
            entered: Vec::new(),
            branches: Vec::new(),
            waived: Vec::new(),
            taken: Vec::new(),
            known_to_branch: None,
        }
    }

    #[test]
    fn a_source_is_compared_with_its_snapshots() {
        let old = b"a\nb\nc".as_slice();
        let of = |snapshots: &[SourceSnapshot], content: &[u8]| {
            RanSource::of(&file("/a.c", snapshots, SourceState::Unknown)).state(&Ok(content.to_vec()))
        };
        assert_eq!(of(&[SourceSnapshot::of(old)], old), SourceState::Unchanged);
        assert_eq!(of(&[SourceSnapshot::of(old)], b"a\nb\nc\n"), SourceState::Changed);
        assert_eq!(of(&[SourceSnapshot::Missing], old), SourceState::Changed);
        assert_eq!(of(&[SourceSnapshot::of(old), SourceSnapshot::of(b"")], old), SourceState::Changed);
        assert_eq!(of(&[], old), SourceState::Unknown);
        assert_eq!(of(&[], b"a\nb\n"), SourceState::Changed, "line 3 ran");
        let gone = |kind: ErrorKind| {
            RanSource::of(&file("/a.c", &[], SourceState::Unknown)).state(&Err(kind.into()))
        };
        assert_eq!(gone(ErrorKind::NotFound), SourceState::Missing);
        assert_eq!(gone(ErrorKind::PermissionDenied), SourceState::Unknown);
    }

    #[test]
    fn an_empty_source_may_run_its_first_line() {
        let mut empty = file("/a.py", &[], SourceState::Unknown);
        empty.executable = [1].into_iter().collect();
        assert_eq!(RanSource::of(&empty).state(&Ok(Vec::new())), SourceState::Unknown);
    }

    #[test]
    fn each_trouble_is_said_once_and_names_the_first_file() {
        let here = Here::at(Path::new("/home"));
        let said = |files: &[SourceFile]| diagnostics(files.iter(), &here);
        let known = SourceSnapshot::of(b"");
        let sound = file("/home/a.c", &[known], SourceState::Unchanged);
        assert!(said(std::slice::from_ref(&sound)).is_empty());
        let gone = file("/home/b.c", &[], SourceState::Missing);
        assert_eq!(
            said(&[sound.clone(), gone]),
            ["b.c has no file here: removed since the run, or on another machine (see `combine --map`)"]
        );
        let changed = file("/home/c.c", &[known], SourceState::Changed);
        assert_eq!(
            said(&[sound.clone(), changed.clone()]),
            ["c.c has changed since the run: lines may have moved"]
        );
        let mixed = file("/home/d.c", &[known, SourceSnapshot::Missing], SourceState::Changed);
        assert_eq!(
            said(&[sound, changed.clone(), mixed, changed.clone(), changed]),
            [
                "d.c has changed between the runs: lines of different versions are counted together",
                "c.c and 2 other sources have changed since the run: lines may have moved",
            ]
        );
    }
}
