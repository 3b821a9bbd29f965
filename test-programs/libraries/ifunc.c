// A function whose implementation is chosen when the library is relocated.
static int plus_two(int n) { // hit: caller
    return n + 2; // hit: caller
} // hit: caller

static int plus_three(int n) { // miss
    return n + 3; // miss
} // miss

static int (*resolve(void))(int) { // hit: opener
    return sizeof(long) == 8 ? plus_two : plus_three; // hit: opener
} // hit: opener

static int chosen(int n) __attribute__((ifunc("resolve")));

int ifunc_call(int n) { // hit: caller
    return chosen(n); // hit: caller
} // hit: caller
