//! What forkcov says besides its reports: one line on stderr.

use std::io::{Write, stderr};

/// Says it on stderr; that nobody can read it there is no reason to fail otherwise than said.
pub fn complain(message: &str) {
    let _ = writeln!(stderr(), "forkcov: {message}");
}
