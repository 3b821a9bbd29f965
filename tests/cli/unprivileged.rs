//! A user without privileges, also when root runs the tests.

use forkcov_testing::copy::copy_forkcov_into;
use forkcov_testing::sandbox::{Sandbox, one_line};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

const USER: u32 = 65534;

/// Whether the tests run as root, so that another user can be taken.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// A directory that every user may write to, wherever the repository is, with forkcov in it.
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
    drop_privileges(&mut command);
    assert_cmd::Command::from_std(command).timeout(Duration::from_secs(60)).output().unwrap()
}

/// Makes `command` one without privileges, and without settings from the environment.
pub fn drop_privileges(command: &mut Command) {
    command.env_remove("FORKCOV_FILE").env_remove("FORKCOV_CONFIG");
    if is_root() {
        command.uid(USER).gid(USER);
    }
}

/// Gives a file of a [`place`] to [`forkcov`]'s user.
pub fn give(path: &Path) {
    if is_root() {
        chown(path, Some(USER), Some(USER)).unwrap();
    }
}

#[test]
fn a_data_file_can_be_in_a_directory_that_its_user_cannot_list() {
    let place = place();
    let directory = place.path("write-only");
    fs::create_dir(&directory).unwrap();
    give(&directory);
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o300)).unwrap();
    for run in [&["run", "-q"][..], &["run", "-q", "-a"]] {
        let arguments = [run, &["--data-file", "write-only/d", "--", "true"]].concat();
        let output = forkcov(&place, &arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(directory.join("d").is_file() && !stderr.contains("d:"), "{output:?}");
    }
}

#[test]
fn a_directory_that_cannot_be_written_to_is_named_before_the_program_runs() {
    let place = place();
    let directory = place.path("read-only");
    fs::create_dir(&directory).unwrap();
    give(&directory);
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o500)).unwrap();
    let output = forkcov(&place, &["run", "--data-file", "read-only/d", "--", "echo", "ran"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(125), &b""[..]), "{output:?}");
    one_line(&output, &["failed to write read-only/d", "Permission denied"]);
}
