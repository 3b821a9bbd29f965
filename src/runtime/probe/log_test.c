// A program for the tests of log.c: appends records to the log that is its argument, as its standard input
// says, and prints the slot of each code object. Each line of the input is a record:
//
//     remote           this process cannot map the log
//     line PROCESS CODE LINE
//     arc PROCESS CODE FROM TO
//     code PROCESS FILE PARENT FIRST_LINE FLAGS CODE_SIZE NAME TABLE
//
// Name and table are `=` and hexadecimal digits.
#include <fcntl.h>
#include <probe.h> // of the machine
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe/shared.h"

static int log_file;
static uint64_t log_size;
static int cannot_map;

static void check(int is_true, const char *what) {
    if (!is_true) {
        fprintf(stderr, "%s\n", what);
        exit(1);
    }
}

static void send_file(int socket) {
    char byte = 'f', control[CMSG_SPACE(sizeof log_file)] = {0};
    struct iovec vector = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof log_file);
    memcpy(CMSG_DATA(rights), &log_file, sizeof log_file);
    check(sendmsg(socket, &message, 0) == 1, "sendmsg");
}

// In the place of the recorder: lets the log grow by a page at a time.
static uint64_t forkcov_question(uint64_t kind, uint64_t first, uint64_t second) {
    switch (kind) {
    case QUESTION_LOG:
        forkcov_log.number = 1;
        forkcov_log.size = log_size;
        return cannot_map ? LOG_ANSWER_APPEND : LOG_ANSWER_MAP;
    case QUESTION_PASS:
        send_file(first);
        return 1;
    case QUESTION_LOG_SIZE:
        log_size = (first + 4095) / 4096 * 4096;
        check(!ftruncate(log_file, log_size), "ftruncate");
        return log_size;
    case QUESTION_RECORD:
        check(pwrite(log_file, (char *)first, second, log_size) == (ssize_t)second, "pwrite");
        log_size += second;
        return (log_size - second) / LOG_SLOT;
    default:
        check(0, "another question");
        return 0;
    }
}

#include "probe/lock.h"

#include "probe/heap.c"

#include "probe/log.c"

static void open_file(const char *path) {
    log_file = open(path, O_RDWR);
    check(log_file >= 0, "open");
    log_size = lseek(log_file, 0, SEEK_END);
}

// The bytes of `=` and hexadecimal digits, in place.
static size_t bytes_of(char *digits) {
    size_t size = strlen(digits + 1) / 2;
    for (size_t at = 0; at < size; at++) {
        unsigned byte;
        check(sscanf(digits + 1 + 2 * at, "%2x", &byte) == 1, "hexadecimal digits");
        digits[at] = byte;
    }
    return size;
}

static void append(char *text) {
    static char name[1 << 16], table[1 << 16];
    uint32_t code, line;
    if (!strcmp(text, "remote\n")) {
        cannot_map = 1;
        return;
    }
    CodeRecord record = {.name = name, .table = table};
    if (sscanf(text, "line %u %u %u", &forkcov_process.number, &code, &line) == 3) {
        log_line(code, line);
        return;
    }
    int from, to;
    if (sscanf(text, "arc %u %u %d %d", &forkcov_process.number, &code, &from, &to) == 4) {
        log_arc(code, from, to);
        return;
    }
    int fields = sscanf(text, "code %u %u %u %u %u %u %65535s %65535s", &forkcov_process.number, &record.file,
                        &record.parent, &record.first_line, &record.flags, &record.code_size, name, table);
    check(fields == 8, text);
    record.name_size = bytes_of(name);
    record.table_size = bytes_of(table);
    printf("%u\n", log_code(&record));
}

int main(int count, char **arguments) {
    check(count == 2, "one argument");
    open_file(arguments[1]);
    static char text[1 << 18];
    while (fgets(text, sizeof text, stdin))
        append(text);
}
