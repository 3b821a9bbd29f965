//! Tables in GitHub's Markdown.

/// A name that is [quoted](super::name) already, as a code span, escaped for a cell of a table.
pub fn code(name: &str) -> String {
    let longest = name.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A span that begins and ends with a blank, and has more, loses one on each side.
    let needs_space = longest > 0 || (name.starts_with(' ') && name.ends_with(' '));
    let space = if needs_space { " " } else { "" };
    format!("{fence}{space}{}{space}{fence}", name.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn a_name_stays_in_its_cell() {
        assert_eq!(code("src/__init__.py"), "`src/__init__.py`");
        assert_eq!(code("a|b.c"), "`a\\|b.c`");
        assert_eq!(code("a``b`.c"), "``` a``b`.c ```");
        assert_eq!(code(" a "), "`  a  `");
    }
}
