#!/bin/sh
# Runs bash's own tests bare and under forkcov, and compares what each of them says.
#
#   FORKCOV=target/release/forkcov tests/real/bash.sh
#
# Some of them wait for seconds, and fail on a machine that is loaded. Needs apt-get, dpkg-source, make and a C compiler. Ends by 77 where the sources cannot be had. SUITE="run-array run-jobs"
# runs these tests alone.
. "$(dirname -- "$0")/suite.sh"

# Debian's package has the source as an archive.
build() {
    [ -x configure ] || tar -xf bash*.tar.* --strip-components=1
    ./configure CFLAGS='-g -O2' --without-bash-malloc && make -j2 && make -j2 recho zecho printenv xcase
}

built bash source/bash
cd source/tests
cat >"$work/all.sh" <<'ALL'
export THIS_SH=$1 BUILD_DIR=$2 PATH=$3:$PATH BASH_TSTOUT=$4/out
export TMPDIR=$4
shift 4
for test; do
    echo "== $test"
    rm -f "$BASH_TSTOUT"
    sh "./$test" 2>&1
done
ALL
mkdir -p "$work/tmp"
[ -n "${SUITE:-}" ] || SUITE=$(echo run-[a-z]* | tr ' ' '\n' | grep -vxE 'run-all|run-minimal|run-gprof|.*[~]|.*[.]orig' | tr '\n' ' ')
# shellcheck disable=SC2086 # these are several words
both sh "$work/all.sh" "$work/source/bash" "$work/source" "$work/source:$work/source/tests" "$work/tmp" $SUITE
# Numbers of processes and times differ from run to run.
results() {
    sed -E -e 's/[0-9]{4,}/N/g' -e 's/[0-9]+[.][0-9]+s?/T/g'
}
same results
