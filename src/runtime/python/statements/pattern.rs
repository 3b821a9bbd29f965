//! Patterns of `case`.

use tree_sitter::Node;

/// At most so many parentheses around a pattern are looked into.
const DEEPEST: usize = 64;

/// Whether the pattern of a `case` matches anything: it is `_` or a name, or such a pattern is in
/// parentheses, after the last `|`, or before `as`.
pub(super) fn is_irrefutable(case: Node) -> bool {
    let Some(mut pattern) = only(case) else { return false };
    for _ in 0..DEEPEST {
        let inner = match pattern.kind() {
            "_" => return true,
            "dotted_name" => return pattern.named_child_count() == 1,
            "identifier" => return true,
            "tuple_pattern" => only(pattern),
            "union_pattern" => last(pattern),
            "case_pattern" | "as_pattern" => pattern.child(0),
            _ => None,
        };
        match inner {
            Some(inner) => pattern = inner,
            None => return false,
        }
    }
    false
}

/// The pattern of a clause or in parentheses, if there is exactly one and no comma.
fn only(node: Node) -> Option<Node> {
    let mut patterns = None;
    for child in std::iter::successors(node.child(0), Node::next_sibling) {
        match child.kind() {
            "," => return None,
            "case_pattern" if patterns.is_some() => return None,
            "case_pattern" => patterns = Some(child),
            _ => {}
        }
    }
    patterns
}

fn last(node: Node) -> Option<Node> {
    std::iter::successors(node.child(0), Node::next_sibling).filter(|child| !child.is_extra()).last()
}
