//! Source paths of DWARF, made absolute and normalised.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// Joins `parts`, of which each is relative to the one before unless it is absolute. Removes `.`, `..`
/// and repeated slashes by spelling alone, since the sources need not exist on this machine.
///
/// `None` unless the result is absolute.
pub(crate) fn join(parts: &[&[u8]]) -> Option<PathBuf> {
    let from = parts.iter().rposition(|part| part.starts_with(b"/"))?;
    let mut names: Vec<&[u8]> = Vec::new();
    for name in parts[from..].iter().flat_map(|part| part.split(|byte| *byte == b'/')) {
        match name {
            b"" | b"." => {}
            b".." => {
                // The parent of the root is the root.
                names.pop();
            }
            name => names.push(name),
        }
    }
    let mut path = Vec::with_capacity(names.iter().map(|name| name.len() + 1).sum::<usize>().max(1));
    for name in &names {
        path.push(b'/');
        path.extend_from_slice(name);
    }
    if path.is_empty() {
        path.push(b'/');
    }
    Some(PathBuf::from(OsString::from_vec(path)))
}

/// Is a file name not that of a file? Examples are `<built-in>`, `<artificial>`, `<stdin>` and
/// directories.
pub(crate) fn is_no_file(name: &[u8]) -> bool {
    let last = name.rsplit(|byte| *byte == b'/').next();
    matches!(last, None | Some(b"" | b"." | b"..")) || (name.starts_with(b"<") && name.ends_with(b">"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(parts: &[&str]) -> Option<String> {
        let parts: Vec<_> = parts.iter().map(|part| part.as_bytes()).collect();
        join(&parts).map(|path| path.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_relative_name_lies_below_the_directories_before_it() {
        assert_eq!(joined(&["/home/me", "src", "a.c"]).unwrap(), "/home/me/src/a.c");
    }

    #[test]
    fn an_absolute_part_starts_anew() {
        assert_eq!(joined(&["/home/me", "/usr/include", "a.h"]).unwrap(), "/usr/include/a.h");
        assert_eq!(joined(&["relative", "/x/a.c"]).unwrap(), "/x/a.c");
    }

    #[test]
    fn dots_and_double_slashes_vanish() {
        assert_eq!(joined(&["/a//b/./c", "../d", ".", "e.c"]).unwrap(), "/a/b/d/e.c");
        assert_eq!(joined(&["/a", "../../../b.c"]).unwrap(), "/b.c");
        assert_eq!(joined(&["/a", "..", ""]).unwrap(), "/");
    }

    #[test]
    fn what_starts_nowhere_is_no_path() {
        assert_eq!(joined(&["src", "a.c"]), None);
        assert_eq!(joined(&[]), None);
    }

    #[test]
    fn names_in_angle_brackets_are_no_files() {
        assert!(is_no_file(b"<built-in>"));
        assert!(is_no_file(b"<artificial>"));
        assert!(is_no_file(b""));
        assert!(is_no_file(b"src/.."));
        assert!(!is_no_file(b"a<b>.c"));
    }
}
