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
static int has_known_layout(uint32_t version) {
    if (version < 4 << 16 || version >= 6 << 16)
        return 0;
    Scope *scope = *shell.global_variables;
    Bucket *bucket = scope ? shell.hash_search("BASH_SOURCE", scope->table, 0) : NULL;
    Variable *variable = bucket ? bucket->data : NULL;
    if (!variable || !is_same(variable->name, "BASH_SOURCE") || !(variable->attributes & ATTRIBUTE_ARRAY))
        return 0;
    const char *source = shell.array_reference(variable->value, 0);
    return !source || length_of(source) < MOST_PATH;
}

// The tracer calls this at the first command, and where it cannot let the shell call `forkcov_entered`, at each.
// Gives 0 if nothing can be recorded in this shell.
EXPORT uint64_t forkcov_start(const Command *command) {
    static int is_started;
    if (!is_started) {
        log_version = version_of_shell();
        if (!has_known_layout(log_version)) {
            forkcov_question(QUESTION_DIAGNOSTIC, DIAGNOSTIC_UNKNOWN_LAYOUT, log_version);
            return 0;
        }
        clear_state_in_children();
        forkcov_fork_flag = 1; // Nothing is to be done in a child.
        is_started = 1;
    }
    forkcov_entered(command);
    return 1;
}

EXPORT void forkcov_after_fork(void) {
}

// The tracer calls this when a context begins, in the process that runs it.
EXPORT void forkcov_begin_context(void) {
    end_log();
    forget_seen();
}
