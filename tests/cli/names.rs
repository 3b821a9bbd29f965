//! Names with all that can stand in them, in every format: escape sequences, line breaks, marks that reorder
//! text, bytes that are not UTF-8, and the syntax of each format. `docs/names.md` has the table.
//!
//! A format has a row in [`FORMATS`], which says how a reader of it finds the names. Each must find them all,
//! each as another name, and nothing may reach a terminal that does more than to show itself.

use clap::CommandFactory;
use forkcov::byte_text;
use forkcov::cli::Cli;
use forkcov::quote;
use forkcov_testing::needs;
use forkcov_testing::sandbox::{Sandbox, text};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use quick_xml::Reader;
use quick_xml::events::Event;
use rusqlite::{Connection, params};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::Output;

/// Names of sources, and of functions and arguments. None has a `/`.
const NAMES: &[&[u8]] = &[
    b"plain.c",
    b"sp ace.c",
    b"esc\x1b[2J\x1b]0;title\x07.c",
    b"newline\n::error::all is lost\n| a | b |\nend_of_record\n.c",
    b"return\r.c",
    b"tab\t.c",
    b"delete\x7f.c",
    "c1\u{9b}2J\u{85}.c".as_bytes(),
    "bidi\u{202e}\u{2066}\u{200f}.c".as_bytes(),
    "separator\u{2028}\u{2029}.c".as_bytes(),
    "no character\u{ffff}.c".as_bytes(),
    "na\u{ef}ve.c".as_bytes(),
    b"latin\xe8.c",
    b"latin\xe9.c",
    b"cut\xf0\x9f\x92",
    // What stands for the byte 0xe9 in the data file, in the name itself.
    "latin\u{10fee9}.c".as_bytes(),
    "latin\u{fffd}.c".as_bytes(),
    "zero\u{200b}width.c".as_bytes(),
    "zerowidth.c".as_bytes(),
    "tag\u{e0041}.c".as_bytes(),
    b"  only forkcov.data  1-9",
    b"trailing.c  ",
    b"::notice::x.c",
    b" ::notice::y.c",
    b"##[add-mask]x.c",
    b"##vso[task.complete]x.c",
    b"-x.c",
    b"--omit.c",
    b"a|b.c",
    b"`a``b`.c",
    b"100%,a=b:c;d.c",
    b"<b>&amp;\"'.c",
    b"]]>--<!--.c",
    br"back\slash\n.c",
    br"back\|pipe.c",
    b"$'quoted'.c",
    br"$'latin\xe9.c'",
    b"$(touch x)*?[a].c",
];

fn all() -> BTreeSet<Vec<u8>> {
    NAMES.iter().map(|name| name.to_vec()).collect()
}

/// A repository of a program with a source for each name. Each source has a function that runs, and one that
/// does not, and a comment that is as hostile as the names. The arguments, the labels and the host have the
/// names, too, and so have the functions: no compiler writes those, but a data file can have them.
fn repository() -> Sandbox {
    let place = Sandbox::new();
    git(&place, &["init", "-q"]);
    git(&place, &["commit", "-q", "--allow-empty", "-m", "nothing"]);
    let (mut main, mut objects) = (String::new(), Vec::new());
    for (number, name) in NAMES.iter().enumerate() {
        let source = format!(
            "int f{number}(int a) {{ /* \u{1b}[2J \u{202e} */\n    return a + 1;\n}}\n\
             int g{number}(void) {{\n    return 2;\n}}\n"
        );
        fs::write(place.path("").join(OsStr::from_bytes(name)), source).unwrap();
        let object = format!("{number}.o");
        let mut compiler = needs::command("cc");
        compiler.args(["-g", "-O0", "-w", "-x", "c", "-c", "-o", &object]).arg(argument(name));
        assert!(compiler.current_dir(place.path("")).status().unwrap().success(), "{compiler:?}");
        main += &format!("int f{number}(int);\n");
        objects.push(object);
    }
    main += "int main(void) {\n";
    (0..NAMES.len()).for_each(|number| main += &format!("    f{number}(1);\n"));
    fs::write(place.path("main"), main + "    return 0;\n}\n").unwrap();
    let mut arguments = vec!["-g", "-o", "program", "-x", "c", "main", "-x", "none"];
    arguments.extend(objects.iter().map(String::as_str));
    place.cc(&arguments);
    git(&place, &["add", "--all", "--", ":!*.o", ":!program"]);
    git(&place, &["commit", "-q", "-m", "all"]);

    place.write("other.c", "int main(void) { return 0; }\n", 0o644);
    place.cc(&["-o", "other", "other.c"]);
    place.succeeds(&["run", "-q", "--data-file", "none.data", "--", "./other"]);
    let words = ["run", "-q", "--label", "of\u{202e}a", "--log-events", "events"];
    let words = [&words[..], &["--context-from", "program", "--", "./program"]].concat();
    let run = forkcov(&place, &words, NAMES.iter().map(|name| OsString::from_vec(name.to_vec())));
    assert!(run.status.success(), "{run:?}");
    let database = Connection::open(place.path("forkcov.data")).unwrap();
    for (number, name) in NAMES.iter().enumerate() {
        let new = byte_text::encode(name);
        let sql = "UPDATE function SET name = ?1 WHERE name = ?2";
        assert_eq!(database.execute(sql, params![new, format!("f{number}")]).unwrap(), 1);
    }
    let every = byte_text::encode(&NAMES.join(&b' ')).into_owned();
    database.execute("UPDATE process SET host = ?1, label = ?1", [every]).unwrap();
    place
}

/// A name as an argument that is no option.
fn argument(name: &[u8]) -> OsString {
    OsString::from_vec([b"./", name].concat())
}

fn git(place: &Sandbox, arguments: &[&str]) {
    let mut command = needs::command("git");
    command.args(["-c", "user.name=Name", "-c", "user.email=name@project.example"]).args(arguments);
    let output = command.current_dir(place.path("")).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

fn forkcov(place: &Sandbox, words: &[&str], more: impl IntoIterator<Item = OsString>) -> Output {
    place.command(words).args(more).output().unwrap()
}

/// What bash(1) makes of words: the reader that the quotes are for.
fn words_of_bash(line: &str) -> Vec<Vec<u8>> {
    let mut bash = needs::command("bash");
    bash.env("LC_ALL", "C.UTF-8").args(["--norc", "-f", "-c", &format!("printf '%s\\0' {line}")]);
    let output = bash.output().unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    let mut words: Vec<Vec<u8>> = output.stdout.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    words.pop();
    words
}

/// The name that a report shows as `shown`.
fn name_of(shown: &str) -> Vec<u8> {
    if shown.starts_with("$'") { words_of_bash(shown).remove(0) } else { shown.into() }
}

/// Characters that do more than to show themselves, but for line breaks and those in `allowed`.
#[track_caller]
fn assert_shows_itself(what: &str, output: &[u8], allowed: &[char]) {
    for (number, line) in output.split(|byte| *byte == b'\n').enumerate() {
        let line =
            str::from_utf8(line).unwrap_or_else(|_| panic!("{what}, line {number}: not UTF-8: {line:?}"));
        let hidden = |c: char| {
            c.is_control()
                || "\u{200e}\u{200f}\u{61c}".contains(c)
                || ('\u{2028}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c)
        };
        let found = line.chars().find(|c| hidden(*c) && !allowed.contains(c));
        assert_eq!(found, None, "{what}, line {}: {line:?}", number + 1);
        let is_command =
            line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
        assert!(!is_command || what == "github" || !is_log(what), "{what}, line {}: {line:?}", number + 1);
    }
}

/// Whether it stands in the log of a CI job.
fn is_log(what: &str) -> bool {
    ["report", "processes", "annotate", "diff", "stderr"].contains(&what)
}

/// A command, and how a reader of what it writes finds the names of the sources.
struct Format {
    command: &'static str,
    more: &'static [&'static str],
    /// The file that it writes; else stdout.
    file: Option<&'static str>,
    allowed: &'static [char],
    sources: fn(&Sandbox, &[u8]) -> Vec<Vec<u8>>,
}

const fn printed(command: &'static str, sources: fn(&Sandbox, &[u8]) -> Vec<Vec<u8>>) -> Format {
    Format { command, more: &[], file: None, allowed: &[], sources }
}

const FORMATS: &[Format] = &[
    printed("report", |_, out| table(out)),
    Format { more: &["--format", "markdown"], ..printed("report", |_, out| markdown(out)) },
    printed("processes", |_, out| processes(out)),
    printed("annotate", |_, out| annotated(out)),
    Format { more: &["forkcov.data", "none.data"], ..printed("diff", |_, out| differences(out)) },
    Format { file: Some("htmlcov/plain.html"), ..printed("html", |_, out| html(out)) },
    Format { file: Some("htmlcov/files.js"), ..printed("html", |_, out| data_of_page(out)) },
    Format { more: &["-o", "-"], ..printed("json", |_, out| keys(&json(out)["files"])) },
    Format { more: &["-o", "-", "--pretty-print"], ..printed("json", |_, out| keys(&json(out)["files"])) },
    Format { more: &["-o", "-"], ..printed("lcov", lcov) },
    Format { more: &["-o", "-"], ..printed("xml", |_, out| attributes(out, "class", "filename")) },
    Format { more: &["-o", "-"], ..printed("codecov", |_, out| keys(&json(out)["coverage"])) },
    Format { more: &["-o", "-"], ..printed("sonarqube", |_, out| attributes(out, "file", "path")) },
    Format { more: &["-o", "-"], ..printed("coveralls", |_, out| coveralls(out)) },
    printed("parquet", |place, _| parquet(place)),
    Format { more: &["--diff-base", "HEAD~", "--limit", "1000"], ..printed("github", |_, out| notices(out)) },
];

/// Commands whose output names no source: the names that they print are tested elsewhere in this file.
const NO_FORMAT: &[&str] = &[
    "run",
    "cargo",
    "go",
    "combine",
    "erase",
    "completions",
    "man",
    "coverage-py",
    "tests",
    "affected",
    "help",
];

fn lines(out: &[u8]) -> impl Iterator<Item = &str> {
    str::from_utf8(out).unwrap().split('\n')
}

fn json(out: &[u8]) -> Value {
    serde_json::from_slice(out).unwrap()
}

fn keys(object: &Value) -> Vec<Vec<u8>> {
    object.as_object().unwrap().keys().map(|name| name_of(name)).collect()
}

fn coveralls(out: &[u8]) -> Vec<Vec<u8>> {
    let files = json(out)["source_files"].clone();
    files.as_array().unwrap().iter().map(|file| name_of(file["name"].as_str().unwrap())).collect()
}

/// The column `path` of the table of sources.
fn parquet(place: &Sandbox) -> Vec<Vec<u8>> {
    let mut directory = place.path("forkcov-parquet/source");
    while directory.is_dir() {
        directory = fs::read_dir(directory).unwrap().next().unwrap().unwrap().path();
    }
    let table = SerializedFileReader::new(fs::File::open(directory).unwrap()).unwrap();
    let rows = table.get_row_iter(None).unwrap().map(|row| row.unwrap());
    rows.map(|row| name_of(row.get_string(1).unwrap())).collect()
}

/// Names before columns of numbers, between two rules.
fn table(out: &[u8]) -> Vec<Vec<u8>> {
    let rows = lines(out).skip_while(|line| !line.starts_with("---")).skip(1);
    let rows = rows.take_while(|line| !line.starts_with("---"));
    // 7 columns each for lines and misses, and 7 for the percentage.
    rows.map(|row| name_of(row[..row.len() - 21].trim_end_matches(' '))).collect()
}

fn markdown(out: &[u8]) -> Vec<Vec<u8>> {
    let rows = lines(out).skip(2).take_while(|row| !row.starts_with("| **TOTAL**"));
    let name = |row: &str| {
        // A cell ends at a `|` that has no backslash before it; a pipe in a cell has one.
        let cell = row.strip_prefix("| ").unwrap().rsplit(" | ").nth(3).unwrap().to_owned();
        let fence = "`".repeat(cell.len() - cell.trim_start_matches('`').len());
        let span = cell.strip_prefix(&fence).unwrap().strip_suffix(&fence).unwrap();
        assert!(!span.contains(&fence) || fence.len() < 2, "{row}");
        assert_eq!(span.replace("\\|", "").matches('|').count(), 0, "{row}");
        let span = match span.strip_prefix(' ').and_then(|span| span.strip_suffix(' ')) {
            Some(inside) if !inside.trim().is_empty() => inside,
            _ => span,
        };
        name_of(&span.replace("\\|", "|"))
    };
    rows.map(name).collect()
}

/// The arguments of the one process, which are the names.
fn processes(out: &[u8]) -> Vec<Vec<u8>> {
    let row = lines(out).next().unwrap();
    let command = &row[row.find("./program").unwrap()..row.rfind("  exit 0 ").unwrap()];
    let mut words = words_of_bash(command.trim_end());
    words.remove(0);
    words.push(b"main".to_vec());
    words
}

fn annotated(out: &[u8]) -> Vec<Vec<u8>> {
    let heads = lines(out).filter(|line| line.ends_with(", 1 process"));
    heads.map(|line| name_of(line.rsplit_once(": ").unwrap().0)).collect()
}

fn differences(out: &[u8]) -> Vec<Vec<u8>> {
    let names = lines(out).take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("  only "));
    names.map(name_of).collect()
}

fn html(out: &[u8]) -> Vec<Vec<u8>> {
    let text = str::from_utf8(out).unwrap();
    let cells = text.split("<th scope=\"row\"><a href=\"").skip(1);
    let cells = cells.map(|cell| &cell[cell.find("\">").unwrap() + 2..cell.find("</a>").unwrap()]);
    cells.map(|cell| name_of(&quick_xml::escape::unescape(cell).unwrap())).collect()
}

/// The names that the script of the first page makes.
fn data_of_page(out: &[u8]) -> Vec<Vec<u8>> {
    let text = str::from_utf8(out).unwrap().strip_prefix("forkcov.files = ").unwrap();
    let mut before = Vec::new();
    let rows = json(text.strip_suffix(";\n").unwrap().as_bytes());
    let rows = rows.as_array().unwrap().iter().map(|row| {
        before.truncate(row[0].as_u64().unwrap() as usize);
        before.extend(row[1].as_str().unwrap().encode_utf16());
        name_of(&String::from_utf16(&before).unwrap())
    });
    rows.collect()
}

fn lcov(place: &Sandbox, out: &[u8]) -> Vec<Vec<u8>> {
    let directory = [place.path("").canonicalize().unwrap().as_os_str().as_bytes(), b"/"].concat();
    let mut names = Vec::new();
    for line in out.split(|byte| *byte == b'\n') {
        let record = line.split(|byte| *byte == b':').next().unwrap();
        let known: [&[u8]; 11] =
            [b"TN", b"SF", b"FN", b"FNDA", b"FNF", b"FNH", b"DA", b"LF", b"LH", b"end_of_record", b""];
        assert!(known.contains(&record), "{}", line.escape_ascii());
        if let Some(name) = line.strip_prefix(b"SF:") {
            let name = str::from_utf8(name).map_or(name.to_vec(), name_of);
            let name = name.strip_prefix(&directory[..]).unwrap_or_else(|| panic!("{}", name.escape_ascii()));
            names.push(name.to_vec());
        }
    }
    names
}

fn attributes(out: &[u8], element: &str, attribute: &str) -> Vec<Vec<u8>> {
    let mut reader = Reader::from_str(str::from_utf8(out).unwrap());
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) if start.name().as_ref() == element => {
                let value = start.try_get_attribute(attribute).unwrap().unwrap();
                assert!(!value.value.contains(['\n', '\r', '\t']), "{}", value.value);
                names.push(name_of(&quick_xml::escape::unescape(&value.value).unwrap()));
            }
            Event::Eof => return names,
            _ => {}
        }
    }
}

/// As GitHub's runner reads workflow commands.
fn notices(out: &[u8]) -> Vec<Vec<u8>> {
    let properties = lines(out).filter(|line| !line.is_empty());
    let properties =
        properties.map(|line| line.strip_prefix("::notice ").unwrap().split("::").next().unwrap());
    let names: BTreeSet<Vec<u8>> = properties
        .map(|properties| {
            let file = properties.split(',').next().unwrap().strip_prefix("file=").unwrap();
            let mut file = file.to_owned();
            for (escape, c) in [("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")] {
                file = file.replace(escape, c);
            }
            name_of(&file)
        })
        .collect();
    // Of main, every line ran.
    names.into_iter().chain([b"main".to_vec()]).collect()
}

#[test]
fn every_format_shows_every_name_as_itself() {
    let place = repository();
    let sources: BTreeSet<Vec<u8>> = all().into_iter().chain([b"main".to_vec()]).collect();
    for format in FORMATS {
        let what = format!("{} {}", format.command, format.more.join(" "));
        let words = [&[format.command][..], format.more].concat();
        let named: &[&[u8]] = if format.command == "annotate" { NAMES } else { &[] };
        let names = named.iter().map(|name| OsString::from_vec(name.to_vec()));
        let more = (!named.is_empty()).then(|| OsString::from("--")).into_iter().chain(names);
        let output = forkcov(&place, &words, more.chain((!named.is_empty()).then(|| "main".into())));
        assert!(output.status.success(), "{what}: {output:?}");
        assert_shows_itself("stderr", &output.stderr, &[]);
        let written = format.file.map_or(output.stdout, |file| fs::read(place.path(file)).unwrap());
        if format.command != "lcov" {
            assert_shows_itself(format.command, &written, format.allowed);
        }
        let found = (format.sources)(&place, &written);
        assert_eq!(found.len(), sources.len(), "{what}: {found:?}");
        let found: BTreeSet<Vec<u8>> = found.into_iter().collect();
        let wrong: Vec<_> =
            found.symmetric_difference(&sources).map(|name| name.escape_ascii().to_string()).collect();
        assert!(wrong.is_empty(), "{what}: {wrong:?}");
    }
    every_page_shows_itself(&place);
    functions_have_their_names(&place);
    processes_have_their_names(&place);
    tests_have_their_names(&place);
    log_shows_itself(&place);
}

fn every_page_shows_itself(place: &Sandbox) {
    let directories = ["htmlcov", "htmlcov/source"].map(|name| place.path(name));
    let files = directories.iter().flat_map(|directory| directory.read_dir().unwrap());
    let files: Vec<_> = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    assert_eq!(files.len(), NAMES.len() + 1 + 16, "{files:?}");
    for path in files {
        assert_shows_itself(&path.display().to_string(), &fs::read(&path).unwrap(), &[]);
    }
}

fn functions_have_their_names(place: &Sandbox) {
    let rest = (0..NAMES.len()).map(|number| format!("g{number}").into_bytes()).chain([b"main".to_vec()]);
    let expected: BTreeSet<Vec<u8>> = all().into_iter().chain(rest).collect();
    let out = |words: &[&str]| forkcov(place, words, []).stdout;
    let report = json(&out(&["json", "-o", "-"]));
    let files = report["files"].as_object().unwrap().values();
    // What is in no function has the empty name.
    let in_json = files.flat_map(|file| keys(&file["functions"])).filter(|name| !name.is_empty());
    let in_json: BTreeSet<Vec<u8>> = in_json.collect();
    assert_eq!(in_json, expected);
    let in_xml: BTreeSet<Vec<u8>> =
        attributes(&out(&["xml", "-o", "-"]), "method", "name").into_iter().collect();
    assert_eq!(in_xml, expected);
    let lcov = out(&["lcov", "-o", "-"]);
    let records = lcov.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"FN:"));
    let name = |record: &[u8]| {
        let name = record.splitn(2, |byte| *byte == b',').nth(1).unwrap();
        str::from_utf8(name).map_or(name.to_vec(), name_of)
    };
    // A record holds most bytes as they are: those that are quoted are not all names.
    let in_lcov: BTreeSet<Vec<u8>> = records.map(name).collect();
    let missing: Vec<_> = expected.difference(&in_lcov).map(|name| name.escape_ascii().to_string()).collect();
    assert!(missing.iter().all(|name| name.starts_with("$")), "{missing:?}");
}

fn processes_have_their_names(place: &Sandbox) {
    let report = json(&forkcov(place, &["json", "-o", "-"], []).stdout);
    let process = &report["processes"][0];
    let every = NAMES.join(&b' ');
    assert_eq!(name_of(process["label"].as_str().unwrap()), every);
    assert_eq!(name_of(process["host"].as_str().unwrap()), every);
    let words = process["command"].as_array().unwrap().iter().skip(1);
    let words: Vec<Vec<u8>> = words.map(|word| name_of(word.as_str().unwrap())).collect();
    assert_eq!(words, NAMES);
}

/// The one test is named by its command line.
fn tests_have_their_names(place: &Sandbox) {
    let list = forkcov(place, &["tests"], []).stdout;
    assert_shows_itself("tests", &list, &[]);
    let name = name_of(text(&list).rsplit_once("  1 process  ").unwrap().0);
    assert!(name.ends_with(&NAMES.join(&b' ')), "{}", name.escape_ascii());
}

fn log_shows_itself(place: &Sandbox) {
    let log = fs::read(place.path("events")).unwrap();
    assert_shows_itself("events", &log, &[]);
    let first = json(log.split(|byte| *byte == b'\n').next().unwrap());
    let words = first["command"].as_array().unwrap().iter().skip(1);
    let words: Vec<Vec<u8>> = words.map(|word| name_of(word.as_str().unwrap())).collect();
    assert_eq!(words, NAMES);
}

/// Messages about files and programs of these names.
#[test]
fn every_message_is_one_line_and_shows_the_name_as_itself() {
    let place = Sandbox::new();
    fs::write(place.path("a"), "int main(void) {\n    return 0;\n}\n").unwrap();
    place.cc(&["-g", "-o", "program", "-x", "c", "a"]);
    for name in NAMES {
        let path = |end: &str| argument(&[name, end.as_bytes()].concat());
        fs::copy(place.path("program"), place.path("").join(path(""))).unwrap();
        let data = path(".data");
        let messages = |words: &[OsString], shown: &OsStr| {
            let output = forkcov(&place, &[], words.iter().cloned());
            assert_shows_itself("stderr", &output.stderr, &[]);
            let text = text(&output.stderr);
            assert!(text.lines().all(|line| line.starts_with("forkcov: ")), "{text}");
            assert!(text.contains(&*quote::name(shown.as_bytes())), "{shown:?}: {text}");
            output.status.code()
        };
        let words = |words: &[&OsStr]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let file: &OsStr = "--data-file".as_ref();
        let run = words(&["run".as_ref(), "-v".as_ref(), file, &data, "--".as_ref(), &path("")]);
        assert_eq!(messages(&run, &data), Some(0));
        let whole = place.path("").canonicalize().unwrap().join(OsStr::from_bytes(name));
        assert_eq!(messages(&run, whole.as_os_str()), Some(0));
        let combine = words(&["combine".as_ref(), "--keep".as_ref(), file, &path("2"), &data]);
        assert_eq!(messages(&combine, &path("2")), Some(0));
        assert_eq!(messages(&words(&["report".as_ref(), file, &path("3")]), &path("3")), Some(1));
        let missing = words(&["run".as_ref(), "--".as_ref(), &path("4")]);
        assert_eq!(messages(&missing, "failed to find the program".as_ref()), Some(127));
        let lcov = words(&["lcov".as_ref(), file, &data, "-o".as_ref(), &path("5")]);
        assert_eq!(messages(&lcov, &path("5")), Some(0));
        let annotate = words(&["annotate".as_ref(), file, &data, &path("6")]);
        assert_eq!(messages(&annotate, &path("6")), Some(1));
    }
}

/// Python names sources and modules by bytes, too (PEP 383).
#[test]
fn python_sources_have_their_names() {
    let (place, python) = (Sandbox::new(), "/usr/bin/python3");
    needs::require(needs::tool(python));
    for name in NAMES {
        fs::write(place.path("").join(OsStr::from_bytes(name)), "a = 1\nif a == 2:\n    a = 3\n").unwrap();
    }
    let main = "import os, sys\nfor name in map(os.fsencode, sys.argv[1:]):\n    \
                exec(compile(open(name, 'rb').read(), os.fsdecode(name), 'exec'))\n";
    place.write("main", main, 0o644);
    let words = ["run", "-q", "--", python, "main"];
    let run = forkcov(&place, &words, NAMES.iter().map(|name| argument(name)));
    assert!(run.status.success(), "{run:?}");
    let sources: BTreeSet<Vec<u8>> = all().into_iter().chain([b"main".to_vec()]).collect();
    for format in FORMATS.iter().filter(|format| ["report", "json", "lcov"].contains(&format.command)) {
        let words = [&[format.command][..], format.more].concat();
        let output = forkcov(&place, &words, []);
        let found: BTreeSet<Vec<u8>> = (format.sources)(&place, &output.stdout).into_iter().collect();
        assert_eq!(found, sources, "{words:?}: {output:?}");
    }
    place.succeeds(&["coverage-py", "-o", "coverage.data"]);
    let database = Connection::open(place.path("coverage.data")).unwrap();
    let mut paths = database.prepare("SELECT path FROM file").unwrap();
    let paths = paths.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let paths: BTreeSet<Vec<u8>> = paths.map(|path| name_of(&path.unwrap())).collect();
    let directory = place.path("").canonicalize().unwrap();
    let whole = |name: &Vec<u8>| directory.join(OsStr::from_bytes(name)).into_os_string().into_vec();
    assert_eq!(paths, sources.iter().map(whole).collect());
    for name in NAMES {
        let annotated = forkcov(&place, &["annotate", "--"], [OsString::from_vec(name.to_vec())]);
        let lines = text(&annotated.stdout);
        assert!(lines.contains("      1      1  a = 1\n"), "{annotated:?}");
        assert!(lines.contains("      0      3      a = 3\n"), "{annotated:?}");
    }
}

/// Two names that differ in one byte are two sources, for filters and maps as well.
#[test]
fn bytes_that_are_not_utf_8_select_one_source() {
    let place = Sandbox::new();
    for name in [&b"latin\xe8.c"[..], b"latin\xe9.c"] {
        let (function, callee) = if name.contains(&0xe8) { ("main", "other") } else { ("other", "rand") };
        let source =
            format!("int {callee}(void);\nint {function}(void) {{\n    {callee}();\n    return 0;\n}}\n");
        fs::create_dir_all(place.path("").join(OsStr::from_bytes(b"d\xff"))).unwrap();
        fs::write(place.path("").join(OsStr::from_bytes(b"d\xff")).join(OsStr::from_bytes(name)), source)
            .unwrap();
        let mut compiler = needs::command("cc");
        compiler
            .args(["-g", "-c", "-o", &format!("{function}.o")])
            .arg(argument(&[b"d\xff/", name].concat()));
        assert!(compiler.current_dir(place.path("")).status().unwrap().success());
    }
    place.cc(&["-o", "program", "main.o", "other.o"]);
    let os = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
    let names = |words: &[&str], more: &[OsString]| {
        let output = forkcov(&place, words, more.iter().cloned());
        assert!(output.status.success(), "{output:?}");
        table(&output.stdout)
    };
    let (e8, e9): (&[u8], &[u8]) = (b"d\xff/latin\xe8.c", b"d\xff/latin\xe9.c");
    let program: OsString = "./program".into();
    let run = |more: &[OsString]| {
        let words = more.iter().cloned().chain(["--".into(), program.clone()]);
        assert!(forkcov(&place, &["run", "-q"], words).status.success());
    };
    run(&[]);
    assert_eq!(names(&["report"], &[]), [e8, e9]);
    assert_eq!(names(&["report", "--include"], &[os(b"d\xff/latin\xe9.c")]), [e9]);
    assert_eq!(names(&["report", "--omit"], &[os(b"**/*\xe9.c")]), [e8]);
    assert_eq!(names(&["report", "--include"], &[os(b"d*/latin\xe8.c,nothing")]), [e8]);
    let map = [
        os(b"--map"),
        os(b"d\xff=e\xfe"),
        os(b"--keep"),
        os(b"--data-file"),
        os(b"mapped"),
        os(b"forkcov.data"),
    ];
    assert!(forkcov(&place, &["combine"], map).status.success());
    let mapped: [&[u8]; 2] = [b"e\xfe/latin\xe8.c", b"e\xfe/latin\xe9.c"];
    assert_eq!(names(&["report", "--data-file", "mapped"], &[]), mapped);
    run(&[os(b"--include"), os(b"d\xff/*\xe9.c")]);
    assert_eq!(names(&["report"], &[]), [e9]);
    run(&[os(b"--source"), os(b"d\xff")]);
    assert_eq!(names(&["report"], &[]), [e8, e9]);
}

const FORKS: &str = "\
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
static int work(int n) {
    return n + 1;
}
int main(void) {
    for (int i = 0; i < 40; i++) {
        if (fork() == 0) {
            prctl(PR_SET_NAME, \"\\xff) Z\");
            int sum = 0;
            for (int j = 0; j < 100; j++)
                sum = work(sum);
            _exit(sum - 100);
        }
        int status = 0;
        wait(&status);
        if (status != 0)
            return 1;
    }
    return 0;
}
";

/// A program whose path and name are not UTF-8 is traced as any other: with trampolines, and in the right tree.
#[test]
fn programs_have_any_name() {
    let place = Sandbox::new();
    place.write("forks.c", FORKS, 0o644);
    place.cc(&["-g", "-O0", "-o", "forks", "forks.c"]);
    let mut traps_of_plain = None;
    for name in [&b"plain"[..], b"latin\xe9", b"newline\n", b"backslash\\012", b"x [vdso]", b") Z 1"] {
        let directory = place.path("").join(OsStr::from_bytes(&[b"in ", name].concat()));
        fs::create_dir(&directory).unwrap();
        let program = directory.join(OsStr::from_bytes(name));
        fs::copy(place.path("forks"), &program).unwrap();
        let words = ["run", "--trampolines-after", "1", "--log-events", "events", "--"];
        let output = forkcov(&place, &words, [program.clone().into_os_string()]);
        assert!(output.status.success(), "{output:?}");
        let said = text(&output.stderr);
        assert!(said.starts_with("forkcov: 41 processes, 1 program, "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        let processes = place.json("forkcov.data")["processes"].clone();
        let processes = processes.as_array().unwrap();
        assert!(processes.iter().all(|process| process["exit"]["code"] == 0), "{processes:?}");
        let first = &processes[0];
        assert!(processes[1..].iter().all(|process| process["parent"] == first["pid"]), "{processes:?}");
        let log = fs::read(place.path("events")).unwrap();
        let entries: Vec<Value> =
            lines(&log).filter(|line| !line.is_empty()).map(|line| json(line.as_bytes())).collect();
        let of = |kind: &str| entries.iter().filter(|entry| entry["kind"] == kind).collect::<Vec<_>>();
        assert_eq!(of("exit").len(), 41);
        assert_eq!(
            name_of(of("exec").last().unwrap()["executable"].as_str().unwrap()),
            program.as_os_str().as_bytes()
        );
        assert_eq!(name_of(of("map")[0]["path"].as_str().unwrap()), program.as_os_str().as_bytes());
        // Without trampolines, every child would stop in each block.
        let traps = of("trap").len();
        assert_eq!(traps, *traps_of_plain.get_or_insert(traps), "{}", name.escape_ascii());
    }
}

/// So are interpreters.
#[test]
fn interpreters_have_any_name() {
    let (place, python) = (Sandbox::new(), "/usr/bin/python3");
    needs::require(needs::tool(python));
    place.write("main.py", "import os\npid = os.fork()\nif pid == 0:\n    os._exit(0)\nos.wait()\n", 0o644);
    for name in [&b"python\xe9"[..], b"python\n", b"python [vdso]"] {
        fs::copy(python, place.path("").join(OsStr::from_bytes(name))).unwrap();
        let output = forkcov(&place, &["run", "--"], [argument(name), "main.py".into()]);
        assert!(output.status.success(), "{output:?}");
        assert!(
            text(&output.stderr).starts_with("forkcov: 2 processes, 1 program, 5 of 5 lines"),
            "{output:?}"
        );
    }
}

#[test]
fn every_command_is_in_the_table_of_formats() {
    let mut known: BTreeSet<&str> = FORMATS.iter().map(|format| format.command).collect();
    known.extend(NO_FORMAT);
    let cli = Cli::command();
    let commands: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    let missing: Vec<_> = commands.iter().filter(|command| !known.contains(*command)).collect();
    assert!(missing.is_empty(), "no row in FORMATS, and no reason in NO_FORMAT: {missing:?}");
    let gone: Vec<_> = known.iter().filter(|name| **name != "help" && !commands.contains(name)).collect();
    assert!(gone.is_empty(), "no such commands: {gone:?}");
}
