//! Source files that belong to the system rather than to the user: by default, a run does not record them.

use super::here::Here;
use super::toolchains::Toolchains;
use super::tree::{Tree, TreePath};
use crate::runtime;
use std::path::{Path, PathBuf};

/// Where a system, a toolchain or a package manager puts source files.
const TREES: &[&str] = &[
    "/usr/**",
    "/lib/**",
    "/lib32/**",
    "/lib64/**",
    "/libx32/**",
    // Rust: the standard library and its dependencies, under the paths of its builds.
    "/rustc/**",
    "/rust/deps/**",
    "**/.rustup/toolchains/**",
    // Rust: crates of a registry, wherever CARGO_HOME was at compile time.
    "**/.cargo/registry/**",
    "**/.cargo/git/**",
    "**/registry/src/index.*-*/**",
    // Rust: the sources of a toolchain that rustup has not installed.
    "**/lib/rustlib/**",
    // Go: the module cache, and roots outside /usr.
    "**/go/pkg/mod/**",
    "**/sdk/go1.*/**",
    "/snap/go/**",
    // Zig: packages, and the library of a compiler, as its archives and managers of versions name it.
    "**/lib/zig/**",
    "**/zig-*-*-*/lib/**",
    "**/ziglang/lib/**",
    "**/.zvm/**",
    "**/.cache/zig/p/**",
    // C and C++: headers of a compiler outside /usr.
    "**/include/c++/**",
    "**/lib/gcc/*/*/include/**",
    "**/lib/gcc/*/*/include-fixed/**",
    "**/lib/clang/*/include/**",
    "/home/linuxbrew/.linuxbrew/**",
    // Python: headers of an interpreter or of a virtual environment.
    "**/include/python[0-9].*/**",
    "**/include/site/python[0-9].*/**",
    "**/include/pypy[0-9]*/**",
    // Managers of versions, whose commands are scripts.
    "**/.pyenv/**",
    "**/.rbenv/**",
    "**/.asdf/**",
    // Node.js: headers that node-gyp fetches, versions of nvm, and packages.
    "**/node-gyp/*/include/**",
    "**/.node-gyp/**",
    "**/.electron-gyp/**",
    "**/.nvm/versions/**",
    "**/node_modules/**",
    // Ada: files that gnatbind and gprbuild generate beside the objects; no unit of a user can have such a
    // name.
    "**/b~*.ad[bs]",
    "**/b__*.ad[bs]",
    // Build directories of the C library and of the compiler's runtime: Debian, Arch, Fedora, Alpine, conda.
    "/build/glibc-*/**",
    "/build/gcc-*/**",
    "/build/glibc/**",
    "/build/gcc/**",
    "/build/reproducible-path/**",
    "/builddir/build/BUILD/**",
    "/home/buildozer/aports/**",
    "/home/conda/feedstock_root/**",
    // Stores of Nix and Guix.
    "/nix/store/**",
    "/gnu/store/**",
];

/// Trees that environment variables name: the variable, and the tree below its value.
const VARIABLES: &[(&str, &str)] = &[
    ("CARGO_HOME", "/registry/**"),
    ("CARGO_HOME", "/git/**"),
    ("RUSTUP_HOME", "/toolchains/**"),
    ("GOROOT", "/**"),
    ("GOMODCACHE", "/**"),
    ("PYENV_ROOT", "/**"),
    ("NVM_DIR", "/versions/**"),
    ("CONDA_PREFIX", "/include/**"),
    ("CONDA_PREFIX", "/lib/**"),
    ("VIRTUAL_ENV", "/include/**"),
];

/// Sources with relative names that no program of a user has: start files of glibc and musl, and files that
/// Go's tools generate or that `-trimpath` takes from the module cache.
const RELATIVE: &[&str] =
    &["sysdeps/**", "../sysdeps/**", "csu/**", "../csu/**", "crt/*crt1.c", "_cgo_*", "**/*@v*/**"];

/// The directories of Go's standard library, as `-trimpath` names them.
const GO_PACKAGES: &[&str] = &[
    "archive",
    "bufio",
    "bytes",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "structs",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "unicode",
    "unique",
    "unsafe",
    "vendor",
    "weak",
];

/// Whether a source with this relative name, which is nowhere, belongs to the system.
pub(super) fn owns_relative(path: &Path) -> bool {
    let is_go = path.extension().is_some_and(|extension| extension == "go" || extension == "s");
    let first = path.components().next().map(|first| first.as_os_str().to_string_lossy());
    let is_package = is_go && first.is_some_and(|first| GO_PACKAGES.contains(&&*first));
    let path = TreePath::of(path);
    is_package || RELATIVE.iter().any(|tree| Tree::new(tree).contains(&path))
}

/// Decides whether a source file belongs to the system.
#[derive(Debug)]
pub struct SystemSources {
    trees: Vec<Tree>,
    toolchains: Toolchains,
    here: Here,
    /// For each tree, whether it contains the current directory.
    around: Vec<bool>,
}

impl SystemSources {
    /// For a user whose current directory is `here`.
    pub fn new(here: &Here) -> Self {
        let named = VARIABLES.iter().filter_map(|(variable, below)| {
            let root = std::env::var_os(variable).map(PathBuf::from).filter(|root| root.is_absolute())?;
            Some(Tree::in_directory(&root, below))
        });
        Self::with_trees(here, all_trees().chain(named).collect())
    }

    fn with_trees(here: &Here, trees: Vec<Tree>) -> Self {
        let inside: Vec<PathBuf> = here.names().iter().map(|name| name.join("any file")).collect();
        let inside: Vec<TreePath> = inside.iter().map(|path| TreePath::of(path)).collect();
        let is_around = |tree: &Tree| inside.iter().any(|path| tree.contains(path));
        let around = trees.iter().map(is_around).collect();
        Self { trees, toolchains: Toolchains::default(), here: here.clone(), around }
    }

    /// Whether `path` belongs to the system. A relative one is that of a source that is nowhere.
    ///
    /// If the current directory is inside a system tree (`/usr/src/project`), the sources below it belong to
    /// the user. But a registry below it (`CARGO_HOME=./.cargo`, or the current directory is `/`) still
    /// belongs to the system.
    pub fn owns(&self, path: &Path) -> bool {
        if path.is_relative() {
            return owns_relative(path);
        }
        let parts = TreePath::of(path);
        let mut trees = self.trees.iter().zip(&self.around).filter(|(tree, _)| tree.contains(&parts));
        // Looks at files in each directory above the source: last.
        let toolchain = || self.toolchains.root_of(path);
        if self.here.contains(path) {
            let is_around = |root: &Path| self.here.names().iter().any(|name| name.starts_with(root));
            trees.any(|(_, is_around)| !is_around) || toolchain().is_some_and(|root| !is_around(root))
        } else {
            trees.next().is_some() || toolchain().is_some()
        }
    }
}

/// [`TREES`], and those of the runtimes.
fn all_trees() -> impl Iterator<Item = Tree> {
    let of_runtimes = runtime::ALL.into_iter().flat_map(|runtime| runtime.system_trees());
    TREES.iter().chain(of_runtimes).map(|tree| Tree::new(tree))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(here: &str) -> SystemSources {
        SystemSources::with_trees(&Here::at(here), all_trees().collect())
    }

    #[test]
    fn sources_of_systems_and_toolchains_belong_to_the_system() {
        let system = system("/home/u/project");
        for path in [
            "/usr/include/stdio.h",
            "/usr/src/glibc/malloc.c",
            "/usr/lib/go-1.19/src/fmt/print.go",
            "/usr/local/go/src/fmt/print.go",
            "/lib/x.c",
            "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/lib.rs",
            "/rust/deps/gimli-0.32.3/src/lib.rs",
            "/home/u/.cargo/registry/src/index.example-1949cf8c6b5b557f/libc-0.2.1/src/lib.rs",
            "/opt/cargo/registry/src/index.example-1949cf8c6b5b557f/libc-0.2.1/src/lib.rs",
            "/home/ci/.cargo/git/checkouts/x/src/lib.rs",
            "/root/.rustup/toolchains/stable-x86_64-unknown-linux-gnu/lib/rustlib/src/rust/library/core/src/lib.rs",
            "/home/u/go/pkg/mod/golang.org/x/sys@v0.1.0/unix/a.go",
            "/home/u/sdk/go1.22.1/src/fmt/print.go",
            "/opt/zig-x86_64-linux-0.15.1/lib/std/std.zig",
            "/opt/zig-linux-x86_64-0.13.0/lib/compiler_rt.zig",
            "/home/u/project/tools/ziglang/lib/std/debug.zig",
            "/home/u/.zvm/0.15.1/lib/std/std.zig",
            "/home/u/.local/lib/zig/std/std.zig",
            "/home/u/.cache/zig/p/N-V-abc/src/root.zig",
            "/build/glibc-FUTrRT/glibc-2.36/csu/init.c",
            "/build/gcc-12-AbCdEf/gcc-12-12.2.0/libgcc/libgcc2.c",
            "/build/reproducible-path/glibc-2.41/csu/init.c",
            "/home/u/.pyenv/versions/3.13.0/lib/python3.13/os.py",
            "/home/u/.pyenv/libexec/pyenv-exec",
            "/home/u/project/venv/lib64/python3.11/site-packages/attr/__init__.py",
            "/opt/app/python/site-packages/attr/__init__.py",
            "/home/u/project/b~main.adb",
            "/home/u/project/obj/b__main.ads",
            "/home/u/.pyenv/versions/3.13.0/include/python3.13/object.h",
            "/opt/python/include/python3.13t/internal/pycore_object.h",
            "/home/u/project/venv/include/site/python3.12/greenlet/greenlet.h",
            "/opt/rust/lib/rustlib/src/rust/library/core/src/num/mod.rs",
            "/home/u/.cache/node-gyp/20.1.0/include/node/v8.h",
            "/home/u/.nvm/versions/node/v20.1.0/include/node/v8-local-handle.h",
            "/home/u/project/node_modules/node-addon-api/napi-inl.h",
            "/opt/gcc-13/include/c++/13.2.0/bits/stl_vector.h",
            "/opt/llvm/lib/clang/17/include/emmintrin.h",
            "/opt/gcc-13/lib/gcc/x86_64-linux-gnu/13.2.0/include/xmmintrin.h",
        ] {
            assert!(system.owns(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn sources_of_the_user_do_not_belong_to_the_system() {
        let system = system("/home/u/project");
        for path in [
            "/home/u/project/src/main.c",
            "/home/u/other/usr/include/a.h",
            "/opt/app/a.c",
            "/srv/registry/src/a.rs",
            "/libs/a.c",
            "/usrlocal/a.c",
            "/build/app/main.c",
            "/builds/group/app/main.c",
            "/home/u/go/src/app/main.go",
            "/tmp/a.c",
            "/home/u/project/lib/python/a.py",
            "/home/u/project/b_main.adb",
            "/home/u/project/b~main/a.adb",
            "/home/u/project/include/python/bindings.h",
            "/home/u/project/include/node/node.h",
        ] {
            assert!(!system.owns(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn sources_that_are_nowhere_may_be_of_a_toolchain() {
        for path in [
            "sysdeps/x86_64/start.S",
            "../csu/init.c",
            "fmt/print.go",
            "runtime/asm_amd64.s",
            "x.org/y@v1.2/z.go",
        ] {
            assert!(owns_relative(Path::new(path)), "{path}");
        }
        for path in ["src/main.c", "example.org/hello/main.go", "main.go", "runtime/loop.c", "hello/fmt/a.go"]
        {
            assert!(!owns_relative(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn sources_below_a_current_directory_inside_a_system_tree_belong_to_the_user() {
        let inside = system("/usr/src/project");
        assert!(!inside.owns(Path::new("/usr/src/project/main.c")));
        assert!(inside.owns(Path::new("/usr/src/other/main.c")));
        assert!(inside.owns(Path::new("/usr/include/stdio.h")));
        assert!(inside.owns(Path::new("/usr/src/project/.cargo/registry/src/x/lib.rs")));
        assert!(!system("/usr").owns(Path::new("/usr/include/stdio.h")));
    }

    #[test]
    fn the_root_and_a_home_as_current_directory_claim_no_system_tree() {
        assert!(system("/").owns(Path::new("/usr/include/stdio.h")));
        assert!(!system("/").owns(Path::new("/main.c")));
        assert!(system("/root").owns(Path::new("/root/.cargo/registry/src/x/lib.rs")));
    }
}
