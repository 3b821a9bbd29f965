/* Forks 300 children, each with a database in memory of its own. One half runs `queries` and ends by _exit, of the
 * others every fifth runs `json` and is killed, and the rest runs `windows` and ends by exit. With the argument `exit`
 * all end by exit; with a number each child makes so many threads, and each of these has a database and does the work. */
#include "sqlite3.h"
#include <pthread.h>
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

static void *thread(void *job) {
    work(job);
    return NULL;
}

/* In `count` threads, or in none. */
static void work_in(int count, const char *job) {
    pthread_t threads[8];
    if (count == 0) {
        work(job);
    }
    for (int i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, thread, (void *)job) != 0) {
            abort();
        }
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

int main(int argc, char **argv) {
    int ready[2], threads = 0, all_exit = 0;
    for (int i = 1; i < argc; i++) {
        if (*argv[i] == 'e') {
            all_exit = 1;
        } else {
            threads = atoi(argv[i]);
        }
    }
    if (pipe(ready) != 0) {
        return 1;
    }
    for (int i = 0; i < 300; i++) {
        pid_t child = fork();
        if (child == 0) {
            work_in(threads, i % 2 == 0 ? queries : i % 10 == 1 ? json : windows);
            if (all_exit) {
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
        if (!all_exit && i % 10 == 1) {
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
