//! The page of all functions.

use super::super::coverage::FileCoverage;
use super::super::naming::distinct;
use super::super::regions::{FirstLines, FunctionRegions};
use super::super::totals::Part;
use super::page::Page;
use super::sets::FileSets;
use crate::quote;
use askama::Template;
use serde::Serialize;

/// The functions of one file, in `functions.js`.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct FunctionsOfFile(Vec<FunctionData>);

/// The name, the line, the number of processes that entered it, the number of their set in `sets.js` (-1 if
/// there are none), its lines and those that ran (0 if they are not known).
#[derive(Serialize)]
struct FunctionData(String, u32, usize, i64, usize, usize);

impl FunctionsOfFile {
    /// `numbers` maps the number of a set in this file to its number in the report.
    pub fn of(file: &FileCoverage, reach: &FileSets, numbers: &[usize]) -> Self {
        let (regions, first_lines) = (FunctionRegions::of(file), FirstLines::of(file.source));
        let functions = distinct(&file.source.functions).into_iter().map(|(name, function)| {
            let set = reach.functions.get(&function.ordinal).map(|set| numbers[*set]);
            let set = set.and_then(|set| i64::try_from(set).ok()).unwrap_or(-1);
            let Part { all, hit } =
                regions.of_function(function).map(|region| region.totals.lines).unwrap_or_default();
            let line = first_lines.at(function).unwrap_or(function.line);
            FunctionData(quote::text(&name).into_owned(), line, function.processes, set, all, hit)
        });
        Self(functions.collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn entered(&self) -> usize {
        self.0.iter().filter(|function| function.2 > 0).count()
    }
}

#[derive(Template)]
#[template(path = "functions.html")]
pub(super) struct FunctionsPage<'a> {
    page: &'a Page<'a>,
    to_root: &'static str,
    functions: usize,
    entered: usize,
}

pub(super) fn page<'a>(page: &'a Page, functions: &[FunctionsOfFile]) -> FunctionsPage<'a> {
    let entered = functions.iter().map(FunctionsOfFile::entered).sum();
    let functions = functions.iter().map(FunctionsOfFile::len).sum();
    FunctionsPage { page, to_root: "", functions, entered }
}
