// A library without debug information, and with one function that calls back.
int plain_twice(int n) {
    return 2 * n;
}

int plain_call(int (*back)(int), int n) {
    return back(n) + 1;
}
