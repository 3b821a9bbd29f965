//! The source files of a run. They are read when the run is over, so that no process waits for that. Size and
//! modification time, taken when a source is first named, show whether it has changed meanwhile.

use crate::data::SourceSnapshot;
use crate::object::{FileIdentity, Md5, SourceDigest};
use crate::parallel;
use crate::source_file;
use hashbrown::HashMap;
use md5::Digest;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The source files of a run.
#[derive(Debug, Default)]
pub struct SourceFiles {
    files: HashMap<PathBuf, SourceFile>,
}

#[derive(Debug)]
struct SourceFile {
    /// When the source was first named; `None` if it did not exist.
    stamp: Option<FileStamp>,
    /// Checksums of the content that was compiled, where the compiler has recorded them.
    compiled: Vec<Md5>,
    /// The digests of what was read of it already, when its lines were read.
    digest: Option<SourceDigest>,
}

/// Size, and seconds and nanoseconds of the modification time: other content has others.
type FileStamp = (u64, i64, i64);

/// A source that exists when the run is over.
#[derive(Debug)]
pub struct SourceAtEnd<'s> {
    /// Its file.
    pub path: &'s Path,
    /// What ran, as far as that is known.
    pub snapshot: SourceSnapshot,
    /// The file is not what was compiled.
    pub is_stale: bool,
    /// The file was written to during the run, and is not known to have its content from before.
    pub is_rewritten: bool,
}

impl SourceFiles {
    /// Adds a source, of which content with these checksums was compiled. `digest` is that of its content, if
    /// that was read already.
    pub fn add(&mut self, path: &Path, compiled: &[Md5], digest: Option<SourceDigest>) {
        if let Some(file) = self.files.get_mut(path) {
            let new: Vec<Md5> =
                compiled.iter().filter(|text| !file.compiled.contains(*text)).copied().collect();
            file.compiled.extend(new);
            file.digest = file.digest.take().or(digest);
            return;
        }
        let file = SourceFile { stamp: stamp(path), compiled: compiled.to_vec(), digest };
        self.files.insert(path.to_owned(), file);
    }

    /// Those that exist now, sorted by path.
    pub fn at_end(&self) -> Vec<SourceAtEnd<'_>> {
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort_unstable_by_key(|(path, _)| *path);
        parallel::map(&files, |(path, file)| file.at_end(path)).into_iter().flatten().collect()
    }
}

impl SourceFile {
    fn at_end<'s>(&self, path: &'s Path) -> Option<SourceAtEnd<'s>> {
        let metadata = regular(path)?;
        if let Some(known) = self.known_at_end(path, FileIdentity::of(&metadata)) {
            return Some(known);
        }
        let now = stamp_of(&metadata);
        let content = source_file::read(path).ok()?;
        let is_compiled = (!self.compiled.is_empty()).then(|| {
            let digest = Md5::from(md5::Md5::digest(&content));
            self.compiled.iter().all(|compiled| *compiled == digest)
        });
        let is_same = self.stamp == Some(now) || is_compiled == Some(true);
        let is_stale = is_same && is_compiled == Some(false);
        let snapshot =
            if is_same && !is_stale { SourceSnapshot::of(&content) } else { SourceSnapshot::Missing };
        Some(SourceAtEnd { path, snapshot, is_stale, is_rewritten: !is_same })
    }

    /// What is known of the source without reading it again, if it is the same file as when it was read.
    fn known_at_end<'s>(&self, path: &'s Path, now: FileIdentity) -> Option<SourceAtEnd<'s>> {
        let digest = self.digest.as_ref().filter(|digest| digest.file == now)?;
        let is_stale = match (&digest.md5, &self.compiled[..]) {
            (_, []) => false,
            (Some(md5), compiled) => compiled.iter().any(|compiled| compiled != md5),
            (None, _) => return None,
        };
        let snapshot = if is_stale { SourceSnapshot::Missing } else { SourceSnapshot::Hash(digest.hash) };
        Some(SourceAtEnd { path, snapshot, is_stale, is_rewritten: false })
    }
}

fn stamp(path: &Path) -> Option<FileStamp> {
    regular(path).as_ref().map(stamp_of)
}

fn stamp_of(metadata: &Metadata) -> FileStamp {
    (metadata.size(), metadata.mtime(), metadata.mtime_nsec())
}

/// `None` unless it is a regular file: what was read from a pipe or a device cannot be read again.
fn regular(path: &Path) -> Option<Metadata> {
    fs::metadata(path).ok().filter(Metadata::is_file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known at the end of a source with the content `before` when it is added, and `after` at the
    /// end.
    fn at_end(
        before: Option<&str>,
        after: Option<&str>,
        compiled: &[&str],
    ) -> Option<(SourceSnapshot, bool)> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.c");
        if let Some(text) = before {
            fs::write(&path, text).unwrap();
        }
        let mut sources = SourceFiles::default();
        for text in compiled {
            sources.add(&path, &[md5::Md5::digest(text).into()], None);
        }
        sources.add(&path, &[], None);
        match after {
            Some(text) if after != before => fs::write(&path, text).unwrap(),
            None if before.is_some() => fs::remove_file(&path).unwrap(),
            _ => {}
        }
        sources.at_end().first().map(|source| (source.snapshot, source.is_stale))
    }

    #[test]
    fn the_snapshot_of_an_unchanged_source_is_its_content() {
        let same = Some((SourceSnapshot::of(b"a"), false));
        assert_eq!(at_end(Some("a"), Some("a"), &[]), same);
        assert_eq!(at_end(Some("a"), Some("a"), &["a"]), same);
        assert_eq!(at_end(Some("a"), Some("a"), &["a", "a"]), same);
    }

    #[test]
    fn a_source_that_was_written_to_has_no_snapshot() {
        assert_eq!(at_end(Some("a"), Some("bc"), &[]), Some((SourceSnapshot::Missing, false)));
        assert_eq!(at_end(None, Some("a"), &[]), Some((SourceSnapshot::Missing, false)));
    }

    #[test]
    fn nothing_is_recorded_of_a_source_that_is_gone() {
        assert_eq!(at_end(Some("a"), None, &[]), None);
        assert_eq!(at_end(None, None, &["a"]), None);
    }

    #[test]
    fn a_source_that_differs_from_what_was_compiled_is_stale() {
        assert_eq!(at_end(Some("a"), Some("a"), &["b"]), Some((SourceSnapshot::Missing, true)));
        assert_eq!(at_end(Some("a"), Some("a"), &["a", "b"]), Some((SourceSnapshot::Missing, true)));
    }

    #[test]
    fn a_source_that_is_the_same_file_as_before_is_not_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.c");
        fs::write(&path, "a").unwrap();
        let file = FileIdentity::of(&path.metadata().unwrap());
        let known = |md5: Option<&str>, compiled: &[&str]| {
            let md5s = |text: &str| Md5::from(md5::Md5::digest(text));
            let digest = SourceDigest { file, hash: [7; 32], md5: md5.map(md5s) };
            let mut sources = SourceFiles::default();
            let compiled: Vec<Md5> = compiled.iter().map(|text| md5s(text)).collect();
            sources.add(&path, &compiled, Some(digest));
            sources.at_end().first().map(|source| (source.snapshot, source.is_stale, source.is_rewritten))
        };
        let hash = SourceSnapshot::Hash([7; 32]);
        assert_eq!(known(None, &[]), Some((hash, false, false)));
        assert_eq!(known(Some("x"), &["x"]), Some((hash, false, false)));
        assert_eq!(known(Some("x"), &["x", "y"]), Some((SourceSnapshot::Missing, true, false)));
        assert_eq!(
            known(None, &["a"]),
            Some((SourceSnapshot::of(b"a"), false, false)),
            "its MD5 is not known"
        );
        fs::write(&path, "bc").unwrap();
        assert_eq!(known(None, &[]), Some((SourceSnapshot::of(b"bc"), false, false)));
    }
}
