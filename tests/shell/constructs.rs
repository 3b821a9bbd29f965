//! Which lines each construct of the language has.

use crate::script::check;

#[test]
fn lists_conditions_and_loops() {
    check(
        "\
if false; then #+
  echo never
elif true; then #+
  echo elif #+
else
  echo never
fi
for i in 1 2; do #+
  case $i in #+
    1) echo one ;; #+
    2)
      echo two #+
      ;;
    *) echo never ;;
  esac
done
i=0 #+
while [ $i -lt 3 ]; do #+
  i=$((i + 1)) #+
  [ $i = 2 ] && continue #+
  [ $i = 3 ] || #+
    echo first #+
done
until true; do #+
  echo never
done
for ((i = 0; i < 2; i++)); do #+
  : #+
done
select word in a b; do #+
  echo never
done < /dev/null
for word in; do #+
  echo never
done
[[ a = b ]] || (( 1 + 1 )) #+
! true #+
{
  echo group #+
}
",
    );
}

/// bash goes through the rest of a list that it has left, without executing it.
#[test]
fn what_is_behind_break_and_continue_does_not_run() {
    check(
        "\
while true; do #+
  while true; do #+
    break 2 #+
    echo never
  done
  echo never
done
for i in 1 2; do #+
  {
    continue #+
    echo never
  }
  echo never
done
f() { #+
  return 3 #+
  echo never
}
f || #+
  echo $? #+
( exit 4 #+
  echo never )
set -n #+
echo never
",
    );
}

#[test]
fn functions_and_subshells() {
    check(
        "\
f() { #?
  echo \"$1\" #+
  g() ( #+
    echo in g #+
  )
}
function h { #+
  echo never
}
f 1 | cat #+
f 2 & #+
wait #+
(
  f 3 #+
  g #+
)
coproc {
  echo in coproc #+
}
wait #+
f() { #+
  echo other #+
}
f #+
",
    );
}

/// The lines in a string are counted from its beginning, or by chance: they are left out. Functions that it
/// calls count.
#[test]
fn strings_have_no_lines() {
    let output = check(
        "\
f() { #+
  echo \"f $1\" #+
}
trap 'f usr1 #?
echo usr1' USR1 #?
trap 'f exit #?
echo exit' EXIT #?
trap 'f err #?
echo err' ERR #?
kill -USR1 $$ #+
false #+
eval 'f eval #?
echo eval
g() {
  echo in g
}' #?
g #+
x=$(f substitution #?
  echo substitution) #?
echo \"$x\" $(echo one) #+
y=`f backquotes #?
echo backquotes` #?
while read -r line; do #+
  echo \"$line\" #+
done < <(
  f process
  echo process
)
cat <(f input #?
  echo input) #?
cat << END #+
$(echo in a
f document)
END
echo end #+
",
    );
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in ["f usr1", "f err", "f eval", "in g", "f process", "f exit", "f document"] {
        assert!(stdout.lines().any(|other| other == line), "{line}: {stdout}");
    }
}

/// An error leaves what runs by longjmp(3).
#[test]
fn errors_leave_strings_and_functions() {
    check(
        "\
f() { #+
  eval 'echo $((1 / 0))' #+
  echo still #+
}
f #+
echo behind #+
g() { #+
  : ${unset?} #+
}
( g ) #+
eval '( eval \"exit 3\" )' #+
echo $? #+
eval 'for' #+
shopt -s extdebug #+
set -u #+
echo $unset #+
echo never
",
    );
}
