# shellcheck shell=sh disable=SC2034,SC2154 # sourced by branches.sh
package=zlib

build() {
    for test in example minigzip infcover; do
        cc $1 -DHAVE_UNISTD_H -DHAVE_STDARG_H -I. -o "$test" "test/$test.c" ./*.c
    done
}

exercise() {
    ./example example.gz
    ./infcover
    for level in -1 -3 -6 -9 -h -r -f; do
        ./minigzip "$level" <deflate.c >packed.gz
        ./minigzip -d <packed.gz | cmp - deflate.c
    done
    cp README copied && ./minigzip copied && ./minigzip -d copied.gz
    head -c 100 packed.gz | ./minigzip -d
}
