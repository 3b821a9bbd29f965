//! The files below a directory that a runtime could load as sources.

use std::fs;
use std::path::{Path, PathBuf};

/// The files in `directory`, and in the directories below it that `is_entered` accepts, that `is_source`
/// accepts; sorted. What cannot be read is left out.
pub(super) fn sources_below(
    directory: &Path,
    is_entered: impl Fn(&Path) -> bool,
    is_source: impl Fn(&Path) -> bool,
) -> Vec<PathBuf> {
    let mut sources = Vec::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && is_entered(&path) => directories.push(path),
                Ok(kind) if !kind.is_dir() && is_source(&path) => sources.push(path),
                _ => {}
            }
        }
    }
    sources.sort();
    sources
}
