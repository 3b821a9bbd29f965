//! What the language of a unit tells of its code.

use gimli::{AttributeValue, DwLang, Unit, constants};

use crate::elf::sections::Slice;

/// Is it by a compiler all of whose jumps are known to be found (`machine`)? Go resumes a function that recovers
/// at a call in the midst of a block, and who writes assembly may do anything.
pub(crate) fn has_known_jumps(unit: &Unit<Slice>) -> bool {
    // What a skeleton does not say, its split unit does: and only compilers of C and its kin split.
    language(unit).map_or(unit.dwo_id.is_some(), is_known)
}

fn language(unit: &Unit<Slice>) -> Option<DwLang> {
    let mut entries = unit.entries();
    let root = entries.next_dfs().ok()??;
    match root.attr_value(constants::DW_AT_language) {
        Some(AttributeValue::Language(language)) => Some(language),
        _ => None,
    }
}

/// DWARF 5, 7.12, and the numbers given since.
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
