//! What `/proc/PID` says of the program that a process runs (proc(5)).

use crate::byte_text;
use crate::ptrace::{Tid, proc_bytes};
use crate::quote;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

/// The path of its executable; empty when the process has ended.
pub fn executable(pid: Tid) -> PathBuf {
    fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default()
}

/// Its argument vector, which holds bytes (see [`byte_text`]). If the program has overwritten it, as
/// setproctitle(3) does, this is what ps(1) shows.
pub fn argv(pid: Tid) -> Vec<String> {
    let line = proc_bytes(pid, "cmdline").unwrap_or_default();
    let argv = match line.strip_suffix(b"\0") {
        Some(arguments) if !line.windows(2).any(|pair| pair == b"\0\0") => match arguments.contains(&0) {
            true => split(arguments),
            // A title may be padded with blanks.
            false => vec![title(arguments)],
        },
        // Either some arguments are empty, or a title with padding has taken their place.
        _ => match ArgumentArea::of(pid).is_some_and(|area| area.is_as_passed(&line)) {
            true => split(&line[..line.len() - 1]),
            false => Some(title(&line)).filter(|title| !title.is_empty()).into_iter().collect(),
        },
    };
    argv.iter().map(|argument| byte_text::encode(argument).into_owned()).collect()
}

fn split(arguments: &[u8]) -> Vec<Vec<u8>> {
    arguments.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect()
}

/// The line as ps(1) shows it: without the padding at its end, and with blanks between its parts.
fn title(line: &[u8]) -> Vec<u8> {
    let end = line.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |last| last + 1);
    line[..end].iter().map(|&byte| if byte == 0 { b' ' } else { byte }).collect()
}

/// Where the kernel has put the arguments of a process.
struct ArgumentArea {
    /// The address of the strings.
    start: u64,
    /// The addresses of the arguments, as many as `argc` says. Programs may have changed them.
    arguments: Vec<u64>,
}

/// `start_stack` and `arg_start` in `/proc/PID/stat` (proc_pid_stat(5)), counted from the field after the
/// name.
const START_STACK: usize = 28 - 3;
const ARG_START: usize = 48 - 3;

/// Bytes of a number on the stack.
const WORD: usize = size_of::<u64>();

/// More arguments than these are not looked at.
const MOST_ARGUMENTS: usize = 1 << 16;

impl ArgumentArea {
    fn of(pid: Tid) -> Option<Self> {
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        let name_end = stat.iter().rposition(|&byte| byte == b')')?;
        let fields: Vec<&[u8]> = stat[name_end + 1..].trim_ascii().split(|&byte| byte == b' ').collect();
        let number = |at: usize| str::from_utf8(fields.get(at)?).ok()?.parse::<u64>().ok();
        let (stack, start) = (number(START_STACK)?, number(ARG_START)?);
        // The initial stack: `argc`, and then the array `argv`.
        let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
        let mut argc = [0; WORD];
        memory.read_exact_at(&mut argc, stack).ok()?;
        let argc = u64::from_ne_bytes(argc) as usize;
        if argc > MOST_ARGUMENTS {
            return None;
        }
        let mut array = vec![[0; WORD]; argc];
        memory.read_exact_at(array.as_flattened_mut(), stack + WORD as u64).ok()?;
        Some(Self { start, arguments: array.into_iter().map(u64::from_ne_bytes).collect() })
    }

    /// Whether `line`, the content of `/proc/PID/cmdline`, is the strings as they were passed to exec.
    ///
    /// There is a NUL after each of them, and nowhere else, and each begins where its pointer says.
    /// Programs that overwrite the strings mostly overwrite the pointers as well. The dynamic linker, run
    /// as a program, takes the first arguments away, and the pointers to them.
    fn is_as_passed(&self, line: &[u8]) -> bool {
        let offset = |address: &u64| {
            let offset = usize::try_from(address.checked_sub(self.start)?).ok()?;
            (offset < line.len() && (offset == 0 || line[offset - 1] == 0)).then_some(offset)
        };
        let Some(offsets) = self.arguments.iter().map(offset).collect::<Option<Vec<usize>>>() else {
            return false;
        };
        let nuls = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == 0).count();
        let taken_away = offsets.iter().min().map_or(0, |first| nuls(&line[..*first]));
        line.last() == Some(&0) && nuls(line) == taken_away + offsets.len()
    }
}

/// The value of a variable in the environment that its program was executed with.
pub fn variable(pid: Tid, name: &[u8]) -> Option<Vec<u8>> {
    let environment = proc_bytes(pid, "environ").ok()?;
    let value = |entry: &[u8]| entry.strip_prefix(name)?.strip_prefix(b"=").map(<[u8]>::to_vec);
    environment.split(|&byte| byte == 0).find_map(value)
}

/// Its name of at most 15 bytes, fit for a message. It is readable where its executable is not.
pub fn name(pid: Tid) -> String {
    let name = fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    quote::name(name.strip_suffix(b"\n").unwrap_or(&name)).into_owned()
}
