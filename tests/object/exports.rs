//! The symbols that objects export.

use forkcov_testing::needs;
use std::collections::BTreeSet;
use std::fs::File;

use crate::support::Workshop;
use forkcov::object::Exports;

const SOURCE: &str = "\
static int local(void) { return 1; }
int offered(void) { return local(); }
int number = 3;
extern int elsewhere(void) __attribute__((weak));
int main(void) { return elsewhere ? offered() : 2; }
";

/// The names that are offered, of all that the source has; and the first byte of `offered` where that is
/// known.
fn offered(compiler: &str, flags: &[&str]) -> Option<(BTreeSet<String>, Option<u8>)> {
    let workshop = Workshop::new(&[("main.c", SOURCE)]);
    if !workshop.run(compiler, &[flags, &["-fcf-protection", "-o", "main", "main.c"]].concat()) {
        return None;
    }
    let names = ["local", "offered", "number", "elsewhere", "main"];
    let exports = Exports::read(&File::open(workshop.path("main")).unwrap(), |name| names.contains(&name));
    let byte = exports.symbols.get("offered").and_then(|(_, code)| code.map(|code| code.0[0]));
    Some((exports.symbols.into_keys().collect(), byte))
}

#[test]
fn of_a_library_and_an_executable_it_is_what_the_dynamic_linker_sees() {
    let Some((names, byte)) = offered("cc", &["-shared", "-fPIC"]) else { needs::stop() };
    assert_eq!(names, ["main", "number", "offered"].map(str::to_owned).into());
    assert_eq!(byte, Some(0xf3), "endbr64 begins with it");
    let Some((names, _)) = offered("cc", &["-rdynamic"]) else { needs::stop() };
    assert_eq!(names, ["main", "number", "offered"].map(str::to_owned).into());
    let Some((names, _)) = offered("cc", &[]) else { needs::stop() };
    assert!(!names.contains("offered"), "it is in the symbol table alone");
}

#[test]
fn of_an_executable_that_is_linked_statically_it_is_what_its_objects_offered_each_other() {
    for (compiler, flags) in
        [("cc", &["-static"] as &[_]), ("cc", &["-static-pie", "-fPIE"]), ("musl-gcc", &["-static"])]
    {
        let Some((names, byte)) = offered(compiler, flags) else { continue };
        assert_eq!(names, ["main", "number", "offered"].map(str::to_owned).into(), "{compiler} {flags:?}");
        assert_eq!(byte, Some(0xf3), "endbr64 begins with it");
    }
    let Some((names, _)) = offered("cc", &["-static", "-s"]) else { needs::stop() };
    assert!(names.is_empty(), "strip(1) takes it away");
}
