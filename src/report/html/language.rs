//! Which language a source is in, for its colours.

use std::path::Path;

/// The name by which `colours.js` knows the language: by the ending of the name, or else by the runtime that
/// ran it. Empty if it knows none.
pub(super) fn language(path: &Path, runtime: Option<&str>) -> &'static str {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match ending.as_str() {
        "c" | "h" | "cc" | "cpp" | "cxx" | "c++" | "hh" | "hpp" | "hxx" | "ipp" | "tcc" | "inl" => "c",
        "rs" => "rust",
        "go" => "go",
        "zig" => "zig",
        "py" | "pyi" | "pyx" => "python",
        "sh" | "bash" | "bats" | "ksh" => "shell",
        _ => match runtime {
            Some("python") => "python",
            Some("bash") => "shell",
            _ => "",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::language;
    use std::path::Path;

    #[test]
    fn a_script_without_an_ending_is_in_the_language_that_ran_it() {
        assert_eq!(language(Path::new("/a/x.HPP"), None), "c");
        assert_eq!(language(Path::new("/a/x"), Some("bash")), "shell");
        assert_eq!(language(Path::new("/a/x.f90"), None), "");
    }
}
