//! Names of tests in the memory of a process: what is read is bounded and checked.

use crate::ptrace::Memory;

/// The variable that pytest sets.
const PYTEST_VARIABLE: &[u8] = b"PYTEST_CURRENT_TEST";
/// Names of more bytes are not read.
const MOST_NAME: usize = 1 << 14;

/// Whether the string at `address` is the name of pytest's variable.
pub(super) fn is_variable(address: u64, memory: &Memory) -> bool {
    let mut bytes = [0; PYTEST_VARIABLE.len() + 1];
    memory.read(address, &mut bytes).is_ok() && bytes.strip_suffix(b"\0") == Some(PYTEST_VARIABLE)
}

/// The address of the value, if the string at `address` sets pytest's variable.
pub(super) fn assignment(address: u64, memory: &Memory) -> Option<u64> {
    let mut bytes = [0; PYTEST_VARIABLE.len() + 1];
    memory.read(address, &mut bytes).ok()?;
    (bytes.strip_suffix(b"=") == Some(PYTEST_VARIABLE)).then(|| address + bytes.len() as u64)
}

/// The string at `address`, without the NUL at its end. `None` if it is too long, or cannot be read.
pub(super) fn string(address: u64, memory: &Memory) -> Option<Vec<u8>> {
    const PAGE: u64 = 4096;
    let mut string = Vec::new();
    while string.len() < MOST_NAME {
        // The next page need not be mapped.
        let from = address.checked_add(string.len() as u64)?;
        let mut bytes = vec![0; (PAGE - from % PAGE) as usize];
        memory.read(from, &mut bytes).ok()?;
        let end = bytes.iter().position(|byte| *byte == 0);
        string.extend(&bytes[..end.unwrap_or(bytes.len())]);
        if end.is_some() {
            return Some(string).filter(|string| string.len() <= MOST_NAME);
        }
    }
    None
}

/// The `length` bytes at `address`. `None` if these are too many, or cannot be read.
pub(super) fn text(address: u64, length: u64, memory: &Memory) -> Option<Vec<u8>> {
    let length = usize::try_from(length).ok().filter(|length| *length <= MOST_NAME)?;
    let mut bytes = vec![0; length];
    memory.read(address, &mut bytes).ok()?;
    Some(bytes)
}

/// The name `SUITE.TEST` of a `testing::TestInfo` of GoogleTest, which begins with the names of both.
pub(super) fn test_info(address: u64, memory: &Memory) -> Option<Vec<u8>> {
    const SIZE_OF_STRING: u64 = 32;
    let (suite, test) =
        (cxx_string(address, memory)?, cxx_string(address.checked_add(SIZE_OF_STRING)?, memory)?);
    Some([&suite[..], b".", &test].concat())
}

/// The name of a `Catch::TestCaseHandle`: it begins with a pointer to a `Catch::TestCaseInfo`, and that with
/// its name, as does a `Catch::TestCase`.
pub(super) fn test_case_handle(address: u64, memory: &Memory) -> Option<Vec<u8>> {
    cxx_string(memory.word(address).ok()?, memory)
}

/// The name of a test in a `Catch::TestCaseStats`: of Catch2 3.x, where that begins as a handle does, or of
/// 2.x, where the `Catch::TestCaseInfo` itself is behind a pointer.
pub(super) fn test_case_stats(address: u64, memory: &Memory) -> Option<Vec<u8>> {
    test_case_handle(address, memory).or_else(|| cxx_string(address.checked_add(8)?, memory))
}

/// The name of a `doctest::TestCaseData`, that begins with the name of a file as a `doctest::String`, the
/// line, and the name. `None` if it does not begin so, as that of doctest before 2.4.
pub(super) fn test_case_data(address: u64, memory: &Memory) -> Option<Vec<u8>> {
    const SIZE_OF_STRING: u64 = 24;
    const NAME: u64 = 32;
    let mut file = [0; SIZE_OF_STRING as usize];
    memory.read(address, &mut file).ok()?;
    // The last byte of a string in place is the room that is left in it; 128 means a pointer and a length.
    let last = file[file.len() - 1];
    let is_string = if last == 128 {
        let length = u64::from(u32::from_le_bytes(*file[8..].first_chunk()?));
        let at = u64::from_le_bytes(*file.first_chunk()?);
        string(at, memory).is_some_and(|name| name.len() as u64 == length)
    } else {
        file.iter().position(|byte| *byte == 0) == (file.len() - 1).checked_sub(usize::from(last))
    };
    if !is_string {
        return None;
    }
    let name = string(memory.word(address.checked_add(NAME)?).ok()?, memory)?;
    is_text(&name).then_some(name)
}

/// A `std::string` of libstdc++, that is not empty: the address and the length of its characters. `None` if
/// it is none, but that of another library.
pub(super) fn cxx_string(address: u64, memory: &Memory) -> Option<Vec<u8>> {
    let characters = memory.word(address).ok()?;
    let length = memory.word(address.checked_add(8)?).ok()?;
    if !(1..=MOST_NAME as u64).contains(&length) {
        return None;
    }
    let mut bytes = text(characters, length + 1, memory)?;
    let has_end = bytes.pop() == Some(0);
    (has_end && is_text(&bytes)).then_some(bytes)
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(char::is_control))
}
