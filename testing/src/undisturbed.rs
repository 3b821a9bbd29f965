//! Checks that a program does the same under forkcov as without it.

use crate::processes;
use crate::program::Program;
use crate::run::Outcome;

/// Output and exit status are the same as without forkcov, but for what forkcov has to say.
pub fn check(program: &Program, bare: &Outcome, traced: &Outcome) -> Result<(), String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let compared = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let lines = bytes.split(|byte| *byte == b'\n');
        let is_left_out = |key: &str, line: &[u8]| program.values(key).any(|part| text(line).contains(part));
        let varies = |line: &[u8]| is_left_out("varies", line) || is_left_out("says", line);
        lines.filter(|line| !varies(line)).map(<[u8]>::to_vec).collect()
    };
    for (what, bare, traced) in
        [("stdout", &bare.stdout, &traced.stdout), ("stderr", &bare.stderr, &traced.stderr)]
    {
        if compared(bare) != compared(traced) {
            return Err(format!("{what} differs\nbare:\n{}\nunder forkcov:\n{}", text(bare), text(traced)));
        }
    }
    for said in program.values("says") {
        let lines = text(&traced.stderr);
        if lines.lines().filter(|line| line.starts_with("forkcov: ") && line.contains(said)).count() != 1 {
            return Err(format!("forkcov does not say {said:?} once, but\n{lines}"));
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
