//! `forkcov sonarqube`: the generic test coverage report of SonarQube and SonarCloud, as described on their
//! page "Generic test data".

use super::super::branches::FileBranches;
use super::super::coverage::FileCoverage;
use super::super::totals::Part;
use super::format::{Format, FormatInput};
use super::xml::escaped;
use crate::quote;
use crate::sources::Here;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

/// The row of [`FORMATS`](super::FORMATS).
pub const FORMAT: Format = Format {
    name: "sonarqube",
    about: "Write a SonarQube generic test coverage report",
    notes: "\
File names are relative to the current directory: run this in the base directory of the project.

Example:
  forkcov sonarqube && sonar-scanner -Dsonar.coverageReportPaths=sonarqube.xml",
    default_output: "sonarqube.xml",
    write,
};

/// Writes the report.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(input: &FormatInput, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = writer.create_element("coverage").with_attribute(("version", "1"));
    root.write_inner_content(|writer| {
        input.coverage.files.iter().try_for_each(|file| write_file(file, input.here, writer))
    })?;
    writeln!(writer.get_mut())
}

fn write_file(file: &FileCoverage, here: &Here, writer: &mut Writer<&mut dyn Write>) -> io::Result<()> {
    let path = quote::xml::name(here.relative(&file.source.path).as_os_str().as_bytes());
    let element = writer.create_element("file").with_attribute(escaped("path", &path));
    element.write_inner_content(|writer| {
        let branches = FileBranches::of(file);
        file.lines().try_for_each(|(line, hit)| {
            let (part, number) = (branches.part(line), line.to_string());
            let element =
                writer.create_element("lineToCover").with_attribute(("lineNumber", number.as_str()));
            let mut element = element.with_attribute(("covered", if hit { "true" } else { "false" }));
            if let Some(Part { all, hit }) = part {
                let (all, hit) = (all.to_string(), hit.to_string());
                element = element.with_attribute(("branchesToCover", all.as_str()));
                element = element.with_attribute(("coveredBranches", hit.as_str()));
            }
            element.write_empty()?;
            Ok(())
        })
    })?;
    Ok(())
}
