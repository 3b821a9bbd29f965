#!/bin/sh
# Runs the tests of bats-core itself bare and under forkcov, and compares the result of each.
#
#   FORKCOV=target/release/forkcov tests/real/bats.sh
#
# Needs apt-get and dpkg-source. Ends by 77 where the sources cannot be had. SUITE="test/run.bats" runs these files alone.
. "$(dirname -- "$0")/suite.sh"

build() {
    :
}

built bats source/bin/bats
cd source
# shellcheck disable=SC2086 # these are several words
both bash bin/bats --tap ${SUITE:-test}
same grep -E '^(1[.][.]|ok|not ok)'
