//! Where the tests find forkcov, and where they may write.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The forkcov that Cargo built for the running test or benchmark.
pub fn forkcov() -> &'static Path {
    static FORKCOV: OnceLock<PathBuf> = OnceLock::new();
    FORKCOV.get_or_init(|| {
        // Cargo sets it since 1.94. Before, and where a test is started by hand, forkcov is above the `deps`
        // of the test.
        if let Some(path) = std::env::var_os("CARGO_BIN_EXE_forkcov") {
            return path.into();
        }
        let test = std::env::current_exe().expect("failed to find the running test");
        let forkcov = test.parent().and_then(Path::parent).expect("a test in deps").join("forkcov");
        assert!(forkcov.is_file(), "{} does not exist: `cargo build` makes it", forkcov.display());
        forkcov
    })
}

/// The same as text, for a shell script or a list of arguments.
pub fn forkcov_text() -> &'static str {
    forkcov().to_str().expect("the path of forkcov is not UTF-8")
}

/// The directory for files of the tests, below Cargo's target directory; it outlives the tests.
pub fn scratch() -> &'static Path {
    static SCRATCH: OnceLock<PathBuf> = OnceLock::new();
    SCRATCH.get_or_init(|| {
        let profile = forkcov().parent().expect("forkcov is in a directory");
        let scratch = profile.with_file_name("tmp");
        std::fs::create_dir_all(&scratch)
            .unwrap_or_else(|why| panic!("failed to make {}: {why}", scratch.display()));
        scratch
    })
}

/// The root of this repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("`testing` is in the repository")
}
