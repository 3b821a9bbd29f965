//! A test program once more as a user without privileges, who is denied much: the files of mappings are found
//! by their names alone (`/proc/PID/map_files`, proc(5)), for one. When the tests are not run by root, that
//! is what they show anyway.

use forkcov_testing::copy::{copy_forkcov_into, copy_into};
use forkcov_testing::program::Program;
use forkcov_testing::roles::Roles;
use forkcov_testing::{marks, needs, report, traced};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const USER: &str = "65534";

/// Is there more to be shown of `program`?
pub fn is_another_case(program: &Program) -> bool {
    let differs = !program.libraries().is_empty() || program.first("unprivileged").is_some();
    differs && program.first("privileged").is_none() && nix::unistd::geteuid().is_root()
}

/// Runs a program, which was built in `directory`, and checks its marks.
pub fn covered(program: &Program, directory: &Path) -> Result<(), String> {
    // Another user may have no access to the checkout.
    let place = tempfile::tempdir().map_err(|why| format!("failed to make a directory: {why}"))?;
    let prepared = copy(directory, place.path()).and_then(|()| {
        copy_forkcov_into(place.path())?;
        fs::set_permissions(place.path(), Permissions::from_mode(0o777))
    });
    prepared.map_err(|why| format!("failed to prepare {}: {why}", place.path().display()))?;

    let mut command = needs::command("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups", "--", "./forkcov", "run", "-q"]);
    command.args(["--data-file", "forkcov.data", "--", &program.executable()]);
    let outcome = traced::start(command, program, place.path())?;
    if !outcome.status.success() {
        return Err(format!("{}: {}", outcome.status, String::from_utf8_lossy(&outcome.stderr)));
    }
    let roles = Roles::read(&place.path().join("roles"))?;
    marks::check(&program.marked_sources(), &roles, &report::read(place.path())?.recorded)
}

/// Copies what the build made, and nothing that a run has left.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let is_left = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name == "roles" || name.starts_with("forkcov.data")
    };
    let files = fs::read_dir(from)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    copy_into(to, files.into_iter().filter(|path| !is_left(path)))
}
