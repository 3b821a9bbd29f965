//! Landing pads: the addresses at which the unwinder continues a function after an exception. They are
//! in the function's call-site table (Itanium C++ ABI, "Exception Handling Tables"), to which
//! `.eh_frame` refers (LSB Core, "DWARF Extensions").

use gimli::{
    BaseAddresses, CieOrFde, DwEhPe, EhFrame, LittleEndian, Pointer, Reader as _, UnwindSection as _,
    constants,
};

use super::file::{Elf, LoadedData};
use super::sections::{self, Slice};

/// Addresses in the code that the unwinding information names.
#[derive(Debug, Default)]
pub(crate) struct UnwindInfo {
    /// Where functions, or parts of functions, begin.
    pub(crate) starts: Vec<u64>,
    /// The landing pads.
    pub(crate) landing_pads: Vec<u64>,
}

/// Reads them. `None` if some of it cannot be read, so that addresses could be missing.
pub(crate) fn read(elf: &Elf, data: &LoadedData) -> Option<UnwindInfo> {
    let mut unwinding = UnwindInfo::default();
    let bytes = sections::section(elf, ".eh_frame")?;
    if bytes.is_empty() {
        return Some(unwinding);
    }
    let bases = BaseAddresses::default().set_eh_frame(elf.section_address(b".eh_frame")?);
    let section = EhFrame::new(&bytes, LittleEndian);
    let mut entries = section.entries(&bases);
    while let Some(entry) = entries.next().ok()? {
        let CieOrFde::Fde(partial) = entry else { continue };
        let function = partial.parse(EhFrame::cie_from_offset).ok()?;
        let start = function.initial_address();
        unwinding.starts.push(start);
        match function.lsda() {
            None => {}
            Some(Pointer::Direct(at)) => {
                let table = Slice::new(data.from(at)?, LittleEndian);
                call_sites(table, at, start, &mut unwinding.landing_pads).ok()??;
            }
            Some(Pointer::Indirect(_)) => return None,
        }
    }
    Some(unwinding)
}

/// Adds the landing pads of the function at `start`, whose table is loaded at `address`. `None` for an
/// encoding that no compiler uses.
fn call_sites(mut table: Slice, address: u64, start: u64, found: &mut Vec<u64>) -> gimli::Result<Option<()>> {
    let whole = table;
    let base_encoding = DwEhPe(table.read_u8()?);
    let base = if base_encoding == constants::DW_EH_PE_omit {
        start
    } else {
        let at = address.wrapping_add(table.offset_from(whole) as u64);
        let Some(value) = number(&mut table, base_encoding.format())? else { return Ok(None) };
        match base_encoding.application() {
            constants::DW_EH_PE_absptr => value,
            constants::DW_EH_PE_pcrel => at.wrapping_add(value),
            _ => return Ok(None),
        }
    };
    if DwEhPe(table.read_u8()?) != constants::DW_EH_PE_omit {
        table.read_uleb128()?;
    }
    let format = DwEhPe(table.read_u8()?).format();
    let length = table.read_uleb128()?;
    let mut sites = table.split(usize::try_from(length).map_err(|_| gimli::Error::UnsupportedOffset)?)?;
    while !sites.is_empty() {
        for _ in ["start", "length"] {
            if number(&mut sites, format)?.is_none() {
                return Ok(None);
            }
        }
        let Some(pad) = number(&mut sites, format)? else { return Ok(None) };
        sites.read_uleb128()?;
        if pad != 0 {
            found.push(base.wrapping_add(pad));
        }
    }
    Ok(Some(()))
}

fn number(from: &mut Slice, format: DwEhPe) -> gimli::Result<Option<u64>> {
    Ok(Some(match format {
        constants::DW_EH_PE_absptr | constants::DW_EH_PE_udata8 | constants::DW_EH_PE_sdata8 => {
            from.read_u64()?
        }
        constants::DW_EH_PE_uleb128 => from.read_uleb128()?,
        constants::DW_EH_PE_udata2 => from.read_u16()?.into(),
        constants::DW_EH_PE_udata4 => from.read_u32()?.into(),
        constants::DW_EH_PE_sleb128 => from.read_sleb128()?.cast_unsigned(),
        constants::DW_EH_PE_sdata2 => i64::from(from.read_i16()?).cast_unsigned(),
        constants::DW_EH_PE_sdata4 => i64::from(from.read_i32()?).cast_unsigned(),
        _ => return Ok(None),
    }))
}
