//! Writing a report to a file or to stdout.

use anyhow::Context;
use forkcov::message::print_message;
use forkcov::output_file;
use forkcov::quote;
use forkcov::report::colour::Colour;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

/// Writes to the file `path`, or to stdout if it is `-`.
pub(super) fn to_output(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    if path == Path::new("-") {
        return to_stdout(write);
    }
    let write_all = || {
        let mut out = BufWriter::new(output_file::create(path)?);
        write(&mut out)?;
        out.flush()
    };
    write_all().with_context(|| format!("failed to write {}", quote::path(path)))?;
    print_message(&format!("wrote {}", quote::path(path)));
    Ok(())
}

/// Writes to stdout. A closed pipe is not an error (`forkcov report | head`).
pub(super) fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("failed to write to stdout")
        }
        _ => Ok(()),
    }
}

/// Colours are on for a terminal, unless the environment overrides that (`NO_COLOR`, `CLICOLOR_FORCE`,
/// `TERM=dumb`).
pub(super) fn colour() -> Colour {
    match anstream::AutoStream::choice(&io::stdout()) {
        anstream::ColorChoice::Never => Colour::Off,
        _ => Colour::On,
    }
}
