//! The inputs of `combine`.

use super::super::data_file::{FileFormat, recognise};
use super::super::error::Error;
use super::super::names;
use super::super::run_directory::{RunDirectories, RunDirectory};
use super::super::target::Target;
use super::cleanup::same_file;
use nix::unistd::geteuid;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The inputs, sorted, each once.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) hit_files: Vec<PathBuf>,
    /// What killed runs have left. Their hit files are among the others.
    pub(super) run_directories: Vec<RunDirectory>,
    /// Hit files of runs that have not ended.
    pub(super) active: Vec<PathBuf>,
    pub(super) data_files: Vec<PathBuf>,
    /// Requested files that are neither, and the reason.
    pub(super) damaged: Vec<(PathBuf, String)>,
}

impl Inputs {
    /// The inputs that `paths` stand for when `output` is written.
    pub(super) fn find(paths: &[PathBuf], output: &Path) -> Result<Self, Error> {
        let mut inputs = Self::default();
        let mut files = Vec::new();
        if paths.is_empty() {
            let directory = names::directory_of(output);
            let found = names::beside(output).map_err(Error::io("list", directory))?;
            inputs.add_found(found, &mut files);
            inputs.add_runs_of(output);
        }
        for path in paths {
            if path.is_dir() {
                inputs.add_found(in_directory(path, output)?, &mut files);
                inputs.add_runs_of(&path.join(output.file_name().unwrap_or_default()));
            } else {
                files.push(path.clone());
            }
        }
        files.sort();
        files.dedup();
        for file in files {
            inputs.classify(file);
        }
        Ok(inputs)
    }

    /// Adds files that were found by their names, and not named by the user: those of this user.
    fn add_found(&mut self, found: Vec<PathBuf>, files: &mut Vec<PathBuf>) {
        for path in found {
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.uid() != geteuid().as_raw() => {
                    self.damaged.push((path, "another user's file: name it to combine it".to_owned()));
                }
                Ok(metadata) if !metadata.is_file() => {
                    self.damaged.push((path, "not a regular file".to_owned()));
                }
                _ => files.push(path),
            }
        }
    }

    /// Adds what runs for this data file have left in their private directories.
    fn add_runs_of(&mut self, data_file: &Path) {
        let Ok(target) = Target::of(data_file) else { return };
        let RunDirectories { ended, active } = RunDirectory::of_data_file(&target.resolved());
        self.active.extend(active.iter().flat_map(RunDirectory::hit_files));
        self.hit_files.extend(ended.iter().flat_map(RunDirectory::hit_files));
        self.run_directories.extend(ended);
    }

    /// The hit files of a run.
    pub(super) fn of_run(hit_files: Vec<PathBuf>) -> Self {
        Self { hit_files, ..Self::default() }
    }

    fn classify(&mut self, path: PathBuf) {
        let by_name = names::parse(&path).map(|name| name.kind);
        if by_name.as_ref().is_some_and(|kind| *kind != names::RunFileKind::HitFile) {
            return; // `combine forkcov.data.*` names them too
        }
        match recognise(&path) {
            Ok(FileFormat::DataFile { .. }) => self.data_files.push(path),
            Ok(FileFormat::HitFile) => self.hit_files.push(path),
            // The writer was killed before its first segment.
            Ok(FileFormat::Blank) if by_name == Some(names::RunFileKind::HitFile) => {
                self.hit_files.push(path)
            }
            Ok(
                FileFormat::ObjectTable
                | FileFormat::RuntimeLog
                | FileFormat::SourceList
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
