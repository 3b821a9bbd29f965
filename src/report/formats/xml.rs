//! `forkcov xml`: a Cobertura report, with the document type coverage-04.
//!
//! The `hits` of a line are the number of processes that ran it. Where branches were not
//! measured, their numbers are 0, as in coverage.py's report.

use super::super::branches::{FileBranches, part};
use super::super::coverage::{Coverage, FileCoverage};
use super::super::line_counts::LineCounts;
use super::super::naming::distinct;
use super::super::regions::FunctionRegions;
use super::super::totals::{Part, Totals};
use super::format::{Format, FormatInput};
use crate::byte_text;
use crate::quote;
use crate::sources::Here;
use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::name::QName;
use quick_xml::writer::ElementWriter;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

const DOCUMENT_TYPE: &str = "coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\"";

/// What coverage.py adds to this type: where those directions of a line lead that were not taken.
const MISSING_BRANCHES: &str = " [\n<!ATTLIST line missing-branches CDATA #IMPLIED>\n]";

/// The row of [`FORMATS`](super::FORMATS).
pub const FORMAT: Format = Format {
    name: "xml",
    about: "Write a Cobertura XML report, for GitLab, Jenkins and other tools",
    notes: "\
The hits of a line are the number of processes that ran it. File names are relative to the current directory.

Example:
  forkcov xml -o cobertura.xml      for GitLab, Jenkins and Azure DevOps",
    default_output: "coverage.xml",
    write,
};

/// Writes the report. Names of files outside of the current directory are relative to `/`.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(input: &FormatInput, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut files = input.coverage.files.iter();
    let has_destinations = input.coverage.has_branches && files.any(|file| file.source.runtime.is_some());
    let document_type = [DOCUMENT_TYPE, if has_destinations { MISSING_BRANCHES } else { "" }].concat();
    writer.write_event(Event::DocType(BytesText::from_escaped(document_type)))?;

    let mut packages: BTreeMap<Vec<u8>, Vec<NamedFile>> = BTreeMap::new();
    for file in &input.coverage.files {
        let path = input.here.relative(&file.source.path);
        let path = path.strip_prefix("/").unwrap_or(path);
        packages.entry(package(path)).or_default().push(NamedFile { path, file });
    }

    let totals = input.coverage.totals;
    let since = input.now.duration_since(UNIX_EPOCH).unwrap_or_default();
    writer
        .create_element("coverage")
        .with_attribute(("version", concat!("forkcov ", env!("CARGO_PKG_VERSION"))))
        .with_attribute(("timestamp", since.as_millis().to_string().as_str()))
        .with_attribute(("lines-valid", totals.lines.all.to_string().as_str()))
        .with_attribute(("lines-covered", totals.lines.hit.to_string().as_str()))
        .with_attribute(("branches-valid", totals.branches.all.to_string().as_str()))
        .with_attribute(("branches-covered", totals.branches.hit.to_string().as_str()))
        .rates(totals)
        .with_attribute(("complexity", "0"))
        .write_inner_content(|writer| {
            write_sources(input.coverage, input.here, writer)?;
            writer.create_element("packages").write_inner_content(|writer| {
                packages.iter().try_for_each(|(name, files)| write_package(name, files, writer))
            })?;
            Ok(())
        })?;
    writeln!(writer.get_mut())
}

type Out<'a> = Writer<&'a mut dyn Write>;

/// A file, and its path relative to its source directory.
struct NamedFile<'c, 'v> {
    path: &'c Path,
    file: &'c FileCoverage<'v>,
}

fn write_sources(coverage: &Coverage, here: &Here, writer: &mut Out) -> io::Result<()> {
    let is_below = |file: &FileCoverage| here.contains(&file.source.path);
    let (below, elsewhere): (Vec<_>, Vec<_>) = coverage.files.iter().partition(|file| is_below(file));
    let mut roots = Vec::new();
    if !below.is_empty() {
        roots.extend(here.names().first().map(|here| escaped_path(here)));
    }
    if !elsewhere.is_empty() {
        roots.push("/".to_owned());
    }
    writer.create_element("sources").write_inner_content(|writer| {
        for root in &roots {
            writer.create_element("source").write_text_content(BytesText::from_escaped(root.as_str()))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_package(name: &[u8], files: &[NamedFile], writer: &mut Out) -> io::Result<()> {
    let mut totals = Totals::default();
    files.iter().for_each(|named| totals += named.file.totals);
    let name = quote::xml::name(name);
    let package = writer.create_element("package").with_attribute(escaped("name", &name)).rates(totals);
    package.with_attribute(("complexity", "0")).write_inner_content(|writer| {
        writer
            .create_element("classes")
            .write_inner_content(|writer| files.iter().try_for_each(|named| write_class(named, writer)))?;
        Ok(())
    })?;
    Ok(())
}

fn write_class(&NamedFile { path, file }: &NamedFile, writer: &mut Out) -> io::Result<()> {
    let (name, filename) = (escaped_path(path.file_name().map_or(path, Path::new)), escaped_path(path));
    let class = writer.create_element("class").with_attribute(escaped("name", &name));
    let class = class.with_attribute(escaped("filename", &filename)).rates(file.totals);
    let (counts, branches) = (LineCounts::of(file.source), FileBranches::of(file));
    let (regions, nothing) = (FunctionRegions::of(file), FileBranches::default());
    class.with_attribute(("complexity", "0")).write_inner_content(|writer| {
        writer.create_element("methods").write_inner_content(|writer| {
            for (name, function) in distinct(&file.source.functions) {
                let region = regions.of_function(function).filter(|region| !region.lines.is_empty());
                // A function whose lines do not count counts as one line.
                let first = Part { all: 1, hit: usize::from(function.processes > 0) };
                let totals = Totals { lines: first, ..Totals::default() };
                let totals = region.map_or(totals, |region| region.totals);
                let name = quote::xml::name(&byte_text::decode(&name));
                let method = writer.create_element("method").with_attribute(escaped("name", &name));
                let method = method.with_attribute(("signature", "")).rates(totals);
                method.with_attribute(("complexity", "0")).write_inner_content(|writer| {
                    writer.create_element("lines").write_inner_content(|writer| {
                        let Some(region) = region else {
                            return write_line(function.line, function.processes, &nothing, writer);
                        };
                        let mut lines = region.lines.iter();
                        lines.try_for_each(|(line, _)| write_line(*line, counts.at(*line), &branches, writer))
                    })?;
                    Ok(())
                })?;
            }
            Ok(())
        })?;
        writer.create_element("lines").write_inner_content(|writer| {
            let mut lines = file.source.executable.iter();
            lines.try_for_each(|line| write_line(line, counts.at(line), &branches, writer))
        })?;
        Ok(())
    })?;
    Ok(())
}

fn write_line(number: u32, hits: usize, branches: &FileBranches, writer: &mut Out) -> io::Result<()> {
    let line = writer.create_element("line").with_attribute(("number", number.to_string().as_str()));
    let line = line.with_attribute(("hits", hits.to_string().as_str()));
    let Some(of_line) = branches.part(number) else {
        line.write_empty()?;
        return Ok(());
    };
    let covered = format!("{} ({}/{})", percent(of_line), of_line.hit, of_line.all);
    let line =
        line.with_attribute(("branch", "true")).with_attribute(("condition-coverage", covered.as_str()));
    let missing = branches.missing_destinations(number);
    let line = line.with_attributes(missing.iter().map(|missing| ("missing-branches", missing.as_str())));
    line.write_inner_content(|writer| {
        writer.create_element("conditions").write_inner_content(|writer| {
            let directions = branches.of_line(number);
            for jump in directions.chunk_by(|one, next| one.branch.jump == next.branch.jump) {
                let kind = if jump.len() > 2 { "switch" } else { "jump" };
                let condition = writer.create_element("condition").with_attribute(("type", kind));
                let condition =
                    condition.with_attribute(("number", jump[0].branch.jump.to_string().as_str()));
                condition.with_attribute(("coverage", percent(part(jump)).as_str())).write_empty()?;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(())
}

fn percent(part: Part) -> String {
    part.percent_text(0) + "%"
}

trait Rates {
    fn rates(self, totals: Totals) -> Self;
}

impl<W: Write> Rates for ElementWriter<'_, W> {
    fn rates(self, totals: Totals) -> Self {
        let branches = totals.branches;
        // As in coverage.py: 0 if there are none.
        let branch_rate = if branches.all == 0 { "0".to_owned() } else { branches.rate_text() };
        self.with_attribute(("line-rate", totals.lines.rate_text().as_str()))
            .with_attribute(("branch-rate", branch_rate.as_str()))
    }
}

fn escaped_path(path: &Path) -> String {
    quote::xml::name(path.as_os_str().as_bytes())
}

/// The directory of a file as the name of a package, with dots.
fn package(path: &Path) -> Vec<u8> {
    match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => {
            let dotted = |byte: &u8| if *byte == b'/' { b'.' } else { *byte };
            parent.as_os_str().as_bytes().iter().map(dotted).collect()
        }
        None => b".".to_vec(),
    }
}

/// An attribute with a value that is escaped already.
pub(super) fn escaped<'a>(key: &'a str, value: &'a str) -> Attribute<'a> {
    Attribute { key: QName(key), value: Cow::Borrowed(value) }
}
