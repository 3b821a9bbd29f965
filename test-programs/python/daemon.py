# A daemon, made by two forks and a new session.
# processes: 3
# tree: main > middle, middle > daemon
import os
from role import role


def daemonize():  # hit: main
    role("middle")  # hit: middle
    os.setsid()  # hit: middle
    if os.fork():  # hit: middle
        os._exit(0)  # hit: middle
    role("daemon")  # hit: daemon
    os.chdir("/")  # hit: daemon


def serve(out):  # hit: main
    with os.fdopen(out, "w") as file:  # hit: daemon
        file.write("served")  # hit: daemon


role("main")  # hit: main
reading, writing = os.pipe()  # hit: main
middle = os.fork()  # hit: main
if middle == 0:  # hit: main, middle
    os.close(reading)  # hit: middle
    daemonize()  # hit: middle
    serve(writing)  # hit: daemon
    os._exit(0)  # hit: daemon
os.close(writing)  # hit: main
os.waitpid(middle, 0)  # hit: main
print(os.read(reading, 100))  # hit: main
print(os.read(reading, 100))  # hit: main
