# Comprehensions, on one line and on several, and lambdas.
# processes: 1
from role import role


def never():  # hit: main
    return [n for n in range(3)]  # miss


role("main")  # hit: main
print([n * n for n in range(3)])  # hit: main
print({n: -n for n in range(3)})  # hit: main
print(sorted({n % 2 for n in range(5)}))  # hit: main
print(  # hit: main
    [
        (a, b)
        for a in range(2)
        for b in range(2)
        if a != b
    ]
)
nested = [[m for m in range(n)] for n in range(3)]  # hit: main
double = lambda n: n * 2  # hit: main
print(double(4), nested)  # hit: main
unused = lambda: never()  # hit: main
chosen = (lambda n: n + 1) if nested else None  # hit: main
print(chosen(1))  # hit: main
