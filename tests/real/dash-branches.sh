#!/bin/sh
# Compares the branches of dash, compiled with -O0, with those of gcov, line by line: how many there are, and how many of
# them the same script takes.
#
#   FORKCOV=target/debug/forkcov tests/real/dash-branches.sh
#
# Needs what dash.sh needs, GCC with gcov, and python3. Both shells are kept in target/real/branches and used again. Ends by 77
# where the sources cannot be had.
set -eu

PROFILE=debug
. "$(dirname -- "$0")/setup.sh"
work=$root/target/real/branches

# build DIRECTORY FLAGS: in a copy of the sources.
build() {
    cp -r dash-[0-9]*/ "$1"
    cd "$1"
    make_with "$2"
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
python3 "$here/dash_branches.py" dash.data gcov.json plain/src
