#!/bin/sh
# Runs the tests of shunit2 itself bare and under forkcov, and compares their output.
#
#   FORKCOV=target/release/forkcov tests/real/shunit2.sh
#
# Needs apt-get and dpkg-source. Ends by 77 where the sources cannot be had.
. "$(dirname -- "$0")/suite.sh"

build() {
    :
}

built shunit2 source/shunit2
cd source
both bash -c 'for test in *_test.sh; do
    echo "== $test"
    bash "./$test" 2>&1
done'
same cat
