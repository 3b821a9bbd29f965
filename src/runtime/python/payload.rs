//! The probe, compiled (by `build.rs`) to an ELF file that needs no relocation.

use nix::sys::memfd::{MFdFlags, memfd_create};
use object::{Object as _, ObjectSegment as _, ObjectSymbol as _};
use std::fs::File;
use std::io::{self, Write};
use std::sync::LazyLock;

const PAGE: u64 = 4096;

static PAYLOAD: LazyLock<Payload> =
    LazyLock::new(|| Payload::parse(include_bytes!(concat!(env!("OUT_DIR"), "/payload.so"))));

/// The probe as it is to stand in memory; addresses are relative to its beginning.
#[derive(Debug)]
pub struct Payload {
    /// Its code and constants.
    pub code: &'static [u8],
    /// Bytes of memory that it needs: whole pages of code first, then variables, which are 0.
    pub size: u64,
    /// The names of the functions that it uses.
    pub functions: Vec<Function>,
    /// The function that starts it.
    pub start: u64,
    /// As in [`crate::tracer::Probe`], like what follows.
    pub asked: u64,
    /// See [`Payload::asked`].
    pub done: u64,
    /// See [`Payload::asked`].
    pub returned: u64,
    /// Where the addresses of the functions go, 8 bytes each.
    pub table: u64,
    /// See [`Payload::asked`].
    pub process: u64,
    /// See [`Payload::asked`].
    pub forked: u64,
    /// See [`Payload::asked`].
    pub forking: u64,
    /// See [`Payload::asked`].
    pub threads: u64,
    /// The address of the log, and how many bytes of it are mapped, 8 bytes each.
    pub log: u64,
}

/// A function of an interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its names in different versions.
    pub names: Vec<&'static str>,
    /// Does the probe do without it?
    pub optional: bool,
}

/// What the probe asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// The record of the source file of this name, or 0 if it does not count.
    File {
        /// Where the name stands.
        name: u64,
        /// Its length.
        length: u64,
    },
    /// The log is to have this many bytes. 0 if it cannot.
    More(u64),
    /// Something is to be said, and the answer is of no matter.
    Say(Remark),
    /// Nothing that this version knows.
    Unknown,
}

/// What the probe has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// All tool identifiers of sys.monitoring are in use.
    NoTool,
    /// A function of the interpreter's failed at the start.
    Failed,
    /// More of the log could not be mapped.
    Unmapped,
}

impl From<[u64; 3]> for Question {
    /// By the arguments of `forkcov_question`.
    fn from([kind, first, second]: [u64; 3]) -> Self {
        match (kind, first) {
            (1, name) => Self::File { name, length: second },
            (2, size) => Self::More(size),
            (3, 1) => Self::Say(Remark::NoTool),
            (3, 2) => Self::Say(Remark::Failed),
            (3, 3) => Self::Say(Remark::Unmapped),
            _ => Self::Unknown,
        }
    }
}

impl Payload {
    /// The one that there is.
    pub fn get() -> &'static Self {
        &PAYLOAD
    }

    /// Bytes of code, in whole pages.
    pub fn code_size(&self) -> u64 {
        (self.code.len() as u64).next_multiple_of(PAGE)
    }

    /// A file that begins with the code, without a name.
    ///
    /// # Errors
    /// As memfd_create(2), or when memory is full.
    pub fn file(&self) -> io::Result<File> {
        let mut file = File::from(memfd_create("forkcov", MFdFlags::MFD_CLOEXEC)?);
        file.write_all(self.code)?;
        Ok(file)
    }

    fn parse(bytes: &'static [u8]) -> Self {
        const BUILT: &str = "the build has made it so";
        let file = object::File::parse(bytes).expect(BUILT);
        let symbol = |name| file.symbols().find(|symbol| symbol.name() == Ok(name)).expect(BUILT).address();
        let segment = file.segments().next().expect(BUILT);
        let code = segment.data().expect(BUILT);
        let size = file.segments().map(|segment| segment.address() + segment.size()).max().expect(BUILT);
        let functions = functions(&code[symbol("forkcov_names") as usize..]);
        Self {
            size: size.next_multiple_of(PAGE),
            functions,
            start: symbol("forkcov_start"),
            asked: symbol("forkcov_asked"),
            done: symbol("forkcov_done"),
            returned: symbol("forkcov_returned"),
            table: symbol("python"),
            process: symbol("forkcov_process"),
            forked: symbol("forkcov_forked"),
            forking: symbol("forkcov_forking"),
            threads: symbol("forkcov_threads"),
            log: symbol("forkcov_log"),
            code,
        }
    }
}

/// Names, each ended by 0, and an empty one at the end.
fn functions(names: &'static [u8]) -> Vec<Function> {
    let texts = names.split(|byte| *byte == 0).take_while(|name| !name.is_empty());
    texts
        .filter_map(|name| std::str::from_utf8(name).ok())
        .map(|name| Function {
            names: name.trim_end_matches('?').split('|').collect(),
            optional: name.ends_with('?'),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_can_be_copied_anywhere() {
        let file = object::File::parse(&include_bytes!(concat!(env!("OUT_DIR"), "/payload.so"))[..]).unwrap();
        assert!(file.dynamic_relocations().is_none_or(|mut relocations| relocations.next().is_none()));
        assert_eq!(file.segments().next().unwrap().address(), 0);
        assert_eq!(file.segments().next().unwrap().file_range().0, 0);
        let payload = Payload::get();
        assert!(payload.table >= payload.code_size() && payload.process >= payload.code_size());
    }

    #[test]
    fn its_breakpoints_are_where_it_says() {
        let payload = Payload::get();
        for place in [payload.asked, payload.done, payload.returned] {
            assert_eq!(payload.code[place as usize], crate::ptrace::BREAKPOINT);
        }
    }

    #[test]
    fn it_names_what_it_uses() {
        let functions = &Payload::get().functions;
        assert_eq!(functions[0].names, ["Py_IsInitialized"]);
        assert!(functions.len() > 30 && functions.iter().any(|function| function.optional));
        assert!(functions.iter().any(|function| function.names.len() == 2));
    }
}
