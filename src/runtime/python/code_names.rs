//! The name of a code object, and whether it is a function that the source defines.

use super::Version;
use super::versions::Features;
use crate::byte_text;
use crate::runtime::{CodeName, CodeRecord};

/// `co_flags` of a function has this bit (Include/cpython/code.h of CPython); of a module or a class it has
/// not.
const CO_OPTIMIZED: u32 = 1;

/// The name of the code object of `record`, which is inside one called `parent`.
pub(super) fn name(record: &CodeRecord, version: Version, parent: Option<&CodeName>) -> CodeName {
    let name = byte_text::encode(record.name);
    let is_qualified = Features::of(version.minor()).has_qualified_names;
    let qualified = match parent {
        Some(parent) if !is_qualified => qualify(parent, &name),
        _ => name.into_owned(),
    };
    CodeName { qualified, is_function: record.flags & CO_OPTIMIZED != 0 }
}

/// The qualified name by PEP 3155.
fn qualify(parent: &CodeName, name: &str) -> String {
    match parent.qualified.as_str() {
        "<module>" => name.to_owned(),
        around if parent.is_function => format!("{around}.<locals>.{name}"),
        around => format!("{around}.{name}"),
    }
}

/// Whether the source defines this function with `def`. That is not so for lambdas, comprehensions, and
/// functions that evaluate annotations.
pub(super) fn is_defined(name: &CodeName) -> bool {
    let last = name.qualified.rsplit('.').next().unwrap_or_default();
    name.is_function && !last.is_empty() && !last.starts_with('<') && last != "__annotate__"
}
