# Code from text: without a file it has no lines; in the name of a file its lines are the file's.
# sources: python/evaluated/part.txt python/evaluated/script.py
# processes: 1
import runpy
from role import role

role("main")  # hit: main
names = {}  # hit: main
exec("a = 1\nb = 2\n", names)  # hit: main
print(eval("a + b", names))  # hit: main
with open("evaluated/part.txt") as file:  # hit: main
    text = file.read()  # hit: main
exec(compile(text, "evaluated/part.txt", "exec"), {"role": role})  # hit: main
print(sorted(runpy.run_path("evaluated/script.py"))[-1])  # hit: main
lines = compile("n = 1", "no such file.py", "exec")  # hit: main
exec(lines)  # hit: main
