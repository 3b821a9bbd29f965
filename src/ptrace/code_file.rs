//! Code of forkcov's in a file that can be mapped into any number of processes.
//!
//! The file has no name, and is sealed: a process that gets hold of it cannot change what others run.

use super::map_file::PassedFile;
use super::{Error, Result};
use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::FromRawFd;

/// `MFD_EXEC` of linux/memfd.h, from Linux 6.3 on.
const MFD_EXEC: u32 = 0x10;

/// A sealed file of code.
#[derive(Debug)]
pub struct CodeFile {
    file: File,
    size: u64,
}

impl CodeFile {
    /// Makes a file with this content.
    ///
    /// # Errors
    /// When the system allows no such file, or there is no memory for it.
    pub fn new(code: &[u8]) -> Result<Self> {
        let mut file = create().map_err(|error| Error::of_own("create a file of code", &error))?;
        file.write_all(code).map_err(|error| Error::of_own("write a file of code", &error))?;
        let seals = SealFlag::all();
        fcntl(&file, FcntlArg::F_ADD_SEALS(seals))
            .map_err(|errno| Error::from_errno("seal a file of code", errno))?;
        Ok(Self { file, size: code.len() as u64 })
    }

    /// The file, to be mapped at the address `at`.
    pub fn at(&self, at: u64) -> PassedFile<'_> {
        PassedFile::code(&self.file, self.size, at)
    }

    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.size
    }
}

fn create() -> io::Result<File> {
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    let create = |flags| {
        // SAFETY: the name is a C string, and a result that is no error is a new descriptor, which has no
        // other owner.
        unsafe {
            match libc::memfd_create(c"forkcov".as_ptr(), flags) {
                -1 => Err(io::Error::last_os_error()),
                descriptor => Ok(File::from_raw_fd(descriptor)),
            }
        }
    };
    match create(flags | MFD_EXEC) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => create(flags),
        created => created,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    #[test]
    fn nothing_can_change_a_file_of_code() {
        let code = CodeFile::new(b"code").unwrap();
        assert!(code.file.write_at(b"x", 0).is_err() && code.file.set_len(9).is_err());
        let mut content = [0; 4];
        code.file.read_exact_at(&mut content, 0).unwrap();
        assert_eq!((content, code.size()), (*b"code", 4));
    }
}
