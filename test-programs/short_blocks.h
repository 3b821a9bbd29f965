// Functions of many blocks, most of which are short, and have no room for a jump to a trampoline of their own.
#define BLOCKS(n) \
    if (x & 1) x = x * 3 + n; \
    if (x % 7 == (n) % 7) x ^= x >> 5; \
    if ((x ^ (n)) & 64) x += 77 * (n); \
    switch (x % 5) { case 0: x++; break; case 1: x ^= 21; break; case 3: x -= (n); break; default: x += 2; }
#define MANY(n) BLOCKS(n) BLOCKS(n + 1) BLOCKS(n + 2) BLOCKS(n + 3) BLOCKS(n + 4) BLOCKS(n + 5) BLOCKS(n + 6) BLOCKS(n + 7)
#define FUNCTION(n) static __attribute__((noinline)) unsigned f##n(unsigned x) { MANY(n##u) MANY(1##n##u) return x; }
