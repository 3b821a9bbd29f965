#!/bin/sh
# Compares the branches of dash, compiled with -O0, with those of gcov, line by line: how many there are, and how many of
# them the same script takes.
#
#   FORKCOV=target/debug/forkcov tests/real/dash-branches.sh
#
# Needs what dash.sh needs, GCC with gcov, and python3. Both shells are kept in target/real/branches and used again. Ends by 77
# where the sources cannot be had.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$(dirname -- "$here")")
forkcov=$(command -v -- "${FORKCOV:-$root/target/debug/forkcov}") || forkcov=${FORKCOV:-$root/target/debug/forkcov}
case $forkcov in
/*) ;;
*) forkcov=$PWD/$forkcov ;;
esac
work=$root/target/real/branches
export LC_ALL=C

fail() {
    echo "dash-branches.sh: $*" >&2
    exit 1
}

skip() {
    echo "dash-branches.sh: skipped: $*" >&2
    exit 77
}

[ -x "$forkcov" ] || fail "no forkcov at $forkcov: build it, or name it with FORKCOV"

. "$here/debian-source.sh"

# build DIRECTORY FLAGS: in a copy of the sources.
build() {
    cp -r dash-[0-9]*/ "$1"
    cd "$1"
    [ -x configure ] || autoreconf -fi >configure.log 2>&1 || fail "autoreconf failed: $(tail -n 1 configure.log)"
    ./configure CFLAGS="$2" >>configure.log 2>&1 || fail "configure failed: $(tail -n 1 configure.log)"
    make >make.log 2>&1 || fail "make failed: $(tail -n 1 make.log)"
    cd ..
}

mkdir -p "$work"
cd "$work"
if [ ! -x plain/src/dash ] || [ ! -x counting/src/dash ]; then
    rm -rf apt plain counting dash-[0-9]*/
    fetch dash
    build plain '-g -O0'
    build counting '-g -O0 --coverage'
fi

PIDS=$work/pids "$forkcov" run -q --branches --data-file dash.data -- plain/src/dash "$here/dash-script.sh" >plain.txt 2>&1 || :
find counting -name '*.gcda' -delete
PIDS=$work/pids counting/src/dash "$here/dash-script.sh" >counting.txt 2>&1 || :
cd counting/src
find . -name '*.gcda' -exec gcov --branch-probabilities --json-format --stdout {} + >"$work/gcov.json" 2>/dev/null
cd "$work"
python3 "$here/dash_branches.py" dash.data gcov.json
