//! Test frameworks that run many tests in one process: the functions by whose calls their tests are known.

use super::maps::{FileMapping, Maps, file_identity};
use crate::byte_text;
use crate::machine::Patch;
use crate::object::{Exports, FileIdentity, Segments, Svma};
use crate::ptrace::Memory;
use crate::tracer::{EntryHook, HookPurpose};
use hashbrown::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

/// A test framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framework {
    /// pytest: it sets a variable of the environment for each phase of a test.
    Pytest,
    /// GoogleTest, whose listeners are notified.
    Googletest,
}

impl Framework {
    /// Its name for users.
    pub fn title(self) -> &'static str {
        match self {
            Self::Pytest => "pytest",
            Self::Googletest => "GoogleTest",
        }
    }
}

/// What the call of a function means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// setenv(3).
    SetVariable,
    /// putenv(3).
    PutVariable,
    /// unsetenv(3).
    UnsetVariable,
    /// The test of this `testing::TestInfo` begins.
    BeginTest,
    /// A test ends.
    EndTest,
}

struct Function {
    framework: Framework,
    symbol: &'static str,
    meaning: Meaning,
}

/// The functions that are hooked. Hooks have their indices.
const FUNCTIONS: [Function; 5] = [
    Function { framework: Framework::Pytest, symbol: "setenv", meaning: Meaning::SetVariable },
    Function { framework: Framework::Pytest, symbol: "putenv", meaning: Meaning::PutVariable },
    Function { framework: Framework::Pytest, symbol: "unsetenv", meaning: Meaning::UnsetVariable },
    Function {
        framework: Framework::Googletest,
        symbol: "_ZN7testing8internal17TestEventRepeater11OnTestStartERKNS_8TestInfoE",
        meaning: Meaning::BeginTest,
    },
    Function {
        framework: Framework::Googletest,
        symbol: "_ZN7testing8internal17TestEventRepeater9OnTestEndERKNS_8TestInfoE",
        meaning: Meaning::EndTest,
    },
];

/// The variable that pytest sets.
const PYTEST_VARIABLE: &[u8] = b"PYTEST_CURRENT_TEST";
/// The phases of a test, which follow its name.
const PYTEST_PHASES: [&[u8]; 3] = [b" (setup)", b" (call)", b" (teardown)"];
/// Names of more bytes are not read.
const MOST_NAME: usize = 1 << 14;

/// What a call changes.
#[derive(Debug, PartialEq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// The test of this name begins.
    Begin(String),
    /// The test ends, if one has begun.
    End,
    /// A test of this framework begins, whose name cannot be read.
    Unreadable(Framework),
}

/// What the call of the function with this index, and these arguments, changes.
pub(super) fn change(function: usize, arguments: [u64; 3], memory: &Memory) -> Change {
    let Some(&Function { framework, meaning, .. }) = FUNCTIONS.get(function) else { return Change::None };
    let [first, second, _] = arguments;
    let name = match meaning {
        Meaning::SetVariable if is_variable(first, memory) => string(second, memory),
        Meaning::UnsetVariable if is_variable(first, memory) => return Change::End,
        Meaning::SetVariable | Meaning::UnsetVariable => return Change::None,
        Meaning::PutVariable => match assignment(first, memory) {
            Some(value) => string(value, memory),
            None => return Change::None,
        },
        Meaning::BeginTest => test_info(second, memory),
        Meaning::EndTest => return Change::End,
    };
    match (framework, name) {
        (_, None) => Change::Unreadable(framework),
        (Framework::Pytest, Some(name)) if name.is_empty() => Change::End,
        (_, Some(name)) => {
            let phase = PYTEST_PHASES.iter().find_map(|phase| name.strip_suffix(*phase));
            let name = phase.filter(|_| framework == Framework::Pytest).unwrap_or(&name);
            match name {
                [] => Change::Unreadable(framework),
                name => Change::Begin(byte_text::encode(name).into_owned()),
            }
        }
    }
}

/// Whether the string at `address` is the name of pytest's variable.
fn is_variable(address: u64, memory: &Memory) -> bool {
    let mut bytes = [0; PYTEST_VARIABLE.len() + 1];
    memory.read(address, &mut bytes).is_ok() && bytes.strip_suffix(b"\0") == Some(PYTEST_VARIABLE)
}

/// The address of the value, if the string at `address` sets pytest's variable.
fn assignment(address: u64, memory: &Memory) -> Option<u64> {
    let mut bytes = [0; PYTEST_VARIABLE.len() + 1];
    memory.read(address, &mut bytes).ok()?;
    (bytes.strip_suffix(b"=") == Some(PYTEST_VARIABLE)).then(|| address + bytes.len() as u64)
}

/// The string at `address`, without the NUL at its end. `None` if it is too long, or cannot be read.
fn string(address: u64, memory: &Memory) -> Option<Vec<u8>> {
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

/// The name `SUITE.TEST` of a `testing::TestInfo`, which begins with the names of both.
fn test_info(address: u64, memory: &Memory) -> Option<Vec<u8>> {
    const SIZE_OF_STRING: u64 = 32;
    let (suite, test) =
        (cxx_string(address, memory)?, cxx_string(address.checked_add(SIZE_OF_STRING)?, memory)?);
    Some([&suite[..], b".", &test].concat())
}

/// A `std::string` of libstdc++, that is not empty: the address and the length of its characters. `None` if
/// it is none, but that of another library.
fn cxx_string(address: u64, memory: &Memory) -> Option<Vec<u8>> {
    let characters = memory.word(address).ok()?;
    let length = memory.word(address.checked_add(8)?).ok()?;
    if !(1..=MOST_NAME as u64).contains(&length) {
        return None;
    }
    let mut bytes = vec![0; length as usize + 1];
    memory.read(characters, &mut bytes).ok()?;
    let has_end = bytes.pop() == Some(0);
    let is_text = std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains(char::is_control));
    (has_end && is_text).then_some(bytes)
}

/// Where the functions of the frameworks are in the files of a run. Each file is read once.
#[derive(Debug, Default)]
pub struct FrameworkFunctions {
    wanted: Vec<Framework>,
    files: HashMap<FileIdentity, Arc<FunctionsOfFile>>,
}

#[derive(Debug, Default)]
struct FunctionsOfFile {
    functions: Vec<(usize, Svma, Patch)>,
    segments: Segments,
}

impl FrameworkFunctions {
    /// Those of these frameworks.
    pub fn of(wanted: Vec<Framework>) -> Self {
        Self { wanted, files: HashMap::new() }
    }

    /// The hooks at them in a process.
    pub fn entry_hooks(&mut self, maps: &Maps) -> Vec<EntryHook> {
        if self.wanted.is_empty() {
            return Vec::new();
        }
        let mut hooks: Vec<EntryHook> = Vec::new();
        for mapped in &maps.code {
            let Some(found) = self.in_file(maps, mapped) else { continue };
            let Some(bias) = found.segments.bias(mapped.region.start, mapped.offset) else { continue };
            for &(number, at, original) in &found.functions {
                let address = at.loaded(bias);
                if hooks.iter().all(|hook| hook.address != address) {
                    hooks.push(EntryHook { address, original, purpose: HookPurpose::Context(number) });
                }
            }
        }
        hooks
    }

    fn in_file(&mut self, maps: &Maps, mapped: &FileMapping) -> Option<Arc<FunctionsOfFile>> {
        if let Some(known) = self.files.get(&maps.identity(mapped).ok()??) {
            return Some(Arc::clone(known));
        }
        let file = maps.open(mapped).ok()??;
        let is_of_c_library = is_c_library(mapped);
        let is_wanted = |function: &Function| {
            self.wanted.contains(&function.framework)
                && (is_of_c_library || function.framework != Framework::Pytest)
        };
        let wanted: Vec<_> =
            FUNCTIONS.iter().enumerate().filter(|(_, function)| is_wanted(function)).collect();
        let is_named = |name: &str| wanted.iter().any(|(_, function)| function.symbol == name);
        let Exports { symbols, segments } = match self.wanted.contains(&Framework::Googletest) {
            true => Exports::read_with_symbol_table(&file, is_named),
            false => Exports::read(&file, is_named),
        };
        let functions = wanted.into_iter().filter_map(|(number, function)| {
            let (at, original) = symbols.get(function.symbol)?;
            Some((number, *at, (*original)?))
        });
        let read = Arc::new(FunctionsOfFile { functions: functions.collect(), segments });
        Some(Arc::clone(self.files.entry(file_identity(&file)?).insert(read).get()))
    }
}

/// Whether it is the C library, of glibc or musl: shells have a setenv(3) of their own.
fn is_c_library(mapped: &FileMapping) -> bool {
    let name = mapped.path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
    let begins: [&[u8]; 4] = [b"libc.so", b"libc-", b"libc.musl-", b"ld-musl-"];
    begins.iter().any(|start| name.starts_with(start))
}
