//! The functions and classes of a module, in the order in which they begin.

use super::syntax::{Kind, Module, Statement};
use crate::runtime::definitions::{Definition, DefinitionKind};
use crate::runtime::statements::Span;

pub(super) fn definitions(module: &Module) -> Vec<Definition> {
    let mut found = Vec::new();
    add(&module.body, None, &mut found);
    found
}

/// Adds those below `suite`, which is in the definition `around`.
fn add(suite: &[Statement], around: Option<usize>, found: &mut Vec<Definition>) {
    for statement in suite {
        let Statement::Compound(compound) = statement else { continue };
        let kind = match compound.kind {
            Kind::Function => Some(DefinitionKind::Function),
            Kind::Class => Some(DefinitionKind::Class),
            _ => None,
        };
        let mut inside = around;
        if let (Some(kind), Some(clause)) = (kind, compound.clauses.first()) {
            let start = clause.header.first;
            let outer = around.map(|outer| &found[outer]);
            let name = match outer {
                Some(outer) => format!("{}.{}", outer.name, compound.name),
                None => compound.name.clone(),
            };
            let is_in_class = outer.is_some_and(|outer| outer.kind == DefinitionKind::Class);
            inside = Some(found.len());
            found.push(Definition {
                kind,
                name,
                first: compound.decorators.first().map_or(start, |decorator| decorator.first),
                start,
                body: Span {
                    first: clause.body.first().map_or(start, Statement::first),
                    last: compound.last(),
                },
                class: around.filter(|_| is_in_class),
            });
        }
        compound.clauses.iter().for_each(|clause| add(&clause.body, inside, found));
    }
}
