// What the probe uses of bash: its exported functions and variables, and of its structs what is the same from
// 4.4 to 5.3 (command.h, variables.h, hashlib.h).
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct Array Array; // differs by version
typedef struct HashTable HashTable;

typedef struct { // SHELL_VAR
    char *name;
    void *value;
    char *exported;
    void *dynamic_value, *assign;
    int attributes;
} Variable;

enum { ATTRIBUTE_ARRAY = 4 }; // att_array

typedef struct { // BUCKET_CONTENTS
    void *next;
    char *key;
    void *data;
} Bucket;

typedef struct { // VAR_CONTEXT
    char *name;
    int scope, flags;
    void *up, *down;
    HashTable *table;
} Scope;

enum CommandType { // enum command_type
    CM_FOR,
    CM_CASE,
    CM_WHILE,
    CM_IF,
    CM_SIMPLE,
    CM_SELECT,
    CM_CONNECTION,
    CM_FUNCTION_DEFINITION,
    CM_UNTIL,
    CM_GROUP,
    CM_ARITHMETIC,
    CM_CONDITION,
    CM_ARITHMETIC_FOR
};

enum { WANT_SUBSHELL = 3 }; // CMD_WANT_SUBSHELL, CMD_FORCE_SUBSHELL

typedef struct { // WORD_DESC
    char *text;
    int flags;
} Word;

typedef struct { // of most types of command, the first members of `value`
    int flags;
    int line;
    Word *name; // of a FUNCTION_DEF
} CommandValue;

typedef struct { // COMMAND
    int type;
    int flags;
    int line;
    void *redirects;
    CommandValue *value;
} Command;

// Declaration here, name there. With `?` at its end, the probe can do without it.
#define SHELL(F) \
    F(Bucket *(*hash_search)(const char *, HashTable *, int), "hash_search") \
    F(char *(*array_reference)(Array *, intptr_t), "array_reference") \
    F(Scope **global_variables, "global_variables") \
    F(Variable **this_shell_function, "this_shell_function") \
    F(int *variable_context, "variable_context") \
    F(int *sourcelevel, "sourcelevel") \
    F(int *parse_and_execute_level, "parse_and_execute_level") \
    F(int *breaking, "breaking") \
    F(int *continuing, "continuing") \
    F(int *read_but_dont_execute, "read_but_dont_execute") \
    F(char **dist_version, "dist_version") \
    F(const int *patch_level, "patch_level") \
    F(int *default_buffered_input, "default_buffered_input?")

#define FIELD(declaration, name) declaration;
#define NAMES(declaration, name) name "\0"

// Read by the recorder, which looks up the addresses.
EXPORT const char forkcov_names[] = SHELL(NAMES);

// Written by the recorder: the addresses in the same order.
EXPORT struct {
    SHELL(FIELD)
} shell __asm__("forkcov_functions") = {0};
