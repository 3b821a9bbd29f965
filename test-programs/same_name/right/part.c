// The other of two files called part.c: the same lines, run by another process.

int right(int n) { // hit: child
    if (n > 5) // hit: child
        return 0; // hit: child
    return n; // miss
} // hit: child
