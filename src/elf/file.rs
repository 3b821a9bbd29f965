//! An opened ELF file: machine, build-id, sections, segments and symbols.

use std::fmt::Write as _;
use std::fs::File;
use std::io;

use hashbrown::HashSet;
use object::LittleEndian;
use object::elf;
use object::read::elf::{
    ElfFile64, FileHeader as _, ProgramHeader as _, SectionHeader as _, Sym as _, SymbolTable,
};
use object::read::{Object as _, ObjectSection as _, ReadRef as _, RelocationTarget};

use super::chunks;
use super::positioned::FileCache;
use super::sections::Uncompressed;

/// Why a file could not be opened as an [`Elf`].
pub(crate) enum ElfError {
    /// It is not an ELF file.
    NotElf,
    /// Its headers are malformed.
    Damaged(String),
    /// It is an ELF file for another machine, of this name.
    Foreign(String),
}

/// An opened ELF file.
pub(crate) struct Elf<'c, 'f> {
    pub(crate) file: ElfFile64<'c, LittleEndian, &'c FileCache<'f>>,
    cache: &'c FileCache<'f>,
    pub(super) uncompressed: Uncompressed,
}

type Symbols<'c, 'f> = SymbolTable<'c, elf::FileHeader64<LittleEndian>, &'c FileCache<'f>>;

/// A function symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Symbol {
    /// The address of the function.
    pub(crate) address: u64,
    /// Its length in bytes; 0 if the symbol has none.
    pub(crate) size: u64,
    /// Index in the symbol table.
    index: usize,
}

/// The sections that are loaded and contain no instructions.
pub(crate) struct LoadedData<'c>(Vec<(u64, &'c [u8])>);

impl<'c> LoadedData<'c> {
    /// Address and bytes of each section.
    pub(crate) fn sections(&self) -> &[(u64, &'c [u8])] {
        &self.0
    }

    /// The bytes from `address` to the end of its section.
    pub(crate) fn from(&self, address: u64) -> Option<&'c [u8]> {
        self.0.iter().find_map(|(start, bytes)| {
            let at = usize::try_from(address.checked_sub(*start)?).ok()?;
            bytes.get(at..).filter(|rest| !rest.is_empty())
        })
    }
}

/// The string table of a symbol table. Read name by name, a C library would take thousands of system calls.
struct Names<'c>(&'c [u8]);

impl<'c> Names<'c> {
    fn of(&self, symbol: &elf::Sym64<LittleEndian>) -> Option<&'c [u8]> {
        let name = self.0.get(symbol.st_name(LittleEndian) as usize..)?;
        Some(&name[..memchr::memchr(0, name)?])
    }
}

impl<'c, 'f> Elf<'c, 'f> {
    /// Parses the headers of a file whose `e_machine` is `wanted`. Nothing else is read yet.
    pub(crate) fn open(cache: &'c FileCache<'f>, wanted: elf::Machine) -> Result<Self, ElfError> {
        // e_ident and e_machine are at the same offsets in every class (elf(5)).
        let head = cache.read_bytes_at(0, 20).map_err(|()| ElfError::NotElf)?;
        if !head.starts_with(&elf::ELFMAG) {
            return Err(ElfError::NotElf);
        }
        let wide = head[4] == elf::ELFCLASS64.0;
        let little = head[5] == elf::ELFDATA2LSB.0;
        let machine = [head[18], head[19]];
        let machine = if little { u16::from_le_bytes(machine) } else { u16::from_be_bytes(machine) };
        if !(wide && little && machine == wanted.0) {
            return Err(ElfError::Foreign(machine_name(machine, wide, little)));
        }
        let file = ElfFile64::parse(cache).map_err(|error| ElfError::Damaged(error.to_string()))?;
        Ok(Self { file, cache, uncompressed: Uncompressed::default() })
    }

    /// File offset, address and size in the file of every executable segment.
    pub(crate) fn code_segments(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let is_code = |segment: &&elf::ProgramHeader64<LittleEndian>| {
            segment.p_type(LittleEndian) == elf::PT_LOAD && segment.p_flags(LittleEndian).contains(elf::PF_X)
        };
        self.file.elf_program_headers().iter().filter(is_code).map(|segment| {
            (segment.p_offset(LittleEndian), segment.p_vaddr(LittleEndian), segment.p_filesz(LittleEndian))
        })
    }

    /// The first `length` bytes at `address` in an executable segment.
    pub(crate) fn code_at(&self, address: u64, length: usize) -> Option<&'c [u8]> {
        let length = length as u64;
        let at = |(offset, start, size): (u64, u64, u64)| {
            let inside =
                address.checked_sub(start).filter(|inside| size.checked_sub(*inside) >= Some(length))?;
            self.bytes(offset.checked_add(inside)?, length)
        };
        self.code_segments().find_map(at)
    }

    /// The address of a symbol in the dynamic symbol table.
    pub(crate) fn dynamic_symbol(&self, name: &[u8]) -> Option<u64> {
        let table = self.file.elf_dynamic_symbol_table();
        let names = self.names(table);
        let symbol = table
            .iter()
            .find(|symbol| !symbol.is_undefined(LittleEndian) && names.of(symbol) == Some(name))?;
        Some(symbol.st_value(LittleEndian))
    }

    /// Name and address of each exported symbol in the dynamic symbol table.
    pub(crate) fn dynamic_symbols(&self) -> impl Iterator<Item = (&'c [u8], u64)> {
        self.defined(self.file.elf_dynamic_symbol_table())
    }

    /// Name and address of each global symbol in the symbol table.
    pub(crate) fn global_symbols(&self) -> impl Iterator<Item = (&'c [u8], u64)> {
        self.defined(self.file.elf_symbol_table())
    }

    /// Name and address of each symbol in the symbol table, local ones too.
    pub(crate) fn all_symbols(&self) -> impl Iterator<Item = (&'c [u8], u64)> {
        self.chosen(self.file.elf_symbol_table(), |_| true)
    }

    fn defined<'s>(&'s self, table: &'s Symbols<'c, 'f>) -> impl Iterator<Item = (&'c [u8], u64)> + 's {
        self.chosen(table, |symbol| symbol.st_bind() != elf::STB_LOCAL)
    }

    fn chosen<'s>(
        &'s self,
        table: &'s Symbols<'c, 'f>,
        is_chosen: impl Fn(&elf::Sym64<LittleEndian>) -> bool + 's,
    ) -> impl Iterator<Item = (&'c [u8], u64)> + 's {
        let names = self.names(table);
        let symbols = table.iter().filter(move |it| !it.is_undefined(LittleEndian) && is_chosen(it));
        symbols.filter_map(move |symbol| Some((names.of(symbol)?, symbol.st_value(LittleEndian))))
    }

    /// The names of a table's symbols, all read at once.
    fn names(&self, table: &Symbols) -> Names<'c> {
        let section = self.file.elf_section_table().section(table.string_section()).ok();
        let bytes = section
            .and_then(|section| self.bytes(section.sh_offset(LittleEndian), section.sh_size(LittleEndian)));
        Names(bytes.unwrap_or_default())
    }

    /// Does it ask for a dynamic linker? A statically linked executable does not.
    pub(crate) fn has_interpreter(&self) -> bool {
        self.file.elf_program_headers().iter().any(|header| header.p_type(LittleEndian) == elf::PT_INTERP)
    }

    /// Does it contain the runtime of LeakSanitizer?
    pub(crate) fn checks_leaks(&self) -> bool {
        self.dynamic_symbol(b"__lsan_do_leak_check").is_some()
    }

    /// Does it use the C library's function for ptrace(2), of its own if it is statically linked?
    pub(crate) fn calls_ptrace(&self) -> bool {
        let table = self.file.elf_dynamic_symbol_table();
        if table.is_empty() {
            return self.global_symbols().any(|(name, _)| name == b"ptrace");
        }
        let names = self.names(table);
        table.iter().any(|symbol| symbol.is_undefined(LittleEndian) && names.of(symbol) == Some(b"ptrace"))
    }

    /// The length of the file in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.cache.len().unwrap_or(0)
    }

    /// Bytes of the file; `None` beyond its end.
    pub(crate) fn bytes(&self, offset: u64, size: u64) -> Option<&'c [u8]> {
        self.cache.read_bytes_at(offset, size).ok()
    }

    /// The GNU build-id in hexadecimal, if there is one.
    pub(crate) fn build_id(&self) -> Option<String> {
        // If the note section is damaged, the hash of the file serves as its ID.
        let id = self.file.build_id().ok().flatten()?;
        (!id.is_empty()).then(|| hexadecimal(id))
    }

    /// Does it contain the content of `.debug_info`, and not only the name?
    pub(crate) fn has_debug_info(&self) -> bool {
        self.file.section_by_name(".debug_info").is_some_and(|section| {
            let header = section.elf_section_header();
            header.sh_size(LittleEndian) > 0 && header.sh_type(LittleEndian) != elf::SHT_NOBITS
        })
    }

    /// Address and size of every section of instructions, and whether this file has the content. A debug
    /// file does not.
    pub(crate) fn code_sections(&self) -> impl Iterator<Item = (u64, u64, bool)> + '_ {
        let wanted = elf::SHF_ALLOC | elf::SHF_EXECINSTR;
        let table = self.file.elf_section_table().iter();
        table.filter(move |section| section.sh_flags(LittleEndian).contains(wanted)).map(|section| {
            let is_here = section.sh_type(LittleEndian) != elf::SHT_NOBITS;
            (section.sh_addr(LittleEndian), section.sh_size(LittleEndian), is_here)
        })
    }

    /// Is it loaded at the addresses of its headers? Then an instruction can contain an address as an
    /// immediate value.
    pub(crate) fn is_at_fixed_addresses(&self) -> bool {
        self.file.elf_header().e_type(LittleEndian) == elf::ET_EXEC
    }

    /// The address of a section.
    pub(crate) fn section_address(&self, name: &[u8]) -> Option<u64> {
        self.file.section_by_name_bytes(name).map(|section| section.address())
    }

    /// Every section that is loaded and contains no instructions; `None` if the content of one is
    /// missing.
    pub(crate) fn loaded_data(&self) -> Option<LoadedData<'c>> {
        let is_data = |section: &&elf::SectionHeader64<LittleEndian>| {
            let flags = section.sh_flags(LittleEndian);
            flags.contains(elf::SHF_ALLOC)
                && !flags.contains(elf::SHF_EXECINSTR)
                && section.sh_type(LittleEndian) != elf::SHT_NOBITS
        };
        let sections = self.file.elf_section_table().iter().filter(is_data).map(|section| {
            let bytes = self.bytes(section.sh_offset(LittleEndian), section.sh_size(LittleEndian))?;
            Some((section.sh_addr(LittleEndian), bytes))
        });
        sections.collect::<Option<_>>().map(LoadedData)
    }

    /// The addresses in the object that dynamic relocations store somewhere.
    pub(crate) fn relocated(&self) -> impl Iterator<Item = u64> + '_ {
        let symbols = self.file.elf_dynamic_symbol_table();
        self.file.dynamic_relocations().into_iter().flatten().map(move |(_, relocation)| {
            let symbol = match relocation.target() {
                RelocationTarget::Symbol(index) => symbols.symbol(index).ok(),
                _ => None,
            };
            let base = symbol.map_or(0, |symbol| symbol.st_value(LittleEndian));
            base.wrapping_add_signed(relocation.addend())
        })
    }

    /// Does it have a symbol table, and not only the dynamic one?
    pub(crate) fn has_symbols(&self) -> bool {
        !self.file.elf_symbol_table().is_empty()
    }

    /// The function symbols, ascending by address.
    pub(crate) fn function_symbols(&self) -> Vec<Symbol> {
        let mut symbols: Vec<_> = self
            .symbol_table()
            .enumerate()
            .filter(|(_, symbol)| {
                matches!(symbol.st_type(), elf::STT_FUNC | elf::STT_GNU_IFUNC)
                    && !symbol.is_undefined(LittleEndian)
            })
            .map(|(index, symbol)| Symbol {
                address: symbol.st_value(LittleEndian),
                size: symbol.st_size(LittleEndian),
                index: index.0,
            })
            .collect();
        symbols.sort_unstable();
        symbols
    }

    /// The slots into which the dynamic linker writes the address of a function whose name `is_wanted`.
    pub(crate) fn slots_of(&self, is_wanted: &dyn Fn(&[u8]) -> bool) -> Vec<u64> {
        let symbols = self.file.elf_dynamic_symbol_table();
        let names = self.names(symbols);
        let relocations = self.file.dynamic_relocations().into_iter().flatten();
        let of_wanted = relocations.filter_map(|(slot, relocation)| {
            let RelocationTarget::Symbol(index) = relocation.target() else { return None };
            let name = names.of(symbols.symbol(index).ok()?)?;
            is_wanted(name).then_some(slot)
        });
        of_wanted.collect()
    }

    /// The slots into which the dynamic linker writes one of these addresses of the object, by a relocation
    /// that names no symbol.
    pub(crate) fn slots_with(&self, addresses: &HashSet<u64>) -> Vec<u64> {
        let relocations = self.file.dynamic_relocations().into_iter().flatten();
        let of_wanted = relocations.filter(|(_, relocation)| {
            relocation.target() == RelocationTarget::Absolute
                && addresses.contains(&relocation.addend().cast_unsigned())
        });
        of_wanted.map(|(slot, _)| slot).collect()
    }

    /// The name of a function symbol, mangled.
    pub(crate) fn symbol_name(&self, symbol: Symbol) -> Option<&'c [u8]> {
        let table = self.symbol_table();
        let entry = table.symbol(object::SymbolIndex(symbol.index)).ok()?;
        table.symbol_name(LittleEndian, entry).ok()
    }

    /// `.symtab`, or `.dynsym` if there is none.
    fn symbol_table(&self) -> &Symbols<'c, 'f> {
        let all = self.file.elf_symbol_table();
        if all.is_empty() { self.file.elf_dynamic_symbol_table() } else { all }
    }
}

/// The ID of a file without build-id: `blake3:` and the hash of the content.
pub(crate) fn content_hash(file: &File) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    chunks::each(file, |bytes| {
        hasher.update(bytes);
    })?;
    Ok(format!("blake3:{}", hasher.finalize().to_hex()))
}

/// The name of a machine for messages. The numbers are those of `e_machine` (elf(5)).
pub(crate) fn machine_name(machine: u16, wide: bool, little: bool) -> String {
    let name = match elf::Machine(machine) {
        elf::EM_X86_64 => return if wide { "big-endian x86-64" } else { "x32" }.to_owned(),
        elf::EM_386 => return "32-bit x86".to_owned(),
        elf::EM_AARCH64 => "AArch64",
        elf::EM_ARM => "Arm",
        elf::EM_RISCV => "RISC-V",
        elf::EM_PPC64 | elf::EM_PPC => "PowerPC",
        elf::EM_S390 => "s390",
        elf::EM_MIPS => "MIPS",
        elf::EM_LOONGARCH => "LoongArch",
        elf::EM_BPF => "BPF",
        other => return format!("machine {}", other.0),
    };
    let bits = if wide { 64 } else { 32 };
    let order = if little { "little" } else { "big" };
    format!("{name} ({bits}-bit, {order}-endian)")
}

/// Two hexadecimal digits for each byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
