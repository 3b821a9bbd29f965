//! The sources of a workspace that are its tests, and not what they test: by `cargo metadata`.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

impl Target {
    /// Is it a test, a benchmark, an example or a build script?
    fn is_of_tests(&self) -> bool {
        self.kind.iter().all(|kind| matches!(&**kind, "test" | "bench" | "example" | "custom-build"))
    }
}

/// Patterns of the sources of integration tests, benchmarks, examples and build scripts. With such a source
/// goes its directory, for the modules in it, unless something else is there.
pub(super) fn sources_of_tests(json: &[u8]) -> Vec<String> {
    let Ok(metadata) = serde_json::from_slice::<Metadata>(json) else { return Vec::new() };
    let targets = || metadata.packages.iter().flat_map(|package| &package.targets);
    let tested: Vec<&Path> =
        targets().filter(|target| !target.is_of_tests()).map(|target| &*target.src_path).collect();
    let patterns = targets().filter(|target| target.is_of_tests()).filter_map(|target| {
        let directory = target.src_path.parent()?;
        let is_mixed =
            target.kind == ["custom-build"] || tested.iter().any(|path| path.starts_with(directory));
        let path = if is_mixed { &*target.src_path } else { directory };
        let pattern = globset::escape(path.to_str()?);
        Some(if is_mixed { pattern } else { pattern + "/**" })
    });
    patterns.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::sources_of_tests;

    #[test]
    fn what_is_beside_a_library_is_omitted_alone() {
        let json = r#"{"packages": [{"targets": [
            {"kind": ["lib"], "src_path": "/w/src/lib.rs"},
            {"kind": ["bin"], "src_path": "/w/src/main.rs"},
            {"kind": ["test"], "src_path": "/w/src/inner.rs"},
            {"kind": ["test"], "src_path": "/w/tests/[a].rs"},
            {"kind": ["bench"], "src_path": "/w/benches/speed/main.rs"},
            {"kind": ["custom-build"], "src_path": "/w/build.rs"}
        ]}]}"#;
        let patterns = ["/w/benches/speed/**", "/w/build.rs", "/w/src/inner.rs", "/w/tests/**"];
        assert_eq!(sources_of_tests(json.as_bytes()), patterns);
    }
}
