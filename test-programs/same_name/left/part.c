// One of two files called part.c.

int left(int n) { // hit: parent
    if (n > 5) // hit: parent
        return 0; // miss
    return n; // hit: parent
} // hit: parent
