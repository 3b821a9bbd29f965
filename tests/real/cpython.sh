#!/bin/sh
# Runs tests of CPython that make processes, threads and signals, bare and under forkcov, with the interpreter itself as
# the program of interest, and compares the result of each test.
#
#   FORKCOV=target/release/forkcov tests/real/cpython.sh
#
# Needs apt-get, dpkg-source, make and a C compiler. Ends by 77 where the sources cannot be had. SUITE="test_fork1" runs
# these tests alone.
. "$(dirname -- "$0")/suite.sh"

SUITE=${SUITE:-test_subprocess test_fork1 test_threading test_signal test_multiprocessing_fork}

build() {
    ./configure CFLAGS=-g && make -j2
}

built python3.11 source/python
cd source
# Python's own coverage is of no interest here, and takes time of its own.
FORKCOV_FLAGS="--source $work/source/"
# shellcheck disable=SC2086 # these are several words
both ./python -m test -v --timeout 1200 $SUITE
# Some tests print, with times, between their name and their result.
results() {
    grep -E '^test[A-Za-z0-9_]* \(.*\) [.][.][.] |^(OK|FAILED|Ran) |^[0-9]+ tests? ' | sed -E -e 's/ in [0-9.]+s//' -e 's/ [.][.][.] (ok|FAIL|ERROR|skipped|expected)?.*/ ... \1/' | sort
}
same results
