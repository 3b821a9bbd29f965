//! Which file a command is in: bash has names that are relative to a directory that was current once.

use crate::script::Place;
use std::os::unix::fs::symlink;

#[track_caller]
fn check(files: &[(&str, &str)]) {
    let place = Place::new(files);
    place.same_of(&["bash", "main"]);
    place.check();
}

#[test]
fn functions_know_their_file_in_another_directory() {
    let main = "\
cd one #+
. ./lib #+
cd ../two #+
. ./lib #+
cd / #+
f_one #+
f_two #+
( f_one ) #+
f_one | cat #+
x=$(f_two) #+
";
    check(&[
        ("main", main),
        ("one/lib", "f_one() { #+\n  echo one #+\n}\n"),
        ("two/lib", "# other\n\nf_two() { #+\n  echo two #+\n}\n"),
    ]);
}

#[test]
fn files_of_one_name_are_sourced_in_a_loop() {
    let main = "\
here=$PWD #+
for dir in one two; do #+
  cd \"$here/$dir\" #+
  . ./lib #+
done
cd / #+
f #+
";
    check(&[
        ("main", main),
        ("one/lib", "echo one #+\nf() { #+\n  echo never\n}\n"),
        ("two/lib", "\necho two #+\nf() { #+\n  echo last #+\n  echo more #+\n}\n"),
    ]);
}

/// The main script changes its directory to one where another file has its name.
#[test]
fn a_script_keeps_its_file() {
    let main = "\
cd other #+
echo here #+
f() { #+
  echo f #+
}
. ./main #+
f #+
g #+
cd / #+
";
    check(&[("main", main), ("other/main", "\n\n\n\n\n\n\n\n\n\ng() { #+\n  echo g #+\n}\n")]);
}

#[test]
fn files_that_source_each_other() {
    let a = "\
a() { #+
  (( $1 > 0 )) || return #+
  . dir/b $(($1 - 1)) #+
  echo $1 #+
}
a 1 #+
return 0 #+
echo never
";
    check(&[("main", ". dir/a #+\necho back #+\na 2 #+\n"), ("dir/a", a), ("dir/b", "echo b #+\na $1 #+\n")]);
}

#[test]
fn odd_names() {
    let place = Place::new(&[
        ("a b'c\"d\n\u{e9}$(x)/sc*pt", "echo odd #+\n"),
        ("main", ". */sc*pt #+\n"),
        ("<x>", "echo x #+\n"),
        ("environment", "f() { #+\necho f #+\n}\nf #+\n"),
    ]);
    place.same("bash main; bash '<x>'; bash environment");
    place.check();
}

#[test]
fn symbolic_links_lead_to_the_file() {
    let place = Place::new(&[
        ("real/lib", "echo lib #+\nf() { #+\n  echo f #+\n}\n"),
        ("main", "cd /; . \"$1/link\"; f #+\n"),
    ]);
    symlink("real/lib", place.sandbox.path("link")).unwrap();
    symlink("main", place.sandbox.path("start")).unwrap();
    place.same("bash ./start \"$PWD\"");
    place.check();
}

/// What a script does to the variables of the shell has no effect, or the shell refuses it.
#[test]
fn a_script_that_changes_the_variables_of_the_shell() {
    let main = "\
unset BASH_SOURCE FUNCNAME BASH_LINENO #+
BASH_SOURCE[0]=/x #+
f() { #+
  local BASH_SOURCE=y #+
  echo f #+
}
f #+
BASH_SOURCE=z f #+
LINENO=100 #+
echo end #+
";
    check(&[("main", main)]);
}
