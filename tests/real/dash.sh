#!/bin/sh
# Builds dash from Debian's source package with -g -O0, runs a script in it bare and under forkcov, and compares.
#
#   FORKCOV=target/debug/forkcov tests/real/dash.sh
#
# Needs apt-get, dpkg-source, make, autoreconf and a C compiler; with strace, processes are counted by it too.
# The built shell is kept in target/real and used again. Ends by 77 where the sources cannot be had.
set -eu

PROFILE=debug
. "$(dirname -- "$0")/setup.sh"
work=$root/target/real

build() {
    cd dash-[0-9]*/
    make_with '-g -O0'
    cp src/dash ../dash
    cd ..
}

mkdir -p "$work"
cd "$work"
if [ ! -x dash ]; then
    rm -rf apt dash-[0-9]*/
    fetch dash
    build
fi

# run OUTPUT COMMAND...: its status is kept, its stdout and stderr are in OUTPUT.
run() {
    output=$1
    shift
    status=0
    PIDS=$work/pids "$@" >"$output" 2>&1 </dev/null || status=$?
}

: >pids
run bare.txt ./dash "$here/dash-script.sh"
bare=$status
: >pids
run traced.txt "$forkcov" run -q --data-file dash.data -- ./dash "$here/dash-script.sh"
diff -u bare.txt traced.txt || fail "the output differs"
[ "$bare" = 11 ] || fail "bare, the script ended by $bare instead of 11"
[ "$status" = "$bare" ] || fail "bare, the script ended by $bare, under forkcov by $status"

# Its processes: each line of the tree is a PID after its branches.
"$forkcov" processes --all --data-file dash.data >tree.txt
sed -E -n 's/^[^0-9]*([0-9]+) .*/\1/p' tree.txt | sort >known.txt
sort -u pids >logged.txt
missing=$(comm -23 logged.txt known.txt)
[ -z "$missing" ] || fail "processes that the script logged are not in the data:" $missing
known=$(wc -l <known.txt)
logged=$(wc -l <logged.txt)
[ "$logged" -ge 20 ] || fail "the script logged $logged subshells only"
if command -v strace >/dev/null && strace -f -qq -e trace=none true 2>/dev/null; then
    PIDS=/dev/null strace -f -e trace=none -o strace.txt ./dash "$here/dash-script.sh" >/dev/null 2>&1 </dev/null || :
    counted=$(grep -cE '\+\+\+ (exited|killed)' strace.txt)
    [ "$known" -eq "$counted" ] || fail "forkcov has $known processes, strace $counted"
    echo "dash.sh: $known processes, as strace counts them; $logged of them logged by the script"
else
    echo "dash.sh: $known processes, $logged of them logged by the script; no strace to count them"
fi

# Its lines: of main.c most, and in all more than the first process ran alone.
covered() {
    "$forkcov" report --data-file dash.data --precision 0 "$@" | sed -E -n 's/^TOTAL +([0-9]+) +([0-9]+) .*/\1 \2/p'
}
first=$(sed -E -n "1s/^[^0-9]*([0-9]+) .*/\1/p" tree.txt)
# shellcheck disable=SC2046 # two numbers each
set -- $(covered) $(covered --pid "$first") $(covered --include "*/main.c")
[ $# -eq 6 ] || fail "no totals in the report"
all=$(($1 - $2)) alone=$(($3 - $4)) main=$(($5 - $6))
[ "$all" -gt "$alone" ] || fail "$all lines hit in all, $alone by the first process: the children hit none of their own"
[ "$((main * 3))" -gt "$5" ] || fail "$main of $5 lines of main.c hit: too few"
echo "dash.sh: $all of $1 lines hit, $((all - alone)) of them by children alone; of main.c $main of $5"
