//! C files of the probes, compiled as programs of this machine, for tests.

use std::env::{self, consts};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A C file of `src/runtime/probe` with a `main`, compiled.
#[derive(Debug)]
pub(crate) struct HostProgram {
    directory: TempDir,
}

impl HostProgram {
    /// Compiles `source`.
    pub(crate) fn compile(source: &str) -> Self {
        let program = Self { directory: tempfile::tempdir().unwrap() };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let machine = root.join("machine").join(consts::ARCH);
        let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
        compiler
            .args(["-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-O1", "-o"])
            .arg(program.path());
        for included in [&root.join("runtime"), &machine, Path::new(env!("OUT_DIR"))] {
            compiler.arg("-I").arg(included);
        }
        compiler.arg(root.join("runtime/probe").join(source));
        assert!(compiler.status().unwrap().success(), "{compiler:?}");
        program
    }

    /// Runs it with `input`, and with `argument` if there is one. Gives its output.
    pub(crate) fn run(&self, argument: Option<&Path>, input: &str) -> Result<String, String> {
        let mut command = Command::new(self.path());
        command.args(argument).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let written = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        match output.status.success() {
            true => {
                written.map(|()| String::from_utf8(output.stdout).unwrap()).map_err(|why| why.to_string())
            }
            false => Err(format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr))),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("program")
    }
}

mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Write as _;
    use std::sync::LazyLock;

    static HEAP: LazyLock<HostProgram> = LazyLock::new(|| HostProgram::compile("heap_test.c"));

    /// Steps of `heap_test.c`: each number is a block to free if it is allocated, else to allocate with this size.
    fn script(steps: &[(u8, usize)]) -> String {
        let mut allocated = [false; 256];
        let mut script = String::new();
        for (block, size) in steps {
            let is_allocated = &mut allocated[usize::from(*block)];
            *is_allocated = !*is_allocated;
            match is_allocated {
                true => writeln!(script, "+ {block} {size}").unwrap(),
                false => writeln!(script, "- {block}").unwrap(),
            }
        }
        script
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn blocks_of_the_heap_are_zero_and_apart(
            steps in prop::collection::vec((0..20_u8, prop_oneof![0..200_usize, 0..600_000_usize]), 0..120),
        ) {
            prop_assert_eq!(HEAP.run(None, &script(&steps)), Ok(String::new()));
        }
    }
}
