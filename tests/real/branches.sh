#!/bin/sh
# Compares the branches of a program, compiled with -O0, with those of gcov, line by line: how many there are, and how many
# of them the same work takes.
#
#   FORKCOV=target/debug/forkcov tests/real/branches.sh PROGRAM
#
# PROGRAM is one of tests/real/branches/. With SHOW=1, the lines with other numbers are listed. Needs what dash.sh needs, GCC with gcov, and python3. Both builds are kept in
# target/real/branches and used again. Ends by 77 where the sources cannot be had.
set -eu

PROFILE=debug
. "$(dirname -- "$0")/setup.sh"
program=${1:-}
recipe=$here/branches/$program.sh
[ -f "$recipe" ] || fail "name a program: $(cd "$here/branches" && echo *.sh | sed 's/\.sh//g')"
work=$root/target/real/branches/$program

# What a recipe says: `package` is Debian's, `build FLAGS` compiles it in its directory, and `exercise` runs it there.
# Of 100 lines with branches, `least` have the same number; the directions of lines are not compared that
# `left_out` has, as FILE:TEXT.
# If processes end without a word to gcov, as by _exit(2), `gcov_has` is `some` directions, and forkcov may have more.
least=95
left_out=''
gcov_has=all
. "$recipe"

# built DIRECTORY FLAGS: in a copy of the sources.
built() {
    rm -rf "$1"
    cp -a "$package"-[0-9]*/ "$1"
    (cd "$1" && build "$2" && : >.built) || fail "$program cannot be built in $PWD/$1"
}

# exercised COMMAND...: all work of the program, by the command.
exercised() {
    "$@" sh -c 'here=$1; . "$2"; exercise' sh "$here" "$recipe" </dev/null
}

mkdir -p "$work"
cd "$work"
if [ ! -f plain/.built ] || [ ! -f counting/.built ]; then
    rm -rf apt "$package"-[0-9]*/
    fetch "$package"
    built plain '-g -O0'
    built counting '-g -O0 --coverage'
fi

(cd plain && exercised "$forkcov" run -q --branches --data-file ../data --) >plain.txt 2>&1 || :
find counting -name '*.gcda' -delete
(cd counting && exercised env) >counting.txt 2>&1 || :
find counting -name '*.gcda' -execdir gcov --branch-probabilities --json-format --stdout {} + >gcov.json 2>gcov.txt
python3 "$here/branches.py" data gcov.json "$program" "$least" "$left_out" "$gcov_has"
