//! Where the sources are that debug information names, and how long they are.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use md5::Digest as _;

use crate::object::environment::file_identity::FileIdentity;
use crate::object::environment::source_digest::{Md5, SourceDigest};
use crate::real_path::RealPaths;
use crate::source_file;

/// A directory that a source with a relative name may be below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceRoot {
    pub(crate) directory: PathBuf,
    /// The source must also be below this one.
    pub(crate) within: Option<PathBuf>,
}

/// Where sources with relative names may be: below the `selected` directories, below those that contain the
/// object, which is in `own`, and below the current one.
pub(super) fn roots(
    selected: &[PathBuf],
    own: &Path,
    here: &Path,
    real_paths: &RealPaths,
) -> Vec<SourceRoot> {
    let mut roots: Vec<SourceRoot> = Vec::new();
    let mut add = |directory: &Path, within: Option<&Path>| {
        let root = SourceRoot { directory: directory.to_owned(), within: within.map(Path::to_owned) };
        if !roots.iter().any(|known| known.directory == root.directory && known.within == root.within) {
            roots.push(root);
        }
    };
    for selected in selected.iter().filter_map(|directory| real_paths.directory(directory)) {
        selected.ancestors().for_each(|directory| add(directory, Some(&selected)));
    }
    own.ancestors().for_each(|directory| add(directory, None));
    add(here, None);
    roots
}

/// The path of the module with the `go.mod` `file` (go.dev/ref/mod, "go.mod files").
pub(super) fn go_module(file: &File) -> Option<String> {
    /// More than any `go.mod` has before its `module`.
    const MOST: u64 = 1 << 16;
    let lines = BufReader::new(file.take(MOST)).lines().map_while(Result::ok);
    lines
        .filter_map(|line| {
            let name = line.trim().strip_prefix("module")?.split("//").next()?.trim().to_owned();
            let name = name.trim_matches(['"', '`']).to_owned();
            (!name.is_empty()).then_some(name)
        })
        .next()
}

/// What is known of the content of a source.
#[derive(Debug)]
pub(crate) struct SourceContent {
    /// How many lines it has.
    pub(crate) lines: u32,
    pub(crate) digest: Option<SourceDigest>,
}

impl SourceContent {
    /// That of the source `path`, if it can be read. `file` was there just before.
    pub(super) fn of(path: &Path, file: FileIdentity, with_md5: bool) -> Option<Self> {
        let content = source_file::read(path).ok()?;
        let ends = content.iter().filter(|byte| **byte == b'\n').count();
        let is_open = content.last().is_some_and(|byte| *byte != b'\n');
        let lines = u32::try_from(ends + usize::from(is_open)).ok()?;
        Some(Self { lines, digest: SourceDigest::of(file, &content, with_md5) })
    }
}

/// Whether one of these checksums is not that of the source `path`.
pub(super) fn differs(path: &Path, compiled: &[Md5]) -> bool {
    let content = source_file::read(path);
    content.is_ok_and(|content| {
        let own = Md5::from(md5::Md5::digest(&content));
        compiled.iter().any(|compiled| *compiled != own)
    })
}
