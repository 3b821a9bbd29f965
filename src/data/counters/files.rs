//! The files of counters of a run.

use super::super::allocate::write_zeros;
use super::super::lease::is_unused;
use super::super::run_directory::{RunFile, RunFiles};
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;

/// So many files that no process needs any more are kept.
const MOST_SPARE: usize = 64;

/// Makes files of counters.
///
/// A file is used again when its process has ended and no other has it open or mapped. If it were removed
/// instead, the next files would take the longer to make: ext4 does not use the inode of a removed file again
/// at once, and looks at each of these.
#[derive(Debug)]
pub struct CounterFiles {
    files: RunFiles,
    /// How many names have been given to files.
    named: Cell<u64>,
    /// Files that no process needs, and the size of their halves.
    spare: RefCell<Vec<(Rc<RunFile>, usize)>>,
}

impl CounterFiles {
    /// For the run that `files` names.
    pub fn new(files: RunFiles) -> Rc<Self> {
        Rc::new(Self { files, named: Cell::new(0), spare: RefCell::default() })
    }

    /// A file with a new name. The first half has disk space and is zero.
    pub(super) fn file(&self, half: usize) -> io::Result<Rc<RunFile>> {
        let name = self.files.names.counters(self.named.replace(self.named.get() + 1));
        if let Some(mut file) = self.take_spare(half) {
            let cleared = file.with("write", |file| {
                // The process may have made it longer.
                file.set_len(half as u64)?;
                write_zeros(file, 0, half as u64)
            });
            if cleared.and_then(|()| file.rename(&name)).is_ok() {
                return Ok(Rc::new(file));
            }
            file.remove();
        }
        let file = self.files.directory.create_mapped_file(&name)?;
        let allocated = file.with("write", |file| write_zeros(file, 0, half as u64));
        allocated.inspect_err(|_| file.remove()).map(|()| Rc::new(file))
    }

    fn take_spare(&self, half: usize) -> Option<RunFile> {
        let mut spare = self.spare.borrow_mut();
        let is_unused = |file: &RunFile| file.with("lease", |file| Ok(is_unused(file))).unwrap_or(false);
        let index = spare.iter().rposition(|(file, size)| *size == half && is_unused(file))?;
        Rc::into_inner(spare.swap_remove(index).0)
    }

    /// No process of the run needs this file any more.
    pub(super) fn give_back(&self, file: &Rc<RunFile>, half: usize) {
        let mut spare = self.spare.borrow_mut();
        if spare.len() < MOST_SPARE {
            spare.push((Rc::clone(file), half));
        } else {
            file.remove();
        }
    }
}
