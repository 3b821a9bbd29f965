#!/bin/sh
# Makes sqlite3.c, shell.c and sqlite3.h of Debian's source package, in the directory that is named.
#
# Needs apt-get, dpkg-source, tclsh, make and a C compiler. Ends by 77 where the sources cannot be had.
set -eu

skip() {
    echo "sqlite: $*" >&2
    exit 77
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../../tests/real/debian-source.sh"
command -v tclsh >/dev/null || skip "there is no tclsh"
mkdir -p "$1"
cd "$1"
rm -rf apt sqlite3-[0-9]*/
fetch sqlite3
root=$PWD
cd sqlite3-[0-9]*/
./configure >"$root/configure.log" 2>&1 || skip "configure failed: $(tail -n 1 "$root/configure.log")"
make sqlite3.c shell.c >"$root/make.log" 2>&1 || skip "make failed: $(tail -n 1 "$root/make.log")"
cp shell.c sqlite3.h "$root"
cp sqlite3.c "$root" # the last: it says that all is there
cd "$root"
rm -rf apt sqlite3-[0-9]*/ sqlite3_*
