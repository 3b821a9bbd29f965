// The start of the probe, and of contexts.

// Three numbers of a version in a byte each; 0 if there is none.
static uint32_t version_of_shell(void) {
    uint32_t numbers[2] = {0};
    const char *text = *shell.dist_version;
    for (int at = 0; text && at < 2; at++) {
        for (; *text >= '0' && *text <= '9'; text++)
            numbers[at] = numbers[at] * 10 + (*text - '0');
        if (*text++ != '.')
            break;
    }
    return numbers[0] << 16 | (numbers[1] & 0xff) << 8 | (*shell.patch_level & 0xff);
}

// Is what the shell has where the probe looks for it? A fault here is not the shell's: the tracer has called.
// That of commands cannot be checked, so a version that is newer than `shell.h` is not known.
// `ANSWER_NOT_YET` while the shell has no `BASH_SOURCE`: it defines functions of the environment before.
static int check_layout(uint32_t version) {
    enum { MOST_COMMANDS_BEFORE = 4096, OLDEST = 4 << 16, TOO_NEW = 5 << 16 | 4 << 8 };
    static int commands_before;
    Scope *scope = *shell.global_variables;
    Bucket *bucket = scope && scope->table ? shell.hash_search("BASH_SOURCE", scope->table, 0) : NULL;
    Variable *variable = bucket ? bucket->data : NULL;
    if (!variable && ++commands_before < MOST_COMMANDS_BEFORE)
        return ANSWER_NOT_YET;
    int is_known = version >= OLDEST && version < TOO_NEW && variable;
    if (!is_known || !is_same(variable->name, "BASH_SOURCE") || !(variable->attributes & ATTRIBUTE_ARRAY))
        return ANSWER_NEVER;
    const char *source = shell.array_reference(variable->value, 0);
    return !source || length_of(source) < MOST_PATH ? ANSWER_EACH_TIME : ANSWER_NEVER;
}

// The tracer calls this at the first command, and where it cannot let the shell call `forkcov_entered`, at
// each.
EXPORT uint64_t forkcov_start(const Command *command, int is_asynchronous, int pipe_in, int pipe_out) {
    static int is_started;
    if (!is_started) {
        log_version = version_of_shell();
        int answer = check_layout(log_version);
        if (answer == ANSWER_NEVER)
            forkcov_question(QUESTION_DIAGNOSTIC, DIAGNOSTIC_UNKNOWN_LAYOUT, log_version);
        if (answer != ANSWER_EACH_TIME)
            return answer;
        clear_state_in_children();
        forkcov_fork_flag = 1; // Nothing is to be done in a child.
        is_started = 1;
    }
    forkcov_entered(command, is_asynchronous, pipe_in, pipe_out);
    return ANSWER_EACH_TIME;
}

EXPORT void forkcov_after_fork(void) {
}

// The tracer calls this when a context begins, in the process that runs it.
EXPORT void forkcov_begin_context(void) {
    end_log();
    forget_seen();
}
