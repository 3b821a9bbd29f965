//! Parses text to a syntax tree, with tree-sitter's grammar of Python.

use super::NotPython;
use super::text::line_of;
use regex::Regex;
use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::LazyLock;
use tree_sitter::{ParseOptions, ParseState, Parser, Point, Tree};

/// The syntax tree of `text`, without errors. Lines must end with `\n`.
pub(super) fn tree(text: &str) -> Result<Tree, NotPython> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).map_err(|_| NotPython::Syntax { line: 1 })?;
    let text = eager(text);
    let bytes = text.as_bytes();
    let mut reached = 0;
    // Recovery from errors takes long in a file that is not Python, and is useless here.
    let mut until_error = |state: &ParseState| {
        reached = state.current_byte_offset();
        if state.has_error() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut until_error);
    let tree =
        parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options));
    match tree {
        Some(tree) if tree.root_node().has_error() => Err(NotPython::Syntax { line: first_error(&tree) }),
        Some(tree) => Ok(tree),
        None => Err(NotPython::Syntax { line: line_of(bytes, reached) }),
    }
}

/// The text with imports that are not `lazy` (PEP 810, from 3.15 on), which the grammar does not know. No
/// other statement begins so. Everything else, and all that is imported, stays where it is.
fn eager(text: &str) -> Cow<'_, str> {
    static LAZY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)(^|;)([ \t]*)(lazy[ \t]+)(import|from)\b").unwrap());
    LAZY.replace_all(text, |found: &regex::Captures| {
        format!("{}{}{}{}", &found[1], &found[2], &found[4], " ".repeat(found[3].len()))
    })
}

/// The line of the first error in a tree that has one.
fn first_error(tree: &Tree) -> u32 {
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() || !cursor.goto_first_child() {
            return line(node.start_position());
        }
        while !cursor.node().has_error() && cursor.goto_next_sibling() {}
    }
}

/// The line, from 1, of a position in a tree.
pub(super) fn line(position: Point) -> u32 {
    u32::try_from(position.row + 1).unwrap_or(u32::MAX)
}
