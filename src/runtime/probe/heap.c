// The probe's heap: blocks of powers of two, from pages that are never given back to the kernel.

enum { SMALLEST = 5, LARGEST = 40, CHUNK = 1 << 18 }; // the first two are binary logarithms

static struct {
    void *free[LARGEST]; // lists by binary logarithm of the size
    char *chunk; // what is left of the newest pages
    size_t left;
} heap;

static int size_class(size_t size) {
    int class = SMALLEST;
    while (((size_t)1 << class) < size)
        class++;
    return class;
}

// Maps the next chunk, of at least `size` bytes.
static int map_chunk(size_t size) {
    enum { PROT_READ_WRITE = 3, MAP_PRIVATE_ANONYMOUS = 0x22 };
    size_t chunk = size > CHUNK ? size : CHUNK;
    long mapped = system_call(SYS_mmap, 0, chunk, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (is_error(mapped))
        return -1;
    heap.chunk = (char *)mapped;
    heap.left = chunk;
    return 0;
}

// `size` zero bytes; null if there is no memory.
static void *allocate(size_t size) {
    int class = size_class(size);
    size_t block_size = (size_t)1 << class;
    lock(&forkcov_process.heap_lock);
    char *block = heap.free[class];
    if (block) {
        heap.free[class] = *(void **)block;
    } else {
        if (block_size > heap.left && map_chunk(block_size)) {
            unlock(&forkcov_process.heap_lock);
            return NULL;
        }
        block = heap.chunk;
        heap.chunk += block_size;
        heap.left -= block_size;
    }
    unlock(&forkcov_process.heap_lock);
    for (size_t at = 0; at < block_size; at += sizeof(uint64_t))
        *(volatile uint64_t *)(block + at) = 0;
    return block;
}

// Frees what `allocate(size)` gave.
static void deallocate(void *block, size_t size) {
    int class = size_class(size);
    lock(&forkcov_process.heap_lock);
    *(void **)block = heap.free[class];
    heap.free[class] = block;
    unlock(&forkcov_process.heap_lock);
}
