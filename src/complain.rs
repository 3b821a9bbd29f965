//! What forkcov says besides its reports: one line on stderr, and none twice.

use std::collections::BTreeSet;
use std::io::{Write, stderr};
use std::sync::{Mutex, PoisonError};

static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Says it on stderr, unless it has been said; that nobody can read it there is no reason to fail otherwise than said.
pub fn complain(message: &str) {
    let is_new = SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(message.to_owned());
    if is_new {
        let _ = writeln!(stderr(), "forkcov: {message}");
    }
}
