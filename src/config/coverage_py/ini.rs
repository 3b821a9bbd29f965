//! INI files, as Python's configparser reads them. The crates of that name take a line of a value that begins
//! with `[` for a section, and such are regular expressions of coverage.py.

/// The options of a file, with their sections, in the order of the file.
pub(super) type Entries<'t> = Vec<(&'t str, String, String)>;

/// The section whose options every other section has, unless it sets them itself.
pub(super) const DEFAULT: &str = "DEFAULT";

/// Whether a file has a section of this name, be it empty.
pub(super) fn has_section(text: &str, name: &str) -> bool {
    text.lines().any(|line| header(line.trim_end()) == Some(name))
}

/// Reads a file. The lines of a value are those behind an option that are indented more than it. Names of
/// options have lower case.
///
/// # Errors
/// The number of the first line that is none of a section, a new option or a value, and why.
pub(super) fn entries(text: &str) -> Result<Entries<'_>, String> {
    let mut entries: Entries = Vec::new();
    let mut section = None;
    // How far the option is indented whose value goes on; none does at the beginning of a section.
    let mut option_indent = None;
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.trim();
        if content.starts_with(['#', ';']) {
            continue;
        }
        if content.is_empty() {
            if let (Some(_), Some((.., value))) = (option_indent, entries.last_mut()) {
                value.push('\n');
            }
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if let (true, Some((.., value))) = (option_indent.is_some_and(|of| indent > of), entries.last_mut()) {
            value.push('\n');
            value.push_str(content);
        } else if let Some(name) = header(content) {
            (section, option_indent) = (Some(name), None);
        } else {
            let section = section.ok_or(format!("line {number} is in no section"))?;
            let option = content.split_once(['=', ':']).filter(|(name, _)| !name.trim().is_empty());
            let (name, value) = option.ok_or(format!("line {number} has no `=`"))?;
            let name = name.trim().to_lowercase();
            if entries.iter().any(|(of, known, _)| *of == section && *known == name) {
                return Err(format!("line {number} sets `{name}` of [{section}] again"));
            }
            entries.push((section, name, value.trim().to_owned()));
            option_indent = Some(indent);
        }
    }
    Ok(entries)
}

/// The name in the header of a section.
fn header(line: &str) -> Option<&str> {
    let name = &line.strip_prefix('[')?;
    name.rfind(']').filter(|end| *end > 0).map(|end| &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_python_reads_them() {
        let text = "# a\n[run]\nBranch: yes\nomit =\n  a, b\n\n  # not a value\n  c;d # e\n  [f]\n  g = h\n\
                    source=src\n  [report]  \n    [a] = 1\n; end\n[x] y\nz\t=\n";
        let found = entries(text).unwrap();
        let expected = [
            ("run", "branch", "yes"),
            ("run", "omit", "\na, b\n\nc;d # e\n[f]\ng = h"),
            ("run", "source", "src\n[report]\n[a] = 1"),
            ("x", "z", ""),
        ];
        assert_eq!(
            found,
            expected.map(|(section, name, value)| (section, name.to_owned(), value.to_owned()))
        );
        // Behind a header, no value goes on.
        assert_eq!(entries("[a]\n  b = 1\n  c = 2\n[d]\n    e = 3\n").unwrap().len(), 3);
        assert!(has_section("[a]\n[b]\n", "a") && !has_section("[a]\n", "b"));
    }

    #[test]
    fn a_line_that_is_nothing_is_named() {
        let error = |text| entries(text).unwrap_err();
        assert_eq!(error("\na = 1\n"), "line 2 is in no section");
        assert_eq!(error("[a]\nb\n"), "line 2 has no `=`");
        assert_eq!(error("[a]\n= 1\n"), "line 2 has no `=`");
        assert_eq!(error("[a\n"), "line 1 is in no section");
        assert_eq!(error("[]\n"), "line 1 is in no section");
        assert_eq!(error("[a]\nb=1\n[c]\nb=1\n[a]\nB: 2\n"), "line 6 sets `b` of [a] again");
    }
}
