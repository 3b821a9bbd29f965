//! The reports: one file per format, all written from one read-only [`View`](crate::data::view::View).
//! [`load()`] reads the view and applies what the sources contain about their lines: statements and
//! exclusions.
//!
//! | report | written by | from |
//! |---|---|---|
//! | `forkcov report` | [`table`], [`markdown`] | [`Coverage`], selected by [`rows`] |
//! | `forkcov processes` | [`processes`], as a [`tree`] | the view |
//! | `forkcov tests` | [`by_context`] | the view, with hits by context |
//! | `forkcov affected` | [`affected`] | the view, with hits by context, and a diff |
//! | `forkcov annotate` | [`annotate`] | one file of [`Coverage`], and its source |
//! | `forkcov diff` | [`diff`] | the views of both sides |
//! | `forkcov html` | [`html`] | both, and the sources |
//! | `forkcov json` | [`json`] | both |
//! | `forkcov lcov` | [`lcov`] | [`Coverage`] |
//! | `forkcov xml`, `codecov`, `sonarqube` | [`formats`] | [`Coverage`]; they have the view, too |
//! | `forkcov coverage-py` | [`coverage_py`] | the view |
//! | `forkcov coveralls` | [`coveralls`] | [`Coverage`], and the sources |
//! | `forkcov parquet` | [`parquet`] | the view, with hits by process and context |
//! | `forkcov github` | [`github`] | [`Coverage`] of the lines of a diff |
//! | the last line of `forkcov run` | [`summary`] | both |

pub mod affected;
pub mod annotate;
mod branches;
pub mod by_context;
pub mod colour;
mod coverage;
pub mod coverage_py;
pub mod coveralls;
pub mod diff;
mod excluded;
mod failed_tests;
pub mod formats;
pub mod github;
pub mod html;
pub mod json;
pub mod lcov;
pub mod limits;
mod line_counts;
pub mod markdown;
mod markers;
pub mod minimum;
mod naming;
pub mod parquet;
mod process_row;
pub mod processes;
mod python_tests;
mod ran_version;
mod regions;
pub mod rows;
mod statements;
pub mod summary;
pub mod table;
pub mod test_format;
mod timestamp;
pub mod totals;
pub mod tree;
pub mod versions;
mod why_all;

pub use coverage::{Coverage, FileCoverage, Range};
pub use excluded::{Excluded, ExclusionRules};
pub use statements::{LineByLine, LoadedView, load, load_for_totals};
