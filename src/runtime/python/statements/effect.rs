//! What a simple statement does.

use super::constant::{is_string, truth};
use super::syntax::Effect;
use tree_sitter::Node;

/// The effect of a simple statement.
pub(super) fn effect(node: Node, text: &str) -> Effect {
    match node.kind() {
        "global_statement" | "nonlocal_statement" => Effect::Nothing,
        "delete_statement" if node.named_child(0).is_some_and(is_empty_tuple) => Effect::Nothing,
        "return_statement" => Effect::Returns,
        "raise_statement" => Effect::Raises,
        "continue_statement" => Effect::Continues,
        "break_statement" => Effect::Breaks,
        "assert_statement" => Effect::Asserts(node.named_child(0).and_then(|test| truth(test, text))),
        "expression_statement" => match node.named_child(0) {
            Some(only) if node.named_child_count() == 1 && is_annotation(only, text) => Effect::Annotates,
            Some(only) if node.child_count() == 1 && is_string(only, text) => Effect::String,
            _ => Effect::Runs,
        },
        _ => Effect::Runs,
    }
}

/// Whether it annotates a name, which may be in parentheses. If the target is more than a name, its parts
/// have code.
fn is_annotation(node: Node, text: &str) -> bool {
    let is_name = |left: Node| {
        let target = text.get(left.byte_range()).unwrap_or_default();
        !target.contains(['.', '['])
    };
    node.kind() == "assignment"
        && node.child_by_field_name("right").is_none()
        && node.child_by_field_name("left").is_some_and(is_name)
}

fn is_empty_tuple(node: Node) -> bool {
    node.kind() == "tuple" && node.named_child_count() == 0
}
