# python: 3.12+
# Type parameters and aliases, and annotations.
type A = int
type B[T] = list[T] | (
    None
)

def f[T](x: T) -> T:
    type C = T
    if x:
        type D = int
    else:
        type D = str
    return x

class G[T]:
    type E = T
    x: T
    y: int = 3
    if True:
        def m[S](self, x: S):
            if x: return 1
            type F = S
    for i in range(2):
        z: int = i

type L = lambda: (
    1
)

def g(x: "int"
      = 3,
      *, y: A = 4) -> B[int]:
    if x:
        z: int
        w: int = 2

f(0)
f(1)
G().m(0)
g()
A.__value__
B.__value__
