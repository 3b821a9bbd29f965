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
    use std::collections::HashMap;
    use std::fmt::Write as _;
    use std::sync::LazyLock;

    static SOURCE_FILES: LazyLock<HostProgram> =
        LazyLock::new(|| HostProgram::compile("source_files_test.c"));

    static HEAP: LazyLock<HostProgram> = LazyLock::new(|| HostProgram::compile("heap_test.c"));

    /// Steps of `heap_test.c`: each number is a block to free if it is allocated, else to allocate with the
    /// size.
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
    /// What `source_files_test.c` prints for these names, if it asks once for each name that can be a file's.
    fn expected_slots(names: &[String]) -> String {
        let mut slots = HashMap::new();
        let mut answers = 0;
        let mut expected = String::new();
        for name in names {
            let slot = *slots.entry(name).or_insert_with(|| {
                if name.is_empty() || name.starts_with('<') {
                    return 0;
                }
                writeln!(expected, "asked {name}").unwrap();
                answers += 1;
                answers
            });
            writeln!(expected, "{slot}").unwrap();
        }
        expected
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn each_source_file_is_asked_for_once(
            names in prop::collection::vec("[<ab/]{0,3}", 0..2000),
            long in prop::collection::vec("/[a-z]{20,200}", 0..20),
        ) {
            let names = [&names[..], &long, &long].concat();
            let input = names.iter().fold(String::new(), |input, name| input + name + "\n");
            prop_assert_eq!(SOURCE_FILES.run(None, &input), Ok(expected_slots(&names)));
        }
    }
}
