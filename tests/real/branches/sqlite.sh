# shellcheck shell=sh disable=SC2034,SC2154 # sourced by branches.sh
package=sqlite3

build() {
    make_with "$1" --disable-shared --disable-readline --disable-tcl --enable-all
}

exercise() {
    ./sqlite3 :memory: <"$here/branches/sqlite-script.sql"
    ./sqlite3 -header -column :memory: 'SELECT 1 AS a, NULL AS b' '.tables' '.nothing'
    rm -f file.db
    ./sqlite3 file.db 'CREATE TABLE t(a); INSERT INTO t VALUES (1), (2); .dump'
    ./sqlite3 -json file.db 'SELECT * FROM t; PRAGMA journal_mode=wal; DELETE FROM t; VACUUM'
}
