//! Where the user's cache is (XDG Base Directory Specification).

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// forkcov's cache directory; `None` if there is none that only this user can write to.
pub(super) fn of_user() -> Option<PathBuf> {
    let absolute = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    let directory = base.join("forkcov");
    is_own(&directory).then_some(directory)
}

/// Can only this user write to `directory`? If it does not exist yet: would it be created in a directory of
/// this user's? (Under sudo(8), the home directory can be another user's.)
fn is_own(directory: &Path) -> bool {
    let is_users = |metadata: &Metadata| metadata.uid() == nix::unistd::geteuid().as_raw();
    match directory.metadata() {
        Ok(metadata) => is_users(&metadata) && metadata.mode() & 0o022 == 0,
        Err(_) => {
            directory.ancestors().skip(1).find_map(|it| it.metadata().ok()).is_some_and(|it| is_users(&it))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn what_others_can_write_into_is_not_the_users_own() {
        let directory = tempfile::tempdir().unwrap();
        let cache = directory.path().join("cache/forkcov");
        assert!(is_own(&cache), "it would be made in the user's directory");
        fs::create_dir_all(&cache).unwrap();
        for (mode, expected) in [(0o700, true), (0o755, true), (0o775, false), (0o777, false)] {
            fs::set_permissions(&cache, Permissions::from_mode(mode)).unwrap();
            assert_eq!(is_own(&cache), expected, "{mode:o}");
        }
        let root = Path::new("/proc/1/forkcov");
        assert_eq!(is_own(root), nix::unistd::geteuid().is_root());
    }
}
