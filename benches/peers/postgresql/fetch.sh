#!/bin/sh
# Makes PostgreSQL of Debian's source package, with debug information, and installs it in the directory that is named.
#
# Needs apt-get, dpkg-source, make, bison, flex, perl and a C compiler. Ends by 77 where the sources cannot be had.
set -eu

skip() {
    echo "PostgreSQL: $*" >&2
    exit 77
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../../tests/real/debian-source.sh"
mkdir -p "$1"
cd "$1"
rm -rf apt postgresql-1[0-9]-*/ postgresql-1[0-9]_*
fetch postgresql-15
root=$PWD
mv postgresql-1[0-9]-*/ source
cd source
{
    ./configure CFLAGS='-g -O2' --prefix="$root" --without-readline --without-zlib --without-icu
    make -j2 -s
    make -s install
} >"$root/make.log" 2>&1 || skip "the build failed: $root/make.log"
touch "$root/made"
