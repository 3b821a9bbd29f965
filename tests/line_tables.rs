//! The line tables of every interpreter that is here: of each code object of its standard library, the lines that
//! forkcov reads out of its table are those that the interpreter itself gives.

use forkcov::data::numbers::NumberSet;
use forkcov::data::python_log::Version;
use forkcov::data::python_log::line_table::LineTable;
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Prints of each code object: first line, size of the code, table, and the lines.
const SCRIPT: &str = r#"
import dis, os, sys, types, warnings
warnings.simplefilter("ignore")

def lines(code):
    found = code.co_lines() if hasattr(code, "co_lines") else dis.findlinestarts(code)
    return sorted({entry[-1] for entry in found if entry[-1]})

def walk(code):
    table = code.co_linetable if hasattr(code, "co_lines") else code.co_lnotab
    print(code.co_firstlineno, len(code.co_code), table.hex() or "-", *lines(code))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            walk(constant)

print(sys.hexversion)
for directory, subdirectories, names in os.walk(os.path.dirname(os.__file__)):
    subdirectories[:] = [name for name in subdirectories if name not in ("site-packages", "dist-packages")]
    for name in names:
        if name.endswith(".py"):
            path = os.path.join(directory, name)
            with open(path, "rb") as source:
                try:
                    code = compile(source.read(), path, "exec")
                except (SyntaxError, ValueError, RecursionError): # the compiler's own test data
                    continue
            walk(code)
"#;

/// The minor versions of CPython 3 that forkcov is made for.
const MINORS: std::ops::RangeInclusive<u8> = 9..=14;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let interpreters: BTreeSet<(u8, PathBuf)> =
        candidates().iter().filter_map(|path| interpreter(path)).collect();
    let mut trials = Vec::new();
    for minor in MINORS {
        let of_this = interpreters.iter().filter(|(found, _)| *found == minor);
        let name = |path: &Path| format!("3.{minor} {}", path.display());
        let found: Vec<_> = of_this
            .map(|(_, path)| {
                let path = path.clone();
                Trial::test(name(&path), move || compare(&path))
            })
            .collect();
        if found.is_empty() {
            let absent = Trial::test(format!("3.{minor}, which is not installed here"), || Ok(()));
            trials.push(absent.with_ignored_flag(true));
        }
        trials.extend(found);
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// What may be an interpreter: those of pyenv, and those that PATH has.
fn candidates() -> Vec<PathBuf> {
    let mut directories: Vec<PathBuf> =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| Some(std::env::home_dir()?.join(".pyenv")));
    let versions = root.and_then(|root| root.join("versions").read_dir().ok());
    directories.extend(versions.into_iter().flatten().flatten().map(|version| version.path().join("bin")));
    let names = || MINORS.map(|minor| format!("python3.{minor}"));
    directories.iter().flat_map(|directory| names().map(|name| directory.join(name))).collect()
}

/// Its minor version and where it really is (it may be a link, or a script that chooses one), if it runs at all and
/// is CPython 3.
fn interpreter(path: &Path) -> Option<(u8, PathBuf)> {
    let script = "import sys; print(sys.implementation.name, *sys.version_info[:2], sys.executable)";
    let output = Command::new(path).args(["-I", "-c", script]).output().ok()?;
    let output = String::from_utf8(output.stdout).ok()?;
    let (minor, executable) = output.trim_end().strip_prefix("cpython 3 ")?.split_once(' ')?;
    Some((minor.parse().ok()?, Path::new(executable).canonicalize().ok()?))
}

fn compare(interpreter: &Path) -> Result<(), Failed> {
    let output = Command::new(interpreter).args(["-I", "-c", SCRIPT]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let mut rows = text.lines();
    let version = Version(rows.next().ok_or("no version")?.parse()?);
    let mut compared = 0;
    for row in rows {
        let mut fields = row.split(' ');
        let mut next = || fields.next().ok_or("a field is missing");
        let (first, code_size) = (next()?.parse()?, next()?.parse()?);
        let bytes = bytes(next()?)?;
        let expected: NumberSet = fields.map(str::parse).collect::<Result<_, _>>()?;
        let lines = LineTable { bytes: &bytes, first, code_size }.lines(version)?;
        if lines != expected {
            let found: Vec<_> = lines.iter().collect();
            return Err(format!("{version}: {found:?} of {row}").into());
        }
        compared += 1;
    }
    // The standard library of any version has some 50,000.
    if compared < 5_000 { Err(format!("only {compared} code objects").into()) } else { Ok(()) }
}

fn bytes(hex: &str) -> Result<Vec<u8>, Failed> {
    let pairs = hex.trim_matches('-').as_bytes().chunks(2);
    let byte = |pair: &[u8]| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    pairs.map(byte).collect()
}
