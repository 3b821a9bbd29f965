//! Where the user's cache is (XDG Base Directory Specification).

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The directory of forkcov's own; nothing if there is no place for one that is the user's alone.
pub(super) fn of_user() -> Option<PathBuf> {
    let absolute = |variable| std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    let directory = base.join("forkcov");
    is_own(&directory).then_some(directory)
}

/// Whether nobody else can write into `directory`, or, as long as it is not there, whether it would be made in a directory of
/// the user's: under sudo(8), the home can be another user's.
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
