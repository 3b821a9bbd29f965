/* Forks 300 children, each with a database in memory of its own. One half runs `queries` and ends by _exit, of the
 * others every fifth runs `json` and is killed, and the rest runs `windows` and ends by exit. With an argument all end
 * by exit. */
#include "sqlite3.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const rows =
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
    " INSERT INTO t SELECT i, 'row ' || i, i * 0.5 FROM n;";
static const char *const queries =
    "CREATE INDEX b ON t(b); SELECT b FROM t WHERE b LIKE '%7' ORDER BY c DESC;"
    "SELECT x.a, y.b FROM t x JOIN t y ON x.a = y.c GROUP BY x.a HAVING count(*) > 0;";
static const char *const json =
    "SELECT json_group_array(json_object('a', a, 'b', b)) FROM t;"
    "SELECT value FROM json_each('[1, 2.5, {\"x\": [null, true]}]');";
static const char *const windows =
    "SELECT a, sum(c) OVER (ORDER BY a ROWS 3 PRECEDING), rank() OVER (ORDER BY b) FROM t;";

static void work(const char *job) {
    sqlite3 *database;
    if (sqlite3_open(":memory:", &database) != SQLITE_OK || sqlite3_exec(database, rows, 0, 0, 0) != SQLITE_OK ||
        sqlite3_exec(database, job, 0, 0, 0) != SQLITE_OK) {
        abort();
    }
    sqlite3_close(database);
}

int main(int argc, char **argv) {
    (void)argv;
    int ready[2];
    if (pipe(ready) != 0) {
        return 1;
    }
    for (int i = 0; i < 300; i++) {
        pid_t child = fork();
        if (child == 0) {
            work(i % 2 == 0 ? queries : i % 10 == 1 ? json : windows);
            if (argc > 1) {
                exit(0);
            }
            if (i % 2 == 0) {
                _exit(0);
            }
            if (i % 10 == 1) {
                write(ready[1], "", 1);
                pause();
            }
            exit(0);
        }
        if (argc == 1 && i % 10 == 1) {
            char byte;
            read(ready[0], &byte, 1);
            kill(child, SIGKILL);
        }
        int status;
        if (child < 0 || waitpid(child, &status, 0) != child || (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)) {
            return 1;
        }
    }
}
