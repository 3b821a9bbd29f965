//! The languages of the test programs, by the ending of a source's name.

use std::path::Path;

/// What the harness knows about a language.
#[derive(Debug)]
pub struct Language {
    /// The ending of the names of its sources.
    ending: &'static str,
    /// Its compiler, which the directive `compiler` replaces.
    pub compiler: &'static str,
    /// Flags for debug information without optimisation.
    pub flags: &'static [&'static str],
    /// The beginning of a comment that runs to the end of the line: directives and marks are in such
    /// comments.
    pub comment: &'static str,
    /// How a program in it is put together.
    pub form: Form,
}

/// The ways to build a program from its sources.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// `COMPILER FLAGS SOURCES -o PROGRAM`; the sources include what logs roles.
    Whole,
    /// The same, with `role.o`; its `log_role` has C linkage.
    WithObject,
    /// `gfortran`, which also makes a file of each module; with `role.o`.
    Gfortran,
    /// The compiler makes an object, and `cc` links it with `role.o`.
    Linked,
    /// `gnatmake`, which makes more files beside its objects; with `role.o`.
    Gnatmake,
    /// `fpc`, which spells its options in its own way; the source itself asks for `role.o`.
    FreePascal,
    /// `go build`, with `role.go` as one more source.
    Go,
    /// Nothing is compiled: an interpreter runs the sources, which import what logs roles.
    Script,
}

const C: Language = Language {
    ending: ".c",
    compiler: "cc",
    flags: &["-g", "-O0", "-Wall", "-Wno-unused-function"],
    comment: "//",
    form: Form::Whole,
};

const OTHERS: &[Language] = &[
    Language { ending: ".cc", compiler: "c++", ..C },
    Language { ending: ".rs", compiler: "rustc", flags: &["--edition=2024", "-g"], ..C },
    Language { ending: ".go", compiler: "go", flags: &[], form: Form::Go, ..C },
    Language { ending: ".d", compiler: "gdc", form: Form::WithObject, flags: &["-g", "-O0"], ..C },
    Language {
        ending: ".f90",
        compiler: "gfortran",
        flags: &["-g", "-O0", "-Wall"],
        comment: "!",
        form: Form::Gfortran,
    },
    Language {
        ending: ".adb",
        compiler: "gnatmake",
        flags: &["-g", "-O0"],
        comment: "--",
        form: Form::Gnatmake,
    },
    Language { ending: ".pas", compiler: "fpc", flags: &["-gw3", "-O-"], form: Form::FreePascal, ..C },
    Language { ending: ".py", compiler: "python3", flags: &[], comment: "#", form: Form::Script },
    // The GNU assembler, through the C compiler, which also finds the start files.
    Language { ending: ".s", compiler: "cc", flags: &["-g"], comment: "#", form: Form::WithObject },
    Language {
        ending: ".asm",
        compiler: "nasm",
        flags: &["-f", "elf64", "-g", "-F", "dwarf"],
        comment: ";",
        form: Form::Linked,
    },
];

impl Language {
    /// The language of a source; C's for a header.
    pub fn of(source: impl AsRef<Path>) -> &'static Language {
        Self::known(source.as_ref()).unwrap_or(&C)
    }

    /// Whether a file's name is that of a source.
    pub fn is_source(name: &str) -> bool {
        Self::known(Path::new(name)).is_some()
    }

    fn known(source: &Path) -> Option<&'static Language> {
        let name = source.file_name()?.to_str()?;
        [&C].into_iter().chain(OTHERS).find(|language| name.ends_with(language.ending))
    }
}
