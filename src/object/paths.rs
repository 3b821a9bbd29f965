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

/// The directory that stands for the current one of the compiler, in the builds of bazel.
const CURRENT_DIRECTORY: &[u8] = b"/proc/self/cwd";

/// Joins `parts` as [`join`], but keeps each `..`, and gives a relative path if no part is absolute. What is
/// below `/proc/self/cwd` is relative, too.
pub(crate) fn spelled<'p>(parts: &[&'p [u8]]) -> PathBuf {
    let from = parts.iter().rposition(|part| part.starts_with(b"/"));
    let below = |part: &'p [u8]| {
        let rest = part.strip_prefix(CURRENT_DIRECTORY)?;
        (rest.is_empty() || rest.starts_with(b"/")).then_some(rest)
    };
    let first = from.map(|from| parts[from]);
    let relative = first.and_then(below);
    let mut path = if first.is_some() && relative.is_none() { b"/".to_vec() } else { Vec::new() };
    let rest = relative.or(first).into_iter().chain(parts[from.map_or(0, |from| from + 1)..].iter().copied());
    for name in rest.flat_map(|part| part.split(|byte| *byte == b'/')) {
        if matches!(name, b"" | b".") {
            continue;
        }
        if !matches!(path.as_slice(), b"" | b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(name);
    }
    PathBuf::from(OsString::from_vec(path))
}

/// Is a file name not that of a file? Examples are `<built-in>`, `<artificial>`, `<stdin>`, `<missing>_7` of
/// Go, the units of rustc (`main.rs/@/main.235e-cgu.0`) and directories.
pub(crate) fn is_no_file(name: &[u8]) -> bool {
    let last = name.rsplit(|byte| *byte == b'/').next();
    let is_unit = || name.windows(3).any(|part| part == b"/@/");
    matches!(last, None | Some(b"" | b"." | b"..")) || is_in_brackets(name) || is_unit()
}

/// `<…>`, or `<…>_7`. A file can have any other name that begins so: `<b>.c`.
fn is_in_brackets(name: &[u8]) -> bool {
    let Some(end) = name.iter().rposition(|byte| *byte == b'>').filter(|_| name.starts_with(b"<")) else {
        return false;
    };
    let rest = &name[end + 1..];
    rest.is_empty() || (rest.starts_with(b"_") && rest[1..].iter().all(u8::is_ascii_digit))
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
    fn a_spelling_keeps_dots_and_may_be_relative() {
        for (parts, expected) in [
            (&["./build", "./src", "a.c"][..], "build/src/a.c"),
            (&["/w//x/.", "../inc", "a.h"], "/w/x/../inc/a.h"),
            (&["/w", "/x", "a.h"], "/x/a.h"),
            (&["/proc/self/cwd", "src/a.c"], "src/a.c"),
            (&["/w", "/proc/self/cwd/src", "a.c"], "src/a.c"),
            (&["/proc/self/cwdx", "a.c"], "/proc/self/cwdx/a.c"),
            (&[".", "..", "a.c"], "../a.c"),
        ] {
            let parts: Vec<_> = parts.iter().map(|part| part.as_bytes()).collect();
            assert_eq!(spelled(&parts), PathBuf::from(expected));
        }
    }

    #[test]
    fn names_in_angle_brackets_are_no_files() {
        assert!(is_no_file(b"<built-in>"));
        assert!(is_no_file(b"<artificial>"));
        assert!(is_no_file(b"<missing>_143"));
        assert!(is_no_file(b"src/main.rs/@/main.235e3519f142be8b-cgu.0"));
        assert!(is_no_file(b""));
        assert!(is_no_file(b"src/.."));
        assert!(!is_no_file(b"a<b>.c"));
        assert!(!is_no_file(b"<b>.c"));
        assert!(!is_no_file(b"<b>_7.c"));
    }
}
