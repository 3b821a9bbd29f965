// Many short blocks, for programs that need an object of its own which is new to the process.
#define FOUR(x) \
    if ((x) & 1) sum += 2; \
    if ((x) & 2) sum ^= 3; \
    if ((x) & 4) sum += 5; \
    if ((x) & 8) sum ^= 7;

unsigned blocks(unsigned sum) { // hit: parent, writer
    FOUR(sum) FOUR(sum + 1) FOUR(sum + 2) FOUR(sum + 3) FOUR(sum + 4) FOUR(sum + 5) FOUR(sum + 6) FOUR(sum + 7) // hit: parent, writer
    return sum; // hit: parent, writer
} // hit: parent, writer
