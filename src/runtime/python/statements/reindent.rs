//! Indents continuation lines and removes comments, for sources that tree-sitter's grammar cannot parse.
//!
//! If a line inside brackets begins left of its suite, after an operator, the grammar takes it for the end of
//! the suite. The same holds for a comment between decorators. In Python the indentation of such lines has no
//! meaning.

/// Indents each line of `text` that begins inside brackets at least as far as the line that opens them, and
/// makes lines with nothing but a comment blank. The number of lines does not change. If brackets or strings
/// do not match, the result is unspecified.
pub(super) fn reindented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut state = State { depth: 0, string: None, is_continued: false };
    let mut indentation = "";
    for line in text.split_inclusive('\n') {
        if state.string.is_none() {
            let code = line.trim_start_matches([' ', '\t', '\x0c']);
            if code.starts_with('#') {
                out.push('\n');
                continue;
            }
            if state.depth > 0 {
                out.push_str(indentation);
            } else if !state.is_continued {
                indentation = &line[..line.len() - code.len()];
            }
        }
        out.push_str(line);
        state.pass(line.as_bytes());
    }
    out
}

struct State<'s> {
    /// How many brackets are open.
    depth: usize,
    /// The quotes that end the string that is open.
    string: Option<&'s [u8]>,
    /// Whether a backslash continues the line.
    is_continued: bool,
}

impl State<'_> {
    fn pass(&mut self, line: &[u8]) {
        let mut at = 0;
        self.is_continued = false;
        while at < line.len() {
            let rest = &line[at..];
            at += match self.string {
                // In a raw string, too: the backslash stays there, and the quote after it does not end the
                // string.
                Some(_) if rest[0] == b'\\' => 2,
                Some(end) if rest.starts_with(end) => {
                    self.string = None;
                    end.len()
                }
                Some(_) => 1,
                None => match rest[0] {
                    b'#' => return,
                    b'(' | b'[' | b'{' => {
                        self.depth += 1;
                        1
                    }
                    b')' | b']' | b'}' => {
                        self.depth = self.depth.saturating_sub(1);
                        1
                    }
                    b'"' | b'\'' => self.open(rest),
                    _ => 1,
                },
            };
        }
        // Damage of one line should not reach the next. Only triple-quoted strings and backslashes continue a
        // line.
        self.is_continued = line.ends_with(b"\\\n");
        if self.string.is_some_and(|end| end.len() == 1) && !self.is_continued {
            self.string = None;
        }
    }

    /// Opens the string at `rest`. Gives the number of its quotes.
    fn open(&mut self, rest: &[u8]) -> usize {
        let ends: [&'static [u8]; 2] = if rest[0] == b'"' { [b"\"\"\"", b"\""] } else { [b"'''", b"'"] };
        let end = if rest.starts_with(ends[0]) { ends[0] } else { ends[1] };
        self.string = Some(end);
        end.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_inside_brackets_is_as_far_right_as_the_one_that_opens_them() {
        assert_eq!(reindented("if 1:\n  x = (a +\nb)\ny\n"), "if 1:\n  x = (a +\n  b)\ny\n");
        assert_eq!(reindented("  x = \\\n f(\n1)\n"), "  x = \\\n f(\n  1)\n");
        assert_eq!(reindented("\tf(\n  [\n]\n)\n"), "\tf(\n\t  [\n\t]\n\t)\n");
    }

    #[test]
    fn a_line_with_nothing_but_a_comment_is_blank() {
        assert_eq!(reindented("@a\n# (\n  @b # c\n (\n #)\n)\n"), "@a\n\n  @b # c\n (\n\n )\n");
    }

    #[test]
    fn strings_and_comments_have_no_brackets_and_are_not_moved() {
        for text in [" x = '''(\n('''\ny\n", " x = '(\\'('\ny\n", " x # (\ny\n", " x = r'\\\\'; y = '('\nz\n"]
        {
            assert_eq!(reindented(text), text);
        }
        assert_eq!(reindented(" f('''\na''',\nb)\n"), " f('''\na''',\n b)\n");
        assert_eq!(reindented(" x = 'a\\\n('\ny\n"), " x = 'a\\\n('\ny\n");
    }
}
