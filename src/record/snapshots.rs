//! Which texts of the sources a run runs. They are read when it is over, so that no process waits; that they are still the
//! same is told by what was seen of the files before.

use super::recorder::HitRecorder;
use crate::data::{RunSnapshots, SourceSnapshot};
use crate::object::Md5;
use crate::parallel;
use crate::plural::counted;
use hashbrown::HashMap;
use md5::Digest;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The sources of a run.
#[derive(Debug, Default)]
pub struct Sources {
    seen: HashMap<PathBuf, Seen>,
}

/// What is known of a source.
#[derive(Debug)]
struct Seen {
    /// When it was first heard of; `None` if it was not there.
    stamp: Option<Stamp>,
    /// The texts that were compiled, where the compiler tells.
    compiled: Vec<Md5>,
}

/// Size and time of change: another text has others.
type Stamp = (u64, i64, i64);

/// A source that is there when the run is over.
struct Found<'s> {
    path: &'s Path,
    text: SourceSnapshot,
    /// It is not what was compiled.
    is_stale: bool,
}

impl Sources {
    /// Looks at the source `path` if it is new, of which `compiled` is known.
    pub fn see(&mut self, path: &Path, compiled: &[Md5]) {
        if let Some(seen) = self.seen.get_mut(path) {
            let new: Vec<Md5> =
                compiled.iter().filter(|text| !seen.compiled.contains(*text)).copied().collect();
            seen.compiled.extend(new);
            return;
        }
        self.seen.insert(path.to_owned(), Seen { stamp: stamp(path), compiled: compiled.to_vec() });
    }

    /// Those that are there now, sorted.
    fn find(&self) -> Vec<Found<'_>> {
        let mut seen: Vec<_> = self.seen.iter().collect();
        seen.sort_unstable_by_key(|(path, _)| *path);
        parallel::map(&seen, |(path, seen)| seen.find(path)).into_iter().flatten().collect()
    }
}

impl Seen {
    fn find<'s>(&self, path: &'s Path) -> Option<Found<'s>> {
        let now = stamp(path)?;
        let content = fs::read(path).ok()?;
        let is_same = self.stamp == Some(now);
        let is_stale = is_same
            && !self.compiled.is_empty()
            && self.compiled.iter().any(|text| *text != Md5::from(md5::Md5::digest(&content)));
        let text = if is_same && !is_stale { SourceSnapshot::of(&content) } else { SourceSnapshot::Missing };
        Some(Found { path, text, is_stale })
    }
}

/// `None` if no regular file is there: of a pipe or a device nobody knows what was read of it.
fn stamp(path: &Path) -> Option<Stamp> {
    let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((found.size(), found.mtime(), found.mtime_nsec()))
}

impl HitRecorder {
    /// The run is over: keeps which texts of its sources ran. Gives what is to be said of sources that have changed since they
    /// were compiled.
    pub fn keep_texts(&self) -> Option<String> {
        if self.hit_files.is_empty() {
            return None;
        }
        let found = self.images.sources.find();
        let files = found.iter().map(|found| (found.path.to_string_lossy().into_owned(), found.text));
        self.kept(RunSnapshots { files: files.collect() }.write(&self.files));
        let mut stale = found.iter().filter(|found| found.is_stale);
        let first = stale.next()?.path.display();
        let names = match stale.count() {
            0 => format!("{first} has"),
            others => format!("{first} and {} have", counted(others, "other source", "other sources")),
        };
        Some(format!("{names} changed since the program was compiled: what ran is another text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text that is found of a source with `before` when it is seen and `after` when the run is over.
    fn found(before: Option<&str>, after: Option<&str>, compiled: &[&str]) -> Option<(SourceSnapshot, bool)> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.c");
        if let Some(text) = before {
            fs::write(&path, text).unwrap();
        }
        let mut sources = Sources::default();
        for text in compiled {
            sources.see(&path, &[md5::Md5::digest(text).into()]);
        }
        sources.see(&path, &[]);
        match after {
            Some(text) if after != before => fs::write(&path, text).unwrap(),
            None if before.is_some() => fs::remove_file(&path).unwrap(),
            _ => {}
        }
        sources.find().first().map(|found| (found.text, found.is_stale))
    }

    #[test]
    fn a_source_that_stays_as_it_is_ran_as_it_is() {
        let same = Some((SourceSnapshot::of(b"a"), false));
        assert_eq!(found(Some("a"), Some("a"), &[]), same);
        assert_eq!(found(Some("a"), Some("a"), &["a"]), same);
        assert_eq!(found(Some("a"), Some("a"), &["a", "a"]), same);
    }

    #[test]
    fn the_text_of_a_source_that_is_written_to_is_lost() {
        assert_eq!(found(Some("a"), Some("bc"), &[]), Some((SourceSnapshot::Missing, false)));
        assert_eq!(found(None, Some("a"), &[]), Some((SourceSnapshot::Missing, false)));
    }

    #[test]
    fn nothing_is_known_of_a_source_that_is_gone() {
        assert_eq!(found(Some("a"), None, &[]), None);
        assert_eq!(found(None, None, &["a"]), None);
    }

    #[test]
    fn a_source_that_was_not_compiled_as_it_is_has_not_run() {
        assert_eq!(found(Some("a"), Some("a"), &["b"]), Some((SourceSnapshot::Missing, true)));
        assert_eq!(found(Some("a"), Some("a"), &["a", "b"]), Some((SourceSnapshot::Missing, true)));
    }
}
