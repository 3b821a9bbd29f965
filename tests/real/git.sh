#!/bin/sh
# Runs thirteen scripts of git's own tests bare and under forkcov, and compares the result of each test in them.
#
#   FORKCOV=target/release/forkcov tests/real/git.sh
#
# Needs apt-get, dpkg-source, make, a C compiler, zlib's headers and perl. Ends by 77 where the sources cannot be had.
# SUITE="t0001-init t7600-merge" runs these scripts alone.
. "$(dirname -- "$0")/suite.sh"

SUITE=${SUITE:-t0001-init t1300-config t2020-checkout-detach t3200-branch t3400-rebase t3903-stash t4013-diff-various
    t5510-fetch t6030-bisect-porcelain t7102-reset t7300-clean t7600-merge t9300-fast-import}
options="NO_CURL=1 NO_EXPAT=1 NO_GETTEXT=1 NO_TCLTK=1 NO_PYTHON=1 NO_OPENSSL=1"

build() {
    # shellcheck disable=SC2086 # these are several words
    make -j2 CFLAGS='-g -O2' $options all
}

built git source/git
cd source/t
cat >"$work/all.sh" <<'ALL'
for test; do
    echo "== $test"
    sh "./$test.sh" --no-color 2>&1
done
ALL
export GIT_SKIP_TESTS= HOME="$work" GIT_TEST_OPTS="--root=$work/trash"
# shellcheck disable=SC2086 # these are several words
both sh "$work/all.sh" $SUITE
same grep -E '^(==|ok|not ok|# (passed|failed|still))'
