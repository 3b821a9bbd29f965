//! forkcov's messages besides its reports: one line each on stderr, and none twice.

use crate::quote;
use std::collections::BTreeSet;
use std::io::{Write, stderr};
use std::sync::{Mutex, PoisonError};

static PRINTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Prints `forkcov: MESSAGE` on stderr, unless this process has printed the same message before. Errors of
/// stderr are ignored: they do not make the command fail.
pub fn print_message(message: &str) {
    let message = quote::message(message);
    print(&message);
}

/// [`print_message`] of a text of several lines.
pub fn print_lines(text: &str) {
    print(&quote::message_lines(text));
}

fn print(message: &str) {
    let is_new = PRINTED.lock().unwrap_or_else(PoisonError::into_inner).insert(message.to_owned());
    if is_new {
        let _ = writeln!(stderr(), "forkcov: {message}");
    }
}

/// Prints an error with its causes, without those that its message already contains.
pub fn print_error(error: &anyhow::Error) {
    print_message(&error.chain().map(ToString::to_string).fold(String::new(), |message, cause| {
        if message.is_empty() {
            cause
        } else if message.contains(&cause) {
            message
        } else {
            format!("{message}: {cause}")
        }
    }));
}
