//! A user without privileges, whoever runs the tests.

use forkcov_testing::copy::copy_forkcov_into;
use forkcov_testing::sandbox::Sandbox;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

const NOBODY: u32 = 65534;

/// Is there someone to be instead of root?
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// A place that everybody may write to, wherever the repository is, with forkcov in it.
pub fn place() -> Sandbox {
    let place = Sandbox::in_directory(&std::env::temp_dir());
    fs::set_permissions(place.path(""), fs::Permissions::from_mode(0o777)).unwrap();
    copy_forkcov_into(&place.path("")).unwrap();
    place
}

/// Runs forkcov in a [`place`] without privileges.
pub fn forkcov(place: &Sandbox, arguments: &[&str]) -> Output {
    let mut command = Command::new(place.path("forkcov"));
    command.args(arguments).current_dir(place.path(""));
    be_nobody(&mut command);
    assert_cmd::Command::from_std(command).timeout(Duration::from_secs(60)).output().unwrap()
}

/// Makes `command` one without privileges, and without settings from the environment.
pub fn be_nobody(command: &mut Command) {
    command.env_remove("FORKCOV_FILE").env_remove("FORKCOV_CONFIG");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
}

/// Gives a file of a [`place`] to [`forkcov`]'s user.
pub fn give(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}
