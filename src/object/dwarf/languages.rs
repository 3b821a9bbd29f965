//! What follows from the language of a unit.

use gimli::{AttributeValue, DwLang, Dwarf, LineProgramHeader, Unit, constants};

use crate::elf::sections::Slice;

/// What is known of the compilers of a language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Language {
    /// They make only jumps whose targets can be found. Assembly can do anything.
    pub(crate) has_known_jumps: bool,
    /// A jump into the code of a line enters that line. Go's compiler has a statement row wherever a line is
    /// entered.
    pub(crate) is_entered_by_jumps: bool,
    /// The code that cleans up while an exception passes belongs to the row before it. GCC gives that of Ada
    /// and D no row at all.
    pub(crate) has_rows_for_clean_ups: bool,
    /// In a condition of several lines, the comparison of an operand has the row of the whole condition: GCC
    /// without optimisation. So a value that is in a register at the beginning of a row is of the same
    /// statement.
    pub(crate) has_rows_of_conditions: bool,
    /// Every statement has a statement row where it begins, and other rows are for code of a statement that
    /// has begun before: optimising GCC. Clang leaves out a statement row behind code of the same line.
    pub(crate) marks_statements: bool,
}

impl Language {
    /// That of a unit whose line program has this header.
    pub(crate) fn of<'a>(
        dwarf: &Dwarf<Slice<'a>>,
        unit: &Unit<Slice<'a>>,
        header: &LineProgramHeader<Slice<'a>>,
    ) -> Self {
        let language = language(unit);
        // A skeleton may have no language, its split unit has one. Only compilers of C and related languages
        // split units.
        let is_entered_by_jumps = language.map_or(unit.dwo_id.is_some(), is_known);
        let gcc_optimises = if is_entered_by_jumps { gcc_optimises(dwarf, unit) } else { None };
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
        Self {
            has_known_jumps: is_entered_by_jumps
                || (language == Some(constants::DW_LANG_Go) && is_compiled_go(dwarf, unit, header)),
            is_entered_by_jumps,
            has_rows_for_clean_ups: !language.is_some_and(is_without),
            has_rows_of_conditions: gcc_optimises == Some(false),
            marks_statements: gcc_optimises == Some(true),
        }
    }
}

/// Has Go's own compiler made the code of a unit of that language? The assembler's units have the same
/// language and producer, and their sources are named `.s`. With `-dynlink`, functions of the runtime are
/// called by addresses in registers, so it is not known which function a call is of.
fn is_compiled_go<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    unit: &Unit<Slice<'a>>,
    header: &LineProgramHeader<Slice<'a>>,
) -> bool {
    let text = |value| dwarf.attr_string(unit, value).map(|text| text.slice()).ok();
    let is_known = producer(dwarf, unit).is_some_and(|producer| {
        let mut words = producer.split(|byte| *byte == b' ');
        producer.starts_with(b"Go cmd/compile ") && !words.any(|word| word == b"-dynlink")
    });
    let is_compiled = |name: &[u8]| !name.ends_with(b".s");
    let mut files = header.file_names().iter().map(|file| text(file.path_name()));
    is_known && files.all(|name| name.is_some_and(is_compiled))
}

/// Does GCC optimise the code of a C or C++ unit? It writes its options behind its name and version. `None`
/// if it has not made the unit, or no options are there.
fn gcc_optimises<'a>(dwarf: &Dwarf<Slice<'a>>, unit: &Unit<Slice<'a>>) -> Option<bool> {
    let producer = producer(dwarf, unit).filter(|producer| producer.starts_with(b"GNU C"))?;
    let mut options = producer.split(|byte| *byte == b' ').filter(|word| word.starts_with(b"-")).peekable();
    options.peek()?;
    Some(options.any(|option| option.starts_with(b"-O") && option != b"-O0"))
}

/// What the compiler says of itself.
fn producer<'a>(dwarf: &Dwarf<Slice<'a>>, unit: &Unit<Slice<'a>>) -> Option<&'a [u8]> {
    let mut entries = unit.entries();
    let root = entries.next_dfs().ok().flatten()?;
    let producer = root.attr_value(constants::DW_AT_producer)?;
    dwarf.attr_string(unit, producer).map(|text| text.slice()).ok()
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
