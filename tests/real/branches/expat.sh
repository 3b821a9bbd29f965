# shellcheck shell=sh disable=SC2034,SC2154 # sourced by branches.sh
package=expat
# The order of entries in its tables depends on a random number.
left_out='xmlparse.c:i < step ?'

build() {
    cc $1 -DXML_DTD -DXML_NS -DXML_GE=1 -DXML_CONTEXT_BYTES=1024 -DXML_DEV_URANDOM -DHAVE_UNISTD_H -DHAVE_MMAP \
        -DBYTEORDER=1234 -DPACKAGE='"expat"' -DVERSION='"0"' -Iexpat/lib -o xmlwf \
        expat/lib/xml[prt]*.c expat/xmlwf/xmlwf.c expat/xmlwf/xmlfile.c expat/xmlwf/codepage.c expat/xmlwf/unixfilemap.c
}

exercise() {
    mkdir -p out
    for file in "$here"/branches/*.xml; do
        for options in '' -n -p -s -k '-d out' '-x -d out' '-m -d out' '-c -d out' -t -w '-e utf-16' '-N -d out'; do
            ./xmlwf $options "$file"
        done
    done
    iconv -f utf-8 -t utf-16 "$here/branches/good.xml" >wide.xml && ./xmlwf wide.xml
}
