//! From a syntax tree to statements.

use super::NotPython;
use super::constant::{truth, truth_to_coverage_py};
use super::effect::effect;
use super::pattern::is_irrefutable;
use super::reindent::reindented;
use super::syntax::{Clause, Compound, Kind, Module, Role, Span, Statement};
use super::tree::{line, tree};
use tree_sitter::{Node, Tree, TreeCursor};

/// CPython's limit of nested indentations (MAXINDENT of its tokenizer.h); `match` counts twice here as there.
const DEEPEST: usize = 100;

/// Parses `text`. Its lines must end with `\n`.
pub(super) fn parse(text: &str) -> Result<Module, NotPython> {
    match tree(text) {
        Ok(tree) => module(&tree, text),
        Err(error) => {
            let text = reindented(text);
            tree(&text).map_err(|_| error).and_then(|tree| module(&tree, &text))
        }
    }
}

fn module(tree: &Tree, text: &str) -> Result<Module, NotPython> {
    let mut reader = Reader { text, lines: Vec::new() };
    let body = reader.suite(&mut tree.walk(), 0)?;
    Ok(Module { body, lines: reader.lines })
}

struct Reader<'t> {
    text: &'t str,
    lines: Vec<Span>,
}

impl Reader<'_> {
    /// The statements below the node of the cursor.
    fn suite(&mut self, cursor: &mut TreeCursor, depth: usize) -> Result<Vec<Statement>, NotPython> {
        if depth > DEEPEST {
            return Err(NotPython::TooDeep { line: span(cursor.node()).first });
        }
        let mut statements = Vec::new();
        below(cursor, |cursor| {
            statements.extend(self.statement(cursor, depth)?);
            Ok(())
        })?;
        Ok(statements)
    }

    /// The statement at the cursor, unless that is a comment or punctuation.
    fn statement(&mut self, cursor: &mut TreeCursor, depth: usize) -> Result<Option<Statement>, NotPython> {
        let node = cursor.node();
        let kind = match node.kind() {
            "if_statement" => Some(Kind::If),
            "while_statement" => Some(Kind::While),
            "for_statement" => Some(Kind::For),
            "try_statement" => Some(Kind::Try),
            "with_statement" => Some(Kind::With),
            "match_statement" => Some(Kind::Match),
            "function_definition" => Some(Kind::Function),
            "class_definition" => Some(Kind::Class),
            "decorated_definition" => return self.decorated(cursor, depth),
            // `print >> file, text` means something else to Python 3, but it is Python 3.
            "print_statement" if node.named_child(0).is_some_and(|child| child.kind() == "chevron") => None,
            "print_statement" | "exec_statement" => {
                return Err(NotPython::Python2 { line: span(node).first });
            }
            kind if !kind.ends_with("_statement") => return Ok(None),
            _ => None,
        };
        let Some(kind) = kind else {
            let span = self.logical_line(span(node));
            return Ok(Some(Statement::Simple { span, effect: effect(node, self.text) }));
        };
        let mut clauses = Vec::new();
        self.clauses(cursor, depth, &mut clauses)?;
        let name = node.child_by_field_name("name").filter(|_| kind.is_definition());
        let name = name.map_or("", |name| &self.text[name.byte_range()]).to_owned();
        Ok(Some(Statement::Compound(Compound { kind, name, decorators: Vec::new(), clauses })))
    }

    fn decorated(&mut self, cursor: &mut TreeCursor, depth: usize) -> Result<Option<Statement>, NotPython> {
        let (mut decorators, mut definition) = (Vec::new(), None);
        below(cursor, |cursor| {
            let node = cursor.node();
            if node.kind() == "decorator" {
                // A comment after it is part of the node.
                let expression = node.named_child(0).unwrap_or(node);
                let lines = Span { first: span(node).first, last: span(expression).last };
                decorators.push(self.logical_line(lines));
            } else if let Some(Statement::Compound(compound)) = self.statement(cursor, depth)? {
                definition = Some(compound);
            }
            Ok(())
        })?;
        Ok(definition.map(|definition| Statement::Compound(Compound { decorators, ..definition })))
    }

    /// Adds the clause at the cursor, then those below it (`elif` and the like).
    fn clauses(
        &mut self,
        cursor: &mut TreeCursor,
        depth: usize,
        clauses: &mut Vec<Clause>,
    ) -> Result<(), NotPython> {
        let node = cursor.node();
        let is_match = node.kind() == "match_statement";
        let own = clauses.len();
        let mut header = span(node);
        let test = node.child_by_field_name("condition");
        let constant = test.and_then(|test| truth_to_coverage_py(test, self.text));
        clauses.push(Clause { role: role(node, self.text), constant, header, body: Vec::new() });
        below(cursor, |cursor| {
            let child = cursor.node();
            match child.kind() {
                ":" => {
                    header.last = span(child).last;
                    clauses[own].header = self.logical_line(header);
                }
                "block" if is_match => below(cursor, |cursor| match cursor.node().kind() {
                    "case_clause" => self.clauses(cursor, depth + 1, clauses),
                    _ => Ok(()),
                })?,
                "block" => clauses[own].body = self.suite(cursor, depth + 1)?,
                "elif_clause" | "else_clause" | "except_clause" | "finally_clause" => {
                    self.clauses(cursor, depth, clauses)?;
                }
                _ => {}
            }
            Ok(())
        })?;
        // The grammar accepts a header without a suite, for the sake of editors.
        if clauses[own].body.is_empty() && !is_match || clauses.len() == own + 1 && is_match {
            return Err(NotPython::Syntax { line: header.first });
        }
        Ok(())
    }

    /// Makes these lines a logical line, together with a statement before them that ends on the same line.
    fn logical_line(&mut self, span: Span) -> Span {
        match self.lines.last_mut() {
            Some(line) if line.last >= span.first => line.last = line.last.max(span.last),
            _ => self.lines.push(span),
        }
        span
    }
}

/// Calls `each` at each child of the node of the cursor. After an error, the position of the cursor is
/// undefined.
fn below(
    cursor: &mut TreeCursor,
    mut each: impl FnMut(&mut TreeCursor) -> Result<(), NotPython>,
) -> Result<(), NotPython> {
    if cursor.goto_first_child() {
        loop {
            each(cursor)?;
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }
    Ok(())
}

fn role(node: Node, text: &str) -> Role {
    match node.kind() {
        "if_statement" | "elif_clause" | "while_statement" => {
            Role::Test(node.child_by_field_name("condition").and_then(|test| truth(test, text)))
        }
        "else_clause" => Role::Else,
        "except_clause" if node.child(1).is_some_and(|child| child.kind() == "*") => Role::ExceptGroup,
        "except_clause" => Role::Except,
        "finally_clause" => Role::Finally,
        "case_clause" => {
            let guard = node.child_by_field_name("guard");
            let test = guard.and_then(|guard| guard.named_child(0));
            Role::Case {
                is_irrefutable: is_irrefutable(node),
                has_guard: guard.is_some(),
                guard: guard.map_or(Some(true), |_| test.and_then(|test| truth(test, text))),
            }
        }
        _ => Role::Head,
    }
}

fn span(node: Node) -> Span {
    Span { first: line(node.start_position()), last: line(node.end_position()) }
}
