# shellcheck shell=sh disable=SC2034,SC2154 # sourced by branches.sh
package=lua5.4

build() {
    cd src
    echo '#define DEB_HOST_MULTIARCH ""' >lua5.4-deb-multiarch.h
    for source in *.c; do
        [ "$source" = luac.c ] || cc $1 -DLUA_USE_POSIX -DLUA_USE_DLOPEN -c "$source"
    done
    cc $1 -Wl,-E -o ../lua ./*.o -lm -ldl
}

exercise() {
    ./lua "$here/branches/lua-script.lua"
    echo 'print(1 + 1) return x; y = = 2' | ./lua -i -
    ./lua -v -e 'print(#arg, ...)' "$here/branches/lua-script.lua" 10
    ./lua -W -l no_such_module -x
    ./lua -e 'error({})'
}
