//! Command lines, and where the part of them begins that says what a process does: after the path of a
//! program, and after the interpreter of a script and its options.

use crate::quote;

/// Interpreters, whose names may end with a version.
const INTERPRETERS: [&str; 14] = [
    "ash", "bash", "dash", "ksh", "lua", "node", "perl", "php", "pypy", "python", "ruby", "sh", "tclsh",
    "zsh",
];
/// Options of these that take the next argument.
const WITH_ARGUMENT: [&str; 8] = ["-W", "-X", "-o", "+o", "-O", "+O", "--rcfile", "--init-file"];

/// A command line, cut in two. Both parts together are what [`quote::command`] writes.
#[derive(Debug, PartialEq, Eq, Hash, Clone)]
pub(super) struct CommandLine {
    /// The interpreter and its options, and the directory of the program or script.
    pub before: String,
    /// The program or script, and its arguments.
    pub main: String,
}

impl CommandLine {
    pub fn of(argv: &[String]) -> Self {
        let whole = quote::command(argv);
        let at = start_of_main(argv, &whole).unwrap_or(0);
        Self { main: whole[at..].to_owned(), before: whole[..at].to_owned() }
    }
}

fn start_of_main(argv: &[String], whole: &str) -> Option<usize> {
    let (script, is_file) = script(argv);
    let mut at = 0;
    if script > 0 {
        // A single argument may be without quotes, if it looks like a title: then this is no beginning.
        let interpreter = quote::command(&argv[..script]);
        at = whole.strip_prefix(&interpreter)?.strip_prefix(' ').map(|_| interpreter.len() + 1)?;
    }
    let name = argv.get(script).filter(|_| is_file);
    // A quoted name stays whole.
    let name = name.filter(|name| whole[at..].starts_with(name.as_str()) && !name.ends_with('/'));
    Some(at + name.and_then(|name| name.rfind('/')).map_or(0, |slash| slash + 1))
}

/// The index of the script among the arguments of an interpreter, or of what stands for it: the code of
/// `-c`, or the module of `-m`. 0 for other programs. And whether it is a file.
fn script(argv: &[String]) -> (usize, bool) {
    let Some(name) = argv.first().and_then(|program| interpreter(program)) else { return (0, true) };
    let code = match name {
        "python" | "pypy" => &['c', 'm'][..],
        "perl" | "ruby" | "node" | "lua" => &['e'],
        "php" => &['r'],
        _ => &['c'],
    };
    let mut at = 1;
    while let Some(argument) = argv.get(at) {
        let is_short = argument.len() > 1 && argument.starts_with('-') && !argument.starts_with("--");
        let is_code = is_short && argument.ends_with(code);
        if is_code || argument == "--" {
            return if at + 1 < argv.len() { (at + 1, !is_code) } else { (0, true) };
        }
        if !argument.starts_with(['-', '+']) {
            return (at, true);
        }
        at += if WITH_ARGUMENT.contains(&argument.as_str()) { 2 } else { 1 };
    }
    (0, true)
}

/// Which of the interpreters a program is.
fn interpreter(program: &str) -> Option<&'static str> {
    let name = program.rsplit('/').next().unwrap_or_default().trim_start_matches('-');
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    INTERPRETERS.into_iter().find(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut(argv: &[&str]) -> (String, String) {
        let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
        let CommandLine { before, main } = CommandLine::of(&argv);
        (before, main)
    }

    #[test]
    fn a_script_begins_after_its_interpreter_and_directory() {
        for (argv, before, main) in [
            (&["git", "log", "-1"][..], "", "git log -1"),
            (&["/usr/lib/git-core/git", "log"], "/usr/lib/git-core/", "git log"),
            (
                &["/usr/bin/python3.11", "-I", "-X", "dev", "t/run.py", "-v"],
                "/usr/bin/python3.11 -I -X dev t/",
                "run.py -v",
            ),
            (&["python3", "-m", "pytest", "-q"], "python3 -m ", "pytest -q"),
            (&["-bash", "-ec", "cd /tmp; ls"], "-bash -ec ", "'cd /tmp; ls'"),
            (&["sh", "-c", "/bin/true"], "sh -c ", "/bin/true"),
            (&["bash", "-xe", "-u", "/t/run.sh"], "bash -xe -u /t/", "run.sh"),
            (&["perl", "-ne", "s/a/b/"], "perl -ne ", "s/a/b/"),
            (&["/bin/sh", "./t 1.sh", "a"], "/bin/sh ", "'./t 1.sh' a"),
            (&["bash", "-o", "pipefail", "--", "x/y.sh"], "bash -o pipefail -- x/", "y.sh"),
            (&["/usr/bin/perl"], "/usr/bin/", "perl"),
            (&["/bin/sh", "-i"], "/bin/", "sh -i"),
            (&["/srv/www/", "x"], "", "/srv/www/ x"),
            (&["nginx: worker process"], "", "nginx: worker process"),
            (&["my sh", "x"], "", "'my sh' x"),
        ] {
            assert_eq!(cut(argv), (before.to_owned(), main.to_owned()), "{argv:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_of_a_command_is_lost(
            argv in prop::collection::vec("(bash|sh|python3|-c|-m|--|-o|/?[a-z /'é\u{1b}]{0,5})", 0..6)
        ) {
            let CommandLine { before, main } = CommandLine::of(&argv);
            prop_assert_eq!(before + &main, quote::command(&argv));
        }
    }
}
