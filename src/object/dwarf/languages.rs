//! What follows from the language of a unit.

use gimli::{AttributeValue, DwLang, Unit, constants};

use crate::elf::sections::Slice;

/// What is known of the compilers of a language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Language {
    /// They make only jumps whose targets can be found. Go resumes a function that recovers at a call inside
    /// a block, and assembly can do anything.
    pub(crate) has_known_jumps: bool,
    /// The code that cleans up while an exception passes belongs to the row before it. GCC gives that of Ada
    /// and D no row at all.
    pub(crate) has_rows_for_clean_ups: bool,
}

impl Language {
    /// That of a unit.
    pub(crate) fn of(unit: &Unit<Slice>) -> Self {
        let language = language(unit);
        // A skeleton may have no language, its split unit has one. Only compilers of C and related languages
        // split units.
        let has_known_jumps = language.map_or(unit.dwo_id.is_some(), is_known);
        let is_without = |language| {
            let without = [
                constants::DW_LANG_Ada83,
                constants::DW_LANG_Ada95,
                constants::DW_LANG_Ada2005,
                constants::DW_LANG_Ada2012,
                constants::DW_LANG_D,
            ];
            without.contains(&language)
        };
        Self { has_known_jumps, has_rows_for_clean_ups: !language.is_some_and(is_without) }
    }
}

fn language(unit: &Unit<Slice>) -> Option<DwLang> {
    let mut entries = unit.entries();
    let root = entries.next_dfs().ok()??;
    match root.attr_value(constants::DW_AT_language) {
        Some(AttributeValue::Language(language)) => Some(language),
        _ => None,
    }
}

/// DWARF 5, 7.12, and the codes assigned since.
fn is_known(language: DwLang) -> bool {
    matches!(
        language,
        constants::DW_LANG_C89
            | constants::DW_LANG_C
            | constants::DW_LANG_C99
            | constants::DW_LANG_C11
            | constants::DW_LANG_C17
            | constants::DW_LANG_C_plus_plus
            | constants::DW_LANG_C_plus_plus_03
            | constants::DW_LANG_C_plus_plus_11
            | constants::DW_LANG_C_plus_plus_14
            | constants::DW_LANG_C_plus_plus_17
            | constants::DW_LANG_C_plus_plus_20
            | constants::DW_LANG_ObjC
            | constants::DW_LANG_ObjC_plus_plus
            | constants::DW_LANG_Fortran77
            | constants::DW_LANG_Fortran90
            | constants::DW_LANG_Fortran95
            | constants::DW_LANG_Fortran03
            | constants::DW_LANG_Fortran08
            | constants::DW_LANG_Fortran18
            | constants::DW_LANG_Ada83
            | constants::DW_LANG_Ada95
            | constants::DW_LANG_Ada2005
            | constants::DW_LANG_Ada2012
            | constants::DW_LANG_D
            | constants::DW_LANG_Rust
    )
}
