//! A script does not see that it is covered.

use crate::script::{Place, check};

/// All that could show a tracer or a probe, or the ways of other tools.
const CURIOUS: &str = r#"
echo "$-" "$SHELLOPTS" "$BASHOPTS" "$PS4" "$0" "$#" "$_"
echo "${BASH_SOURCE[@]}" "${FUNCNAME[@]}" "${BASH_LINENO[@]}" "$BASH_SUBSHELL" "$LINENO"
echo "$BASH_COMMAND" "$BASH_EXECUTION_STRING" "${BASH_ARGV[@]}" "$BASH_ENV" "$ENV" "$LD_PRELOAD"
set | grep -v -e '^BASHPID' -e '^RANDOM' -e '^SRANDOM' -e '^PPID' -e '^EPOCH' -e '^SECONDS' -e '^_='
env | sort | grep -v -e '^_=' -e '^SHLVL'
trap; shopt; set -o; umask; ulimit -n; hash; alias; declare -F; jobs
for fd in /proc/$$/fd/*; do echo "${fd##*/}"; done
trap 'echo "debug $LINENO $BASH_COMMAND"' DEBUG
trap 'echo "err $LINENO"' ERR
trap 'echo "return $LINENO"' RETURN
f() { echo in f; return 3; }
f
. /dev/null
trap - DEBUG ERR RETURN
set -x
f "$(echo x)"
( f y )
(exit 5)
set +x
echo "$?" "${PIPESTATUS[@]}"
grep -e SigIgn -e SigCgt /proc/$$/status
trap 'echo trap' TRAP
grep -e SigIgn -e SigCgt /proc/$$/status
kill -TRAP $$
trap '' TRAP
( echo new line; grep -e SigIgn -e SigCgt /proc/$BASHPID/status; kill -TRAP $BASHPID; echo ignored )
echo another
grep -e SigIgn -e SigCgt /proc/$$/status
kill -TRAP $$
trap - TRAP
grep -e SigIgn -e SigCgt /proc/$$/status
caller
type f
sleep 0 &
wait; echo $?
read -t 0.01 -r line < <(sleep 5 & echo "$!" > sleep.pid; wait); echo $?
kill "$(cat sleep.pid)"; rm sleep.pid
exec 7> seven
for fd in /proc/$$/fd/*; do echo "${fd##*/}"; done
exec 7>&-; rm seven
enable -n echo; printf '%s\n' "${!BASH@}"; enable echo
exit 42
"#;

#[test]
fn everything_is_as_without_it() {
    let place = Place::new(&[("curious", CURIOUS)]);
    let output = place.same_of(&["env", "-i", "PATH=/usr/bin:/bin", "bash", "curious"]);
    assert_eq!(output.status.code(), Some(42), "{output:?}");
    assert!(place.hit()["curious"].len() > 40, "{:?}", place.hit());
}

#[test]
fn a_debugger_in_the_shell_works() {
    check(
        "\
shopt -s extdebug #+
step() { #+
  seen+=\" $1\" #+
}
f() { #+
  echo f #+
}
declare -F f #+
trap 'step $LINENO' DEBUG #+
f #+
trap - DEBUG #+
echo \"$seen\" #+
",
    );
}

/// Signals arrive while lines are new, and their handlers run commands.
#[test]
fn signals_are_handled_between_new_lines() {
    let lines: String = (0..300).map(|number| format!("x{number}=$n #+\n")).collect();
    check(&format!(
        "\
n=0 #+
trap 'n=$((n + 1)) #?
handle' USR1 #?
handle() {{ #+
  : #+
}}
( while kill -USR1 $$ 2> /dev/null; do :; done ) & #+
until (( n )); do :; done #+
{lines}kill $! #+
wait 2> /dev/null #+
trap '' USR1 #+
echo done #+
"
    ));
}
