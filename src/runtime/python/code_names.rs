//! What a code object is called, and whether somebody wrote it as a function.

use super::Version;
use super::versions::Features;
use crate::data::runtime_log::Code;

/// `co_flags` of a function has this bit (Include/cpython/code.h of CPython); of a module or a class it has not.
const CO_OPTIMIZED: u32 = 1;

/// The name of a code object.
#[derive(Debug)]
pub struct Name {
    qualified: String,
    is_function: bool,
}

impl Name {
    /// That of `code`, which stands in one called `parent`.
    pub fn of(code: &Code, version: Version, parent: Option<&Self>) -> Self {
        let name = String::from_utf8_lossy(code.name);
        let is_qualified = Features::of(version.minor()).has_qualified_names;
        let qualified = match parent {
            Some(parent) if !is_qualified => parent.qualify(&name),
            _ => name.into_owned(),
        };
        Self { qualified, is_function: code.flags & CO_OPTIMIZED != 0 }
    }

    /// PEP 3155.
    fn qualify(&self, name: &str) -> String {
        match self.qualified.as_str() {
            "<module>" => name.to_owned(),
            around if self.is_function => format!("{around}.<locals>.{name}"),
            around => format!("{around}.{name}"),
        }
    }

    /// As in `Class.method` and `function.<locals>.inner`.
    pub fn qualified(&self) -> &str {
        &self.qualified
    }

    /// Is it a function that a `def` stands for? A lambda or a comprehension is not, nor what evaluates annotations.
    pub fn is_defined(&self) -> bool {
        let last = self.qualified.rsplit('.').next().unwrap_or_default();
        self.is_function && !last.is_empty() && !last.starts_with('<') && last != "__annotate__"
    }
}
