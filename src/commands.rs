//! The commands, one function each.

mod affected;
mod annotate;
mod by_context;
mod changes;
mod combine;
mod diff;
mod formats;
mod github;
mod html;
mod loading;
mod manuals;
mod output;
mod parquet;
mod processes;
mod report;
mod run;

pub(crate) use affected::affected;
pub(crate) use annotate::annotate;
pub(crate) use by_context::tests;
pub(crate) use combine::{combine, erase};
pub(crate) use diff::diff;
pub(crate) use formats::{coverage_py, coveralls, format, json, lcov};
pub(crate) use github::github;
pub(crate) use html::html;
pub(crate) use manuals::{completions, man};
pub(crate) use parquet::parquet;
pub(crate) use processes::processes;
pub(crate) use report::report;
pub(crate) use run::run;
