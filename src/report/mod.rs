//! What the user reads: one file per format, all from one read-only [`View`](crate::data::view::View), in which
//! [`load()`] has made the lines of Python statements.
//!
//! | format | made by | from |
//! |---|---|---|
//! | `forkcov report` | [`text`], [`markdown`] | [`Coverage`], chosen by [`rows`] |
//! | `forkcov processes` | [`processes`], drawn as a [`tree`] | the view |
//! | `forkcov annotate` | [`annotate`] | one file of [`Coverage`], and its source |
//! | `forkcov diff` | [`diff`] | the views of both sides |
//! | `forkcov html` | [`html`] | both, and the sources |
//! | `forkcov json` | [`json`] | both |
//! | `forkcov lcov`, `xml`, `codecov`, `sonarqube` | [`formats`] | [`Coverage`] |
//! | `forkcov coverage-py` | [`coverage_py`] | the view |
//! | `forkcov coveralls` | [`coveralls`] | [`Coverage`], and the sources |
//! | `forkcov github` | [`github`] | [`Coverage`] of the lines of a diff |
//! | the last line of `forkcov run` | [`summary`] | both |

pub mod annotate;
pub mod colour;
mod counts;
mod coverage;
pub mod coverage_py;
pub mod coveralls;
pub mod diff;
mod excluded;
pub mod formats;
pub mod github;
pub mod html;
pub mod json;
pub mod markdown;
mod markers;
mod names;
pub mod processes;
mod quote;
pub mod rows;
mod statements;
pub mod summary;
pub mod text;
mod timestamp;
pub mod totals;
pub mod tree;
pub mod versions;

pub use coverage::{Coverage, FileCoverage, Range};
pub use excluded::Excluded;
pub use statements::{LineByLine, Loaded, load};
