#!/bin/sh
# Runs a `configure` of autoconf, that of bash, by bash, bare and under forkcov, and compares what it says and what it finds out.
#
#   FORKCOV=target/release/forkcov tests/real/configure.sh
#
# Needs apt-get, dpkg-source and a C compiler. Ends by 77 where the sources cannot be had.
. "$(dirname -- "$0")/suite.sh"

# Debian's package has the source as an archive.
build() {
    [ -x configure ] || tar -xf bash*.tar.* --strip-components=1
}

built bash source/configure
both bash -c 'rm -rf made && mkdir made && cd made && CONFIG_SHELL=$BASH $BASH ../source/configure && cat config.h'
same cat
