// Branches of C++: a call that may throw is none, nor are guards of variables, null checks of delete and the instances of a
// template apart.
// processes: 2
// tree: parent > child
// variant: plain: -O0
// variant: optimised: -O2
#include <cstdio>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>
#include "role.h"

#define APART __attribute__((noinline))

static volatile int sum; // none

struct Counter {
    int count;
    APART explicit Counter(int first) : count(first) {}
    APART ~Counter() { sum = sum + count; }
};

template <class T> APART T larger(T a, T b) {
    if (a > b) return a;
    return b;
}

static APART int throws(int n) {
    if (n == 3) throw std::runtime_error("three");
    if (n == 4) throw n;
    return n;
}

static APART int catches(int n) {
    Counter counter(n);
    try {
        return throws(n);
    } catch (const std::exception &error) {
        return error.what()[0] == 't' ? 10 : 20;
    } catch (int thrown) {
        return thrown;
    }
}

static APART int guarded(int n) {
    static Counter once(n);
    static int cheap = throws(n);
    return once.count + cheap;
}

static APART void deletes(int *number, Counter *counter) {
    delete number;
    delete counter;
}

static APART int over(const std::vector<int> &numbers) {
    int odd = 0;
    for (int number : numbers)
        if (number & 1) odd++;
    return odd;
}

int main() {
    role("parent");
    sum = larger(1, 2) + (int)larger(2.0, 1.0);
    for (int i = 0; i < 4; i++) sum = sum + catches(i);
    guarded(1);
    deletes(nullptr, new Counter(1));
    if (fork() == 0) {
        role("child");
        sum = catches(4) + guarded(2) + over({1, 2, 3});
        deletes(new int, nullptr);
        sum = (int)larger(3.0, 4.0);
        _exit(0);
    }
    sum = over({2, 4});
    wait(nullptr);
}
