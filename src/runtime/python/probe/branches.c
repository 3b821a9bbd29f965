// Which line follows which, from CPython 3.12 on: what branch events say, as arcs between lines.
//
// An event says at which instruction a branch goes on. From there, instructions are followed for as long as
// there is one way only; each change of the line is logged as an arc. So a statement of several lines needs
// no special care: reports take its lines for one. A trail ends where it meets an earlier one.
//
// 3.14 and later have an event for each direction, which is disabled once it was seen. Before, one event is
// for both. It is disabled as soon as both were seen, or the events of lines say the rest.

// Follows the only way from a unit on, behind the line `line`.
static void follow(CodeData *data, Bytecode *of, const Opcodes *opcodes, int line, uint32_t unit) {
    uint32_t argument = 0;
    for (uint32_t steps = 0; unit < of->count && steps < 2 * of->count; steps++) {
        unsigned char opcode = of->code[2 * unit];
        int here = of->lines[unit];
        if (here && here != line) {
            log_arc(data->slot, line, here);
            // What follows has been logged, or will be when the line itself runs.
            if (of->followed_by[unit] == current_owner() || watched(of, here) & SHARED)
                return;
            of->followed_by[unit] = current_owner();
            line = here;
        }
        argument = argument << 8 | of->code[2 * unit + 1];
        if (opcode == opcodes->extended_arg) {
            unit++;
            continue;
        }
        uint32_t next = behind(of, unit);
        if (opcode == opcodes->raise || opcode == opcodes->reraise) { // the latter at the end of `finally`
            uint32_t handler = handler_of(of, unit);
            if (!handler)
                log_arc(data->slot, line, -data->left_at);
            // A `with` statement handles it at its own line.
            if (!handler || handler + 1 >= of->count || of->code[2 * handler + 2] == opcodes->with_except_start)
                return;
            next = handler;
        } else if (opcode == opcodes->jump_forward || opcode == opcodes->send) {
            next += argument;
        } else if (opcode == opcodes->jump_backward || opcode == opcodes->jump_backward_no_interrupt) {
            next -= argument;
        } else if (is_branch(opcodes, opcode) && !of->lines[unit]) {
            of->newest_lost = (of->newest_lost + 1) % MOST_LOST;
            of->lost[of->newest_lost] = (LostTrail){unit, line, python.PyEval_GetFrame()};
            return;
        } else if (opcode == opcodes->get_anext || is_branch(opcodes, opcode) || is_end(opcodes, opcode)) {
            // It has an event of its own, but for the end of a line whose code the compiler has moved.
            if (is_return(opcodes, opcode) && !of->lines[unit])
                log_arc(data->slot, line, -data->left_at);
            return;
        }
        argument = 0;
        unit = next;
    }
}

// A branch at the unit `from`, which has no line, goes on at the unit `to`: the compiler has added it, as
// where `except*` looks for exceptions that are left. The trail that has just led to it goes on.
static void follow_lost(CodeData *data, Bytecode *of, const Opcodes *opcodes, uint32_t from, uint32_t to) {
    Object *frame = python.PyEval_GetFrame();
    for (LostTrail *lost = of->lost; lost < of->lost + MOST_LOST; lost++) {
        int line = lost->line;
        if (!line || lost->unit != from || lost->frame != frame)
            continue;
        lost->line = 0;
        follow(data, of, opcodes, line, to);
        return;
    }
}

// How control gets to a unit: from how many others, of which an exception handler counts twice.
static void count_ways(const Bytecode *of, const Opcodes *opcodes, unsigned char *ways) {
    enum { MANY = 2 };
    uint32_t argument = 0, next;
    for (uint32_t unit = 0; unit < of->count; unit = next) {
        unsigned char opcode = of->code[2 * unit];
        argument = argument << 8 | of->code[2 * unit + 1];
        next = opcode == opcodes->extended_arg ? unit + 1 : behind(of, unit);
        int is_back = opcode == opcodes->jump_backward || opcode == opcodes->jump_backward_no_interrupt;
        int is_jump = is_back || opcode == opcodes->jump_forward;
        uint32_t target = is_back ? next - argument : next + argument;
        if ((is_jump || opcode == opcodes->send || is_branch(opcodes, opcode)) && target < of->count)
            ways[target] += ways[target] < MANY;
        int does_end = opcode == opcodes->raise || is_end(opcodes, opcode);
        if (!is_jump && !does_end && next < of->count)
            ways[next] += ways[next] < MANY;
        if (opcode != opcodes->extended_arg)
            argument = 0;
    }
    for (size_t at = 0; at < of->handlers_size;) {
        read_number(of, &at), read_number(of, &at);
        size_t handler = read_number(of, &at);
        read_number(of, &at);
        if (handler < of->count)
            ways[handler] = MANY;
    }
}

// The first unit of another line behind a unit at which control arrives in one way only, if it gets there in
// no other way; else 0. The events of that line then say what an event of the branch would.
static uint32_t only_entered(const Bytecode *of, const Opcodes *opcodes, const unsigned char *ways, int line,
                             uint32_t unit) {
    uint32_t argument = 0;
    while (unit < of->count && ways[unit] == 1) {
        if (of->lines[unit] && of->lines[unit] != line)
            return unit && of->lines[unit - 1] != of->lines[unit] ? unit : 0; // Its line begins there.
        unsigned char opcode = of->code[2 * unit];
        argument = argument << 8 | of->code[2 * unit + 1];
        uint32_t next = opcode == opcodes->extended_arg ? unit + 1 : behind(of, unit);
        if (opcode == opcodes->send || opcode == opcodes->jump_forward)
            next += argument;
        else if (is_branch(opcodes, opcode) || opcode == opcodes->jump_backward ||
                 opcode == opcodes->jump_backward_no_interrupt || opcode == opcodes->raise || is_end(opcodes, opcode))
            return 0;
        if (opcode != opcodes->extended_arg)
            argument = 0;
        unit = next;
    }
    return 0;
}

// Notes that control gets to a unit from one line only.
static void note_entry(Bytecode *of, uint32_t unit, int from) {
    of->entered_from[unit] = from;
    watch(of, of->lines[unit], ENTERED);
}

// Is there no event of an asynchronous loop that goes on or ends, as before 3.14?
static int has_silent_loops(void) {
    const Opcodes *opcodes = known_opcodes();
    return opcodes && opcodes->end_async_for;
}

// Notes where the suites of asynchronous loops begin.
static void note_loops(Bytecode *of, const Opcodes *opcodes, const unsigned char *ways) {
    for (uint32_t unit = 0; unit < of->count; unit = behind(of, unit)) {
        if (of->code[2 * unit] != opcodes->get_anext)
            continue;
        of->has_async_loops = 1;
        // The way back to the beginning of a loop comes from its suite.
        uint32_t send = behind(of, unit);
        while (send < of->count && of->code[2 * send] != opcodes->send)
            send = behind(of, send);
        if (send >= of->count)
            continue;
        uint32_t end = behind(of, send) + of->code[2 * send + 1]; // of what is sent, also by an exception
        uint32_t start = end < of->count ? behind(of, end) : end;
        uint32_t entered = start < of->count ? only_entered(of, opcodes, ways, of->lines[unit], start) : 0;
        if (entered)
            note_entry(of, entered, of->lines[unit]);
    }
}

// That of a code object, ready to be followed. Null if there is no memory.
static Bytecode *followed_bytecode(CodeData *data, Object *code) {
    int is_new = !data->bytecode;
    Bytecode *of = bytecode_of(data, code);
    const Opcodes *opcodes = known_opcodes();
    if (is_new && of && has_silent_loops()) {
        count_ways(of, opcodes, of->ways);
        note_loops(of, opcodes, of->ways);
    }
    return of;
}

static void follow_watched_line(CodeData *data, Object *code, int line) {
    const Opcodes *opcodes = known_opcodes();
    Bytecode *of = followed_bytecode(data, code);
    Object *frame = of && watched(of, line) ? python.PyEval_GetFrame() : NULL;
    if (!frame || !opcodes || !python.PyFrame_GetLasti)
        return;
    uint32_t at = python.PyFrame_GetLasti(frame) / 2;
    if (at >= of->count || of->lines[at] != line)
        return;
    if (of->entered_from[at])
        log_arc(data->slot, of->entered_from[at], line);
    if (of->entered_from[at] || watched(of, line) & SHARED)
        follow(data, of, opcodes, line, at);
}

// A line runs, and something beside branches determines which one comes before or after.
static void follow_line(CodeData *data, Object *code, int line) {
    lock_codes();
    follow_watched_line(data, code, line);
    unlock_codes();
}

// The directions that this context or process has seen of the branch at a unit.
static unsigned char *directions_at(Bytecode *of, uint32_t unit) {
    if (of->directions_of != current_owner()) {
        for (uint32_t at = 0; at < of->count; at++)
            *(volatile unsigned char *)&of->directions[at] = 0;
        of->directions_of = current_owner();
    }
    return &of->directions[unit];
}

enum { NEXT = 1, TARGET = 2 };

// Notes that a branch goes on at the unit `to`. Says whether nothing more is to be learnt from its event: the
// other direction has been seen, too, or the events of the line that only it leads to will say so.
static int is_complete(CodeData *data, Bytecode *of, const Opcodes *opcodes, uint32_t from, uint32_t to) {
    uint32_t next = behind(of, from), other = to == next ? next + of->code[2 * from + 1] : next;
    if (from && of->code[2 * from - 2] == opcodes->extended_arg && to == next)
        other = 0; // It is far away.
    int is_first = !of->directions[from];
    of->directions[from] |= to == next ? NEXT : TARGET;
    uint32_t entered =
        is_first && other && other < of->count ? only_entered(of, opcodes, of->ways, of->lines[from], other) : 0;
    if (entered) {
        note_entry(of, entered, of->lines[from]);
        data->has_watched_lines = 1;
        of->directions[from] |= NEXT | TARGET;
    }
    return of->directions[from] == (NEXT | TARGET);
}

// A branch at the unit `from` goes on at the unit `to`. Says whether its event is to come again.
static int follow_branch(CodeData *data, Object *code, uint32_t from, uint32_t to) {
    Bytecode *of = is_logged(data) ? followed_bytecode(data, code) : NULL;
    const Opcodes *opcodes = known_opcodes();
    if (!of || !opcodes || from >= of->count)
        return 0;
    if (!of->lines[from]) {
        follow_lost(data, of, opcodes, from, to);
        return 1;
    }
    if (version >= PYTHON_SINCE_BRANCH_DIRECTIONS) {
        follow(data, of, opcodes, of->lines[from], to);
        return 0;
    }
    unsigned char *seen = directions_at(of, from), before = *seen;
    int is_last = is_complete(data, of, opcodes, from, to);
    if (before != *seen)
        follow(data, of, opcodes, of->lines[from], to);
    return !is_last;
}

static Object *branch_goes(Object *self, Object *const *arguments, Size count) {
    (void)count;
    Instance *instance = python.PyLong_AsVoidPtr(self);
    CodeData *data = code_data(instance, arguments[0]);
    uint32_t from = python.PyLong_AsLong(arguments[1]) / 2, to = python.PyLong_AsLong(arguments[2]) / 2;
    lock_codes();
    int comes_again = follow_branch(data, arguments[0], from, to);
    unlock_codes();
    return comes_again ? keep_event(self) : disable_event(instance);
}

// The exception is handled at the unit `at` that ends an asynchronous loop there, if one does.
static void end_loop(CodeData *data, uint32_t at) {
    Bytecode *of = is_logged(data) ? data->bytecode : NULL;
    const Opcodes *opcodes = known_opcodes();
    if (!of || !opcodes || at >= of->count || of->code[2 * at] != opcodes->end_async_for)
        return;
    unsigned char *seen = directions_at(of, at);
    if (!*seen)
        follow(data, of, opcodes, of->lines[at], behind(of, at));
    *seen |= NEXT;
}

// An exception is handled in any code: an asynchronous loop ends by one.
static Object *exception_handled(Object *self, Object *const *arguments, Size count) {
    (void)count;
    Instance *instance = python.PyLong_AsVoidPtr(self);
    CodeData *data = code_data(instance, arguments[0]);
    if (is_logged(data) && python.PyErr_GivenExceptionMatches(arguments[2], instance->stop_async_iteration)) {
        lock_codes();
        end_loop(data, python.PyLong_AsLong(arguments[1]) / 2);
        unlock_codes();
    }
    return keep_event(self);
}

// Code starts. If it has asynchronous loops, the exceptions that end them are to be seen.
static void listen_to_loops(Instance *instance, CodeData *data, Object *code) {
    lock_codes();
    Bytecode *of = followed_bytecode(data, code);
    if (of && of->has_async_loops)
        want_of_all(instance, instance->handled_event);
    unlock_codes();
}

// Code is left by the return at a unit.
static void follow_return(CodeData *data, Object *code, uint32_t at) {
    lock_codes();
    const Bytecode *of = followed_bytecode(data, code);
    if (of && at < of->count && of->lines[at])
        log_arc(data->slot, of->lines[at], -data->left_at);
    unlock_codes();
}

static Object *code_returns(Object *self, Object *const *arguments, Size count) {
    (void)count;
    Instance *instance = python.PyLong_AsVoidPtr(self);
    CodeData *data = code_data(instance, arguments[0]);
    if (forkcov_branches && is_logged(data))
        follow_return(data, arguments[0], python.PyLong_AsLong(arguments[1]) / 2);
    if (data == NOT_COVERED || !data->test_role)
        return disable_event(instance);
    test_function_returns(instance, data, python.PyEval_GetFrame());
    return keep_event(self);
}

// The name of an event of branches: that of each direction, or of both. Null behind the last.
static const char *branch_event(int at) {
    static const char of_directions[][16] = {"BRANCH_LEFT", "BRANCH_RIGHT"};
    static const char of_both[] = "BRANCH";
    if (version < PYTHON_SINCE_BRANCH_DIRECTIONS)
        return at == 0 ? of_both : NULL;
    return at < 2 ? of_directions[at] : NULL;
}

// The events of a code object that the probe wants, beside `events`. Null if the interpreter has no such
// events.
static Object *with_branch_events(Object *names, Object *events) {
    long all = python.PyLong_AsLong(events) | number_attribute(names, "PY_RETURN");
    for (int at = 0; branch_event(at); at++)
        all |= number_attribute(names, branch_event(at));
    return python.PyLong_FromLong(all);
}
