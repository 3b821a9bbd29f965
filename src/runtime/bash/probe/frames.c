// Frames: the script, the files that are sourced in it, and the functions that are called. `BASH_SOURCE` has
// an element for each, the innermost first.
//
// A frame begins with a command, whose caller is the last command of the frame around it. So the first
// command of a frame runs in the directory in which its file was opened: then its name says which file it is.
// Frames end in any way; a command of a frame around one is what shows it.

typedef struct {
    const char *source; // the element of BASH_SOURCE: an address that no other frame has meanwhile
    char *name; // what it was when the frame began
    Variable *function; // null in a file
    int context, sourced; // variable_context and sourcelevel
    int level; // parse_and_execute_level of its own commands: deeper ones are from a string
    uint32_t file; // 0 if it does not count
    Unit *unit; // what its lines belong to; null if they do not count
} Frame;

static struct {
    Frame *all;
    int room, count;
    int sourced_by_parent; // sourcelevel that a script has from the shell that it was forked from
    int has_command; // the probe has seen a command
    int depth; // of the command before
} frames;

static Array *all_sources(void) {
    Scope *scope = *shell.global_variables;
    Bucket *bucket = scope && scope->table ? shell.hash_search("BASH_SOURCE", scope->table, 0) : NULL;
    Variable *variable = bucket ? bucket->data : NULL;
    return variable && variable->attributes & ATTRIBUTE_ARRAY ? variable->value : NULL;
}

static int make_room_for_frames(int depth) {
    if (depth < frames.room)
        return 1;
    int room = depth + 1 < 16 ? 16 : 2 * (depth + 1);
    Frame *all = allocate(room * sizeof *all);
    if (!all)
        return 0;
    if (frames.count)
        copy_bytes(all, frames.all, frames.count * sizeof *all);
    frames.all = all; // The memory before stays: a signal may have interrupted a reader.
    frames.room = room;
    return 1;
}

// A frame of the file `name`, which the shell has begun to read if `is_opened`.
static void enter_file(Frame *frame, int is_opened) {
    const Frame *script = frames.all;
    int may_be_script = frame == script || (!is_opened && !script->name);
    const char *known = may_be_script ? path_of_script(frame->name) : NULL;
    if (*frame->name == '/')
        frame->file = file_called(frame->name);
    else if (known)
        frame->file = file_called(known);
    else if (is_opened || frame == script)
        frame->file = file_opened(frame->name);
    else if (script->name && is_same(frame->name, script->name))
        frame->file = script->file;
    if (frame->file)
        frame->unit = unit_of(frame->file, 0, "");
}

static void enter_function(Frame *frame) {
    frame->function = *shell.this_shell_function;
    Definition *definition = frame->function ? definition_of(frame->function->name) : NULL;
    if (!definition) { // It was defined before the probe began, or the environment has it.
        if (frame->name && !is_same(frame->name, "environment"))
            enter_file(frame, 0);
        return;
    }
    frame->unit = definition->unit;
    frame->file = frame->unit ? frame->unit->file : 0;
}

// The frame at this depth begins with the present command, unless the probe has come late.
static Frame *enter_frame(int depth, const char *source, int is_script) {
    if (!make_room_for_frames(depth))
        return NULL;
    for (; frames.count < depth; frames.count++)
        frames.all[frames.count] = (Frame){.context = -1};
    Frame *frame = &frames.all[depth];
    Frame outermost = {.sourced = frames.sourced_by_parent};
    const Frame *around = depth ? &frames.all[depth - 1] : &outermost;
    if (around->context < 0 && depth == 1)
        around = &outermost;
    int is_begun = frames.has_command && frames.depth <= depth && around->context >= 0;
    *frame = (Frame){.source = source, .context = *shell.variable_context, .sourced = *shell.sourcelevel};
    frame->level = is_begun ? *shell.parse_and_execute_level : frame->sourced - frames.sourced_by_parent;
    frames.count = depth + 1;
    frame->name = source ? keep_text(source) : NULL;
    if (is_script || !depth)
        frame->level = 0;
    int is_file = is_script || !depth || frame->sourced > around->sourced;
    if (!is_file)
        enter_function(frame);
    else if (frame->name)
        enter_file(frame, is_begun || !frames.has_command);
    return frame;
}

// The frame of the command that is about to run; null if there is none yet.
static Frame *known_frame(int depth, int has_sources, const char *source) {
    if (depth >= frames.count)
        return NULL;
    Frame *frame = &frames.all[depth];
    int is_same_function = !frame->function || frame->function == *shell.this_shell_function;
    int is_same_source = frame->source == source && (!source || (frame->name && is_same(frame->name, source)));
    // Some versions let a script unset BASH_SOURCE.
    return is_same_function && (is_same_source || !has_sources) ? frame : NULL;
}

static Frame *current_frame(void) {
    Array *sources = all_sources();
    const char *source = sources ? shell.array_reference(sources, 0) : NULL;
    int context = *shell.variable_context, is_in_string = *shell.parse_and_execute_level > 0;
    int is_script = source && !context && !is_in_string && !shell.array_reference(sources, 1);
    // Without `#!`, a forked shell runs a script, and keeps its own depth of files.
    if (is_script)
        frames.sourced_by_parent = *shell.sourcelevel;
    int depth = context + *shell.sourcelevel - frames.sourced_by_parent;
    if (depth < 0)
        depth = 0;
    Frame *frame = known_frame(depth, sources != NULL, source);
    if (frame) {
        frames.count = depth + 1;
    } else {
        Signals before = block_signals();
        frame = enter_frame(depth, source, is_script);
        restore_signals(&before);
    }
    frames.depth = depth;
    frames.has_command = 1;
    return frame;
}
