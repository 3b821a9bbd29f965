# shellcheck shell=sh disable=SC2034,SC2154 # sourced by branches.sh
package=tcc

build() {
    ./configure --debug --extra-cflags="$1" --extra-ldflags="$1" >configure.log 2>&1
    make tcc >make.log 2>&1
}

exercise() {
    cd tests/tests2
    for source in [0-9]*.c; do
        ../../tcc -B../.. -I../../include -c -g -o out.o "$source"
        ../../tcc -B../.. -I../../include -E "$source"
    done
    ../../tcc -B../.. -vv; ../../tcc -nothing; ../../tcc -B../.. -print-search-dirs
    ../../tcc -B../.. -c -o out.o no_such.c
}
