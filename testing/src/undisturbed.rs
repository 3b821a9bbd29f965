//! Checks that a program does the same under forkcov as without it.

use crate::processes;
use crate::program::Program;
use crate::run::Outcome;

/// Output and exit status are the same as without forkcov.
pub fn check(program: &Program, bare: &Outcome, traced: &Outcome) -> Result<(), String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let compared = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let lines = bytes.split(|byte| *byte == b'\n');
        let varies = |line: &[u8]| program.values("varies").any(|part| text(line).contains(part));
        lines.filter(|line| !varies(line)).map(<[u8]>::to_vec).collect()
    };
    for (what, bare, traced) in
        [("stdout", &bare.stdout, &traced.stdout), ("stderr", &bare.stderr, &traced.stderr)]
    {
        if compared(bare) != compared(traced) {
            return Err(format!("{what} differs\nbare:\n{}\nunder forkcov:\n{}", text(bare), text(traced)));
        }
    }
    if processes::ending(bare) != processes::ending(traced) {
        let stderr = text(&traced.stderr);
        return Err(format!(
            "bare it ended by {}, under forkcov by {}\n{stderr}",
            bare.status, traced.status
        ));
    }
    Ok(())
}
