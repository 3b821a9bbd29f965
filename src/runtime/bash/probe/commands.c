// Commands: what is logged when one begins.

// Has this type of command a line of its own? The others consist of commands that have.
static int has_line(int type) {
    switch (type) {
    case CM_FOR:
    case CM_CASE:
    case CM_SIMPLE:
    case CM_SELECT:
    case CM_FUNCTION_DEFINITION:
    case CM_ARITHMETIC:
    case CM_CONDITION:
    case CM_ARITHMETIC_FOR:
        return 1;
    default:
        return 0;
    }
}

// Does the shell fork for this command, and comes here again in the child? For a simple one, it forks later.
static int runs_in_child(const Command *command, int is_asynchronous, int pipe_in, int pipe_out) {
    enum { NO_PIPE = -1 };
    int is_parted = is_asynchronous || pipe_in != NO_PIPE || pipe_out != NO_PIPE;
    return command->flags & WANT_SUBSHELL || (is_parted && command->type != CM_SIMPLE);
}

static void run_line(Unit *unit, uint32_t line) {
    Signals before = block_signals();
    if (see(unit, line) && unit->slot)
        log_line(unit->slot, line);
    restore_signals(&before);
}

static void define_function(const Frame *frame, const Command *command, int is_in_string) {
    Word *name = command->value->name;
    if (!name || !name->text)
        return;
    Signals before = block_signals();
    define(name->text, frame && !is_in_string ? frame->file : 0, command->value->line);
    restore_signals(&before);
}

// The shell calls this before each command, which it may still not execute, with the arguments of
// `execute_command_internal`.
EXPORT void forkcov_entered(const Command *command, int is_asynchronous, int pipe_in, int pipe_out) {
    // After `break` and `continue`, it goes through the rest of a list. (`set -n` is the last one.)
    if (!command || *shell.breaking || *shell.continuing || *shell.read_but_dont_execute)
        return;
    if (forkcov_process.is_released)
        return;
    if (child_logs_are_full()) {
        Signals before = block_signals();
        renew_log();
        restore_signals(&before);
    }
    Frame *frame = current_frame();
    if (!has_line(command->type) || !command->value)
        return;
    if (runs_in_child(command, is_asynchronous, pipe_in, pipe_out))
        return;
    // The lines of a string are counted from its beginning, or are wrong.
    int is_in_string = frame && *shell.parse_and_execute_level > frame->level;
    if (command->type == CM_FUNCTION_DEFINITION)
        define_function(frame, command, is_in_string);
    int line = command->value->line;
    if (frame && frame->unit && !is_in_string && line > 0 && !is_seen(frame->unit, line))
        run_line(frame->unit, line);
}
