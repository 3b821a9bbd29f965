//! Scripts: the source files that a shell could run.

use crate::runtime::source_tree::sources_below;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// No first line of a script is longer (`BINPRM_BUF_SIZE` of the kernel).
const FIRST_LINE: u64 = 256;

/// The scripts in `directory` and below it, sorted: files whose names end in `.sh` or `.bash`, and executable
/// files whose first line names bash or sh. Hidden directories are not searched.
pub(super) fn scripts(directory: &Path) -> Vec<PathBuf> {
    let is_hidden =
        |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    sources_below(directory, |path| !is_hidden(path), is_script)
}

fn is_script(path: &Path) -> bool {
    // A FIFO must not be opened.
    let Ok(metadata) = fs::metadata(path) else { return false };
    if !metadata.is_file() {
        return false;
    }
    if path.extension().is_some_and(|extension| extension == "sh" || extension == "bash") {
        return true;
    }
    let mut start = Vec::new();
    let read = |file: File| file.take(FIRST_LINE).read_to_end(&mut start);
    metadata.permissions().mode() & 0o111 != 0
        && File::open(path).and_then(read).is_ok()
        && names_shell(&start)
}

/// Whether the first line of a file says that bash or sh runs it, directly or by env(1).
fn names_shell(start: &[u8]) -> bool {
    let Some(line) = start.strip_prefix(b"#!").and_then(|line| line.split(|byte| *byte == b'\n').next())
    else {
        return false;
    };
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let base = |word: &[u8]| word.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
    let mut program = words.next().map(base);
    if program.as_deref() == Some(b"env") {
        let is_option = |word: &&[u8]| word.starts_with(b"-") || word.contains(&b'=');
        program = words.find(|word| !is_option(word)).map(base);
    }
    program.is_some_and(|program| program == b"bash" || program == b"sh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_known_by_their_names_or_by_their_first_lines() {
        let root = tempfile::tempdir().unwrap();
        for directory in ["lib/deep", ".git"] {
            fs::create_dir_all(root.path().join(directory)).unwrap();
        }
        let files = [
            ("a.sh", "", 0o644),
            ("lib/deep/b.bash", "", 0o644),
            ("bin", "#!/bin/bash\n", 0o755),
            ("env", "#! /usr/bin/env -S A=1 bash -e\n", 0o755),
            ("sh", "#!/bin/sh", 0o755),
            ("data", "#!/bin/bash\n", 0o644),
            ("zsh", "#!/bin/zsh\n", 0o755),
            ("python", "#!/usr/bin/env python3\n", 0o755),
            ("empty", "", 0o755),
            (".git/hook.sh", "", 0o755),
        ];
        for (name, text, mode) in files {
            let path = root.path().join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        let found = scripts(root.path());
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(root.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.sh", "bin", "env", "lib/deep/b.bash", "sh"]);
    }
}
