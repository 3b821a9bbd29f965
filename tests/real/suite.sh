# Sourced by the scripts that run a project's own tests bare and traced. It sets `forkcov`, and `work`, where what is built
# is kept, and goes there.
#
# NAME has the name of the script. SUITE has the tests to run, if not all: it can be set in the environment.
set -eu

PROFILE=release
. "$(dirname -- "$0")/setup.sh"
work=$root/target/real/${0##*/}
work=${work%.sh}
mkdir -p "$work"
cd "$work"

# built PACKAGE CHECK: fetches and builds the package, unless CHECK is there. `build` is the script's own, and runs in the
# directory of the source.
built() {
    [ -e "$2" ] && return
    rm -rf apt "$1"-[0-9]*/
    fetch "$1"
    cd "$1"-[0-9]*/
    build >../build.log 2>&1 || fail "the build failed: $work/build.log"
    cd "$work"
    ln -sfn "$1"-[0-9]*/ source
}

# both COMMAND...: runs it bare, then traced with $FORKCOV_FLAGS. Output goes to bare.txt and traced.txt, the seconds to
# bare.seconds and traced.seconds, and the statuses to bare.status and traced.status. The data is forkcov.data.
both() {
    timed bare "$@"
    rm -f "$work/forkcov.data"
    # shellcheck disable=SC2086 # these are several words
    timed traced "$forkcov" run -q ${FORKCOV_FLAGS:-} --data-file "$work/forkcov.data" -- "$@"
}

timed() {
    kind=$1
    shift
    before=$(date +%s.%N)
    status=0
    "$@" >"$work/$kind.txt" 2>&1 </dev/null || status=$?
    after=$(date +%s.%N)
    echo "$status" >"$work/$kind.status"
    echo "$before $after" | awk '{printf "%.1f\n", $2 - $1}' >"$work/$kind.seconds"
}

# same FILTER: what FILTER, a command that reads the output, leaves of both is the same. Prints the times.
same() {
    "$@" <"$work/bare.txt" >"$work/bare.results"
    "$@" <"$work/traced.txt" >"$work/traced.results"
    echo "${0##*/}: $(wc -l <"$work/bare.results") results, $(cat "$work/bare.seconds") s bare," \
        "$(cat "$work/traced.seconds") s traced, $(paste "$work/traced.seconds" "$work/bare.seconds" |
            awk '{printf "%.2f", $1 / $2}') times"
    [ -s "$work/bare.results" ] || fail "no results: $work/bare.txt"
    diff -u "$work/bare.results" "$work/traced.results" || fail "the results differ: $work/bare.txt, $work/traced.txt"
    [ "$(cat "$work/bare.status")" = "$(cat "$work/traced.status")" ] || fail "they end by different statuses"
}
