//! The inputs of `combine`.

use super::super::data_file::{FileFormat, recognise};
use super::super::error::Error;
use super::super::names;
use super::cleanup::same_file;
use std::path::{Path, PathBuf};

/// The inputs, sorted, each once.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) hit_files: Vec<PathBuf>,
    pub(super) data_files: Vec<PathBuf>,
    /// Requested files that are neither, and the reason.
    pub(super) damaged: Vec<(PathBuf, String)>,
}

impl Inputs {
    /// The inputs that `paths` stand for when `output` is written.
    pub(super) fn find(paths: &[PathBuf], output: &Path) -> Result<Self, Error> {
        let mut files = Vec::new();
        if paths.is_empty() {
            let directory = names::directory_of(output);
            files = names::beside(output).map_err(Error::io("list", directory))?;
        }
        for path in paths {
            if path.is_dir() {
                files.extend(in_directory(path, output)?);
            } else {
                files.push(path.clone());
            }
        }
        files.sort();
        files.dedup();
        let mut inputs = Self::default();
        for file in files {
            inputs.classify(file);
        }
        Ok(inputs)
    }

    /// The hit files of a run.
    pub(super) fn of_run(hit_files: &[PathBuf]) -> Self {
        Self { hit_files: hit_files.to_vec(), ..Self::default() }
    }

    fn classify(&mut self, path: PathBuf) {
        let by_name = names::parse(&path).map(|name| name.kind);
        if by_name.as_ref().is_some_and(|kind| *kind != names::RunFileKind::HitFile) {
            return; // `combine forkcov.data.*` names them too
        }
        match recognise(&path) {
            Ok(FileFormat::DataFile) => self.data_files.push(path),
            Ok(FileFormat::HitFile) => self.hit_files.push(path),
            // The writer was killed before its first segment.
            Ok(FileFormat::Blank) if by_name == Some(names::RunFileKind::HitFile) => {
                self.hit_files.push(path)
            }
            Ok(
                FileFormat::ObjectTable
                | FileFormat::RuntimeLog
                | FileFormat::Counters
                | FileFormat::Snapshots,
            ) => {}
            Ok(other) => self.damaged.push((path, other.complaint())),
            Err(Error::Io { source, .. }) => self.damaged.push((path, source.to_string())),
            Err(error) => self.damaged.push((path, error.to_string())),
        }
    }
}

fn in_directory(directory: &Path, output: &Path) -> Result<Vec<PathBuf>, Error> {
    let Some(base) = output.file_name() else { return Ok(Vec::new()) };
    let mut files = names::in_directory(directory, base).map_err(Error::io("list", directory))?;
    let data_file = directory.join(base);
    if data_file.is_file() && !same_file(&data_file, output) {
        files.push(data_file);
    }
    Ok(files)
}
