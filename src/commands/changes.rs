//! `--diff` and `--diff-base`.

use anyhow::Context;
use forkcov::changes::{Changes, diff_since};
use forkcov::cli;
use forkcov::data::view::View;
use forkcov::message::print_message;
use forkcov::quote;
use forkcov::report::Coverage;
use forkcov::sources::Here;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// The changes that the options ask for; `None` if neither option is given.
pub(super) fn read(options: &cli::DiffBaseOptions, here: &Here) -> anyhow::Result<Option<Changes>> {
    let Some((diff, shown)) = diff(options)? else { return Ok(None) };
    Ok(Some(Changes::of_diff(&diff, here).with_context(|| format!("failed to read {shown}"))?))
}

/// The diff that the options ask for, and what messages call it; `None` if neither option is given.
pub(super) fn diff(options: &cli::DiffBaseOptions) -> anyhow::Result<Option<(Vec<u8>, String)>> {
    if let Some(path) = &options.diff {
        let shown = if path == Path::new("-") { "stdin".into() } else { quote::path(path) };
        let diff = text(path).with_context(|| format!("failed to read {shown}"))?;
        return Ok(Some((diff, shown.into_owned())));
    }
    let since = |revision: &String| {
        let diff = diff_since(revision);
        let diff = diff.with_context(|| format!("failed to find what has changed since {revision}"))?;
        Ok((diff, format!("the diff since {revision}")))
    };
    options.diff_base.as_ref().map(since).transpose()
}

/// The coverage of the lines of `changes`. Prints a message if none is executable, because the report then
/// shows 100 %.
pub(super) fn coverage<'v>(view: &'v View, changes: &'v Changes) -> Coverage<'v> {
    let coverage = Coverage::of_changes(view, changes);
    if coverage.files.is_empty() {
        print_message("no line of the diff is executable");
    }
    coverage
}

fn text(path: &Path) -> io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return fs::read(path);
    }
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    Ok(text)
}
