//! What `packaging/` has built.

use forkcov_testing::needs::{self, Lack};
use forkcov_testing::paths;
use std::path::{Path, PathBuf};

/// The version of this forkcov.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Cargo's directory for all builds.
pub fn target() -> &'static Path {
    paths::scratch().parent().expect("the directory of the tests is in Cargo's")
}

/// The static binary that was built last; ends the running test if none was.
pub fn static_binary() -> PathBuf {
    let built = ["dist", "debug"].map(|profile| target().join("x86_64-unknown-linux-musl").join(profile));
    newest(built.map(|directory| directory.join("forkcov")), "packaging/static")
}

/// The newest file of `target/packages` with this ending; ends the running test if there is none.
pub fn package(ending: &str, maker: &str) -> PathBuf {
    let entries = target().join("packages").read_dir().into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    newest(paths.filter(|path| path.to_string_lossy().ends_with(ending)), maker)
}

/// The newest of these files. The running test is ignored if none exists: they take minutes to build.
fn newest(paths: impl IntoIterator<Item = PathBuf>, maker: &str) -> PathBuf {
    let modified = |path: &PathBuf| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let newest = paths.into_iter().filter(|path| path.is_file()).max_by_key(modified);
    newest.unwrap_or_else(|| needs::give_up(Lack::package(maker)))
}
