# Definitions of one line are branches: they are passed, and they are entered.
def called(): return 1
def not_called(): return 2
class Empty: pass
class Error(Exception): "A docstring."
def decorator(function): return function


@decorator
def decorated(): return 3


@decorator
@decorator
class Decorated:
    def method(self): return 4
    @property
    def number(self): return 5
    if decorator:
        flag = 1
    def default(self, a=1 if called else 2): return a
    for item in range(2):
        class Inner: pass


def outer(a):
    def inner(): return a
    if a: inner = lambda: a if a else 1
    for item in range(a):
        def within(): return item
        within()
    return inner()


async def waits(): return 6
lazy = lambda a: 1 if a else 2
called()
decorated()
Decorated().method()
outer(0)
outer(2)
if lazy(0):
    class Conditional: pass
else:
    def conditional(): pass
for item in range(2):
    if item:
        def in_a_branch(): return 7
    called()
