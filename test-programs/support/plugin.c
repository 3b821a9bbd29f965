// A library that is opened by `opens`.
int answer(int n) {
    return n + 42;
}
