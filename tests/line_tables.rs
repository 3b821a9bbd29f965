//! The line tables of every installed interpreter: of each code object of its standard library, the lines
//! that forkcov decodes are those that the interpreter itself reports.

use forkcov::numbers::NumberSet;
use forkcov::runtime::python::Version;
use forkcov::runtime::python::line_table::LineTable;
use forkcov::runtime::python::versions::{NEWEST, OLDEST};
use forkcov_testing::needs::Lack;
use forkcov_testing::{harness, interpreter, repeated};
use libtest_mimic::{Arguments, Failed};
use std::path::Path;
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

/// The versions of CPython 3, by their minor numbers, that forkcov knows.
const WANTED: std::ops::RangeInclusive<u32> = OLDEST.1 as u32..=NEWEST.1 as u32;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let found = interpreter::found(WANTED);
    let missing = WANTED.filter(|minor| found.iter().all(|interpreter| interpreter.minor != *minor));
    let absent = missing.map(|minor| {
        repeated::lacking(
            format!("3.{minor}"),
            Lack::python(minor, format!("Python 3.{minor} is not installed")),
        )
    });
    let present = found.iter().map(|interpreter| {
        let path = interpreter.path.clone();
        harness::trial(interpreter.name.clone(), move || compare(&path))
    });
    let trials = absent.chain(present).collect();
    harness::run(&arguments, trials)
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
