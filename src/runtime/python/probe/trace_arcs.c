// Which line follows which, before CPython 3.12: the line before is kept for each frame that runs.

// The frames that run, with the line that each ran last: a hash table with linear probing.
typedef struct {
    Object *frame;
    int line;
    int is_waiting; // for what resumes it, unless it has ended
} FrameLine;

static FrameLine *frames;
static size_t frames_size, frames_used; // the size is a power of 2

static size_t frame_home(const Object *frame) {
    return ((uintptr_t)frame >> 4) * 0x9e3779b97f4a7c15u >> 32 & (frames_size - 1);
}

static FrameLine *find_frame(Object *frame) {
    if (!frames_size)
        return NULL;
    for (size_t at = frame_home(frame); frames[at].frame; at = (at + 1) & (frames_size - 1))
        if (frames[at].frame == frame)
            return &frames[at];
    return NULL;
}

static void put_frame(Object *frame, int line) {
    FrameLine *known = find_frame(frame);
    if (known) {
        known->line = line;
        known->is_waiting = 0;
        return;
    }
    if (2 * frames_used >= frames_size) {
        FrameLine *former = frames;
        size_t former_size = frames_size, size = former_size ? 2 * former_size : 256;
        FrameLine *grown = allocate(size * sizeof *grown);
        if (!grown)
            return;
        frames = grown;
        frames_size = size;
        frames_used = 0;
        for (size_t at = 0; at < former_size; at++)
            if (former[at].frame) {
                put_frame(former[at].frame, former[at].line);
                find_frame(former[at].frame)->is_waiting = former[at].is_waiting;
            }
        if (former)
            deallocate(former, former_size * sizeof *former);
    }
    size_t at = frame_home(frame);
    while (frames[at].frame)
        at = (at + 1) & (frames_size - 1);
    frames[at] = (FrameLine){frame, line, 0};
    frames_used++;
}

// Removes a frame. Those behind it move to where they are looked for.
static void remove_frame(FrameLine *known) {
    size_t hole = known - frames, mask = frames_size - 1;
    for (size_t at = (hole + 1) & mask; frames[at].frame; at = (at + 1) & mask)
        if (((at - frame_home(frames[at].frame)) & mask) >= ((at - hole) & mask)) {
            frames[hole] = frames[at];
            hole = at;
        }
    frames[hole] = (FrameLine){0};
    frames_used--;
}

// The arcs of a code object that processes have logged, each with the process that did so last.
typedef struct {
    int from, to;
    uint32_t logged_by; // 0 in an empty place
} LoggedArc;

struct ArcSet {
    size_t size, used; // the size is a power of 2
    LoggedArc arcs[];
};

static void free_arcs(ArcSet *arcs) {
    if (arcs)
        deallocate(arcs, sizeof *arcs + arcs->size * sizeof *arcs->arcs);
}

static LoggedArc *place_of_arc(ArcSet *set, int from, int to) {
    uint64_t key = (uint64_t)(uint32_t)from << 32 | (uint32_t)to;
    size_t at = (key * 0x9e3779b97f4a7c15u >> 32) & (set->size - 1);
    while (set->arcs[at].logged_by && (set->arcs[at].from != from || set->arcs[at].to != to))
        at = (at + 1) & (set->size - 1);
    return &set->arcs[at];
}

static void grow_arcs(CodeData *data) {
    ArcSet *former = data->arcs;
    size_t size = former ? 2 * former->size : 16;
    ArcSet *grown = allocate(sizeof *grown + size * sizeof *grown->arcs);
    if (!grown)
        return;
    grown->size = size;
    for (size_t at = 0; former && at < former->size; at++)
        if (former->arcs[at].logged_by) {
            *place_of_arc(grown, former->arcs[at].from, former->arcs[at].to) = former->arcs[at];
            grown->used++;
        }
    data->arcs = grown;
    free_arcs(former);
}

// Has the process not logged this arc yet?
static int is_new_arc(CodeData *data, int from, int to) {
    if (!data->arcs || 2 * data->arcs->used >= data->arcs->size)
        grow_arcs(data);
    if (!data->arcs || data->arcs->used + 1 >= data->arcs->size)
        return 1;
    LoggedArc *known = place_of_arc(data->arcs, from, to);
    if (known->logged_by == current_owner())
        return 0;
    data->arcs->used += !known->logged_by;
    *known = (LoggedArc){from, to, current_owner()};
    return 1;
}

// Is an exception raised again here since a `finally` clause has ended?
static int does_finally_end(const unsigned char *bytes, long at) {
    enum { RERAISE = 119, RERAISE_3_9 = 48, POP_JUMP_IF_TRUE = 115 };
    static const unsigned char deletions[] = {91, 98, 126, 138};
    if (bytes[at] == RERAISE)
        return 1;
    if (bytes[at] != RERAISE_3_9 || at < 2)
        return 0;
    // In 3.9, also by a `with` statement, and where the name of an exception is deleted.
    unsigned char before = bytes[at - 2];
    for (size_t kind = 0; kind < sizeof deletions; kind++)
        if (before == deletions[kind])
            return 0;
    return before != POP_JUMP_IF_TRUE;
}

// Does a frame return, and not wait for what resumes it? `is_raising` if it ends by an exception: that is an
// exit only of a `raise` statement, and at the end of a `finally` clause.
static int does_return(CodeData *data, Object *code, Object *frame, int is_raising) {
    enum { RETURN_VALUE = 83, RAISE_VARARGS = 130 }; // in 3.9 to 3.11
    if (!data->is_resumed && !is_raising)
        return 1;
    Object *instructions = attribute(code, "co_code");
    char *bytes;
    Size size = 0;
    int does = 0;
    if (instructions && !python.PyBytes_AsStringAndSize(instructions, &bytes, &size)) {
        const unsigned char *code_bytes = (const unsigned char *)bytes;
        long at = number_attribute(frame, "f_lasti");
        if (at >= 0 && at < size)
            does = is_raising ? code_bytes[at] == RAISE_VARARGS || does_finally_end(code_bytes, at)
                              : code_bytes[at] == RETURN_VALUE;
    }
    python.PyErr_Clear();
    if (instructions)
        python.Py_DecRef(instructions);
    return does;
}

// A frame begins, is resumed, comes to a line, waits or ends. The line of a frame that waits is kept: in 3.9,
// that of its next instruction can be another one.
static void trace_arcs(CodeData *data, Object *code, Object *frame, int what, int line, Object *argument) {
    FrameLine *known = find_frame(frame);
    int last = known ? known->line : 0;
    switch (what) {
    case PyTrace_CALL:
        // What is resumed goes on at its line. A frame that begins may be where another one was.
        if (!known || !known->is_waiting || line == data->first_line)
            put_frame(frame, data->is_resumed ? line : 0);
        else
            known->is_waiting = 0;
        break;
    case PyTrace_LINE:
        if (last && last != line && is_new_arc(data, last, line))
            log_arc(data->slot, last, line);
        put_frame(frame, line);
        break;
    case PyTrace_RETURN:
        if (known && data->is_resumed)
            known->is_waiting = 1;
        else if (known)
            remove_frame(known);
        if (last && does_return(data, code, frame, !argument) && is_new_arc(data, last, -data->left_at))
            log_arc(data->slot, last, -data->left_at);
        break;
    }
}
