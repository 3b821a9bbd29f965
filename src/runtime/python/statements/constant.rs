//! Expressions that the compiler evaluates.

use tree_sitter::Node;

/// How many operators deep an expression is evaluated. Longer chains do not occur in real tests.
const DEEPEST: usize = 64;

/// Whether `node`, the test of a statement, is always true or always false, as the compiler of CPython 3.13
/// finds out. It evaluates keywords, `__debug__`, literals, tuples of them, and `not`, `and`, `or` and `if`
/// between them.
pub(super) fn truth(node: Node, text: &str) -> Option<bool> {
    truth_at(node, text, 0)
}

fn truth_at(node: Node, text: &str, depth: usize) -> Option<bool> {
    if depth > DEEPEST {
        return None;
    }
    let of = |field: &str| node.child_by_field_name(field).and_then(|child| truth_at(child, text, depth + 1));
    let source = || text.get(node.byte_range()).unwrap_or_default();
    match node.kind() {
        "true" | "ellipsis" => Some(true),
        "false" | "none" => Some(false),
        "identifier" => (source() == "__debug__").then_some(true),
        "integer" | "float" => Some(is_nonzero(source())),
        "string" | "concatenated_string" => string_truth(node, text),
        "parenthesized_expression" => {
            let inner = children(node).find(|child| child.is_named() && !child.is_extra())?;
            truth_at(inner, text, depth + 1)
        }
        "tuple" => {
            let mut items = children(node).filter(|child| child.is_named() && !child.is_extra()).peekable();
            let is_empty = items.peek().is_none();
            items.all(|item| is_constant(item, text, depth + 1)).then_some(!is_empty)
        }
        "not_operator" => of("argument").map(|truth| !truth),
        "unary_operator" => {
            let operator = node.child_by_field_name("operator")?;
            let argument = node.child_by_field_name("argument")?;
            let is_number = matches!(argument.kind(), "integer" | "float");
            (operator.kind() != "~" && is_number).then(|| of("argument")).flatten()
        }
        "boolean_operator" => {
            let decisive = node.child_by_field_name("operator")?.kind() == "or";
            match (of("left"), of("right")) {
                (Some(left), _) if left == decisive => Some(decisive),
                (_, Some(right)) if right == decisive => Some(decisive),
                (Some(_), Some(_)) => Some(!decisive),
                _ => None,
            }
        }
        "conditional_expression" => {
            let parts: Vec<_> =
                children(node).filter(|child| child.is_named() && !child.is_extra()).collect();
            let [then, test, otherwise] = parts[..] else { return None };
            let value = |node| truth_at(node, text, depth + 1);
            match value(test) {
                Some(true) => value(then),
                Some(false) => value(otherwise),
                None => value(then).filter(|truth| value(otherwise) == Some(*truth)),
            }
        }
        _ => None,
    }
}

/// Whether `node`, the test of a statement, is always true or always false to coverage.py, which evaluates
/// literals, `__debug__`, and `not`, `and` and `or` between them.
pub(super) fn truth_to_coverage_py(node: Node, text: &str) -> Option<bool> {
    is_plain(node, text, 0).then(|| truth(node, text)).flatten()
}

fn is_plain(node: Node, text: &str, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    let is_plain = |inner: Option<Node>| inner.is_some_and(|inner| is_plain(inner, text, depth + 1));
    match node.kind() {
        "true" | "false" | "none" | "ellipsis" | "identifier" | "integer" | "float" => true,
        "string" | "concatenated_string" => {
            pieces(node).is_some_and(|mut strings| strings.all(|string| !has_prefix(string, text, "fFtT")))
        }
        "parenthesized_expression" => {
            is_plain(children(node).find(|child| child.is_named() && !child.is_extra()))
        }
        "not_operator" => is_plain(node.child_by_field_name("argument")),
        "boolean_operator" => ["left", "right"].iter().all(|side| {
            // What only one side decides is none to coverage.py.
            let inner = node.child_by_field_name(side);
            is_plain(inner) && inner.is_some_and(|inner| truth_at(inner, text, depth + 1).is_some())
        }),
        _ => false,
    }
}

/// Whether `node` is a string that is neither bytes nor formatted, alone or in parentheses.
pub(super) fn is_string(mut node: Node, text: &str) -> bool {
    for _ in 0..DEEPEST {
        if node.kind() != "parenthesized_expression" {
            break;
        }
        match children(node).find(|child| child.is_named() && !child.is_extra()) {
            Some(inner) => node = inner,
            None => return false,
        }
    }
    pieces(node).is_some_and(|mut strings| strings.all(|string| !has_prefix(string, text, "bBfFtT")))
}

/// Whether an item of a tuple is a literal, so that the compiler can build the tuple.
fn is_constant(node: Node, text: &str, depth: usize) -> bool {
    if pieces(node).is_some_and(|mut strings| strings.any(|string| has_prefix(string, text, "fF"))) {
        return false;
    }
    let is_operator = matches!(node.kind(), "not_operator" | "boolean_operator" | "conditional_expression");
    !is_operator && truth_at(node, text, depth).is_some()
}

/// A string is true unless it is empty. The value of a formatted string is unknown.
fn string_truth(node: Node, text: &str) -> Option<bool> {
    let mut any = false;
    for string in pieces(node)? {
        if has_prefix(string, text, "tT") || children(string).any(|child| child.kind() == "interpolation") {
            return None;
        }
        any |= children(string).any(|child| !matches!(child.kind(), "string_start" | "string_end"));
    }
    Some(any)
}

/// The strings that are concatenated to one.
fn pieces(node: Node) -> Option<impl Iterator<Item = Node>> {
    let count = match node.kind() {
        "string" => 0,
        "concatenated_string" => node.child_count(),
        _ => return None,
    };
    let alone = (count == 0).then_some(node);
    let parts = children(node).take(count).filter(|child| child.kind() == "string");
    Some(alone.into_iter().chain(parts))
}

fn has_prefix(string: Node, text: &str, letters: &str) -> bool {
    let source = text.get(string.byte_range()).unwrap_or_default();
    source.chars().take_while(|letter| letter.is_ascii_alphabetic()).any(|letter| letters.contains(letter))
}

fn children(node: Node) -> impl Iterator<Item = Node> {
    std::iter::successors(node.child(0), Node::next_sibling)
}

/// Whether a numeric literal is not 0.
fn is_nonzero(literal: &str) -> bool {
    let lower = literal.to_ascii_lowercase();
    match lower.get(..2) {
        Some("0x") => lower[2..].contains(|digit: char| digit.is_ascii_hexdigit() && digit != '0'),
        _ => {
            let mantissa = lower.split('e').next().unwrap_or_default();
            mantissa.trim_start_matches("0b").contains(|digit: char| matches!(digit, '1'..='9'))
        }
    }
}
