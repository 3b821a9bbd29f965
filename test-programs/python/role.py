# Says which process is which, for the harness: appends "PID ROLE" to the file that $ROLES names, as role.h does.
#
# Only system calls, of a module that every interpreter has built in. A process whose environment was emptied finds
# the log beside this file. One that can open it no more says where it has.
import posix


def log():
    path = posix.environ.get(b"ROLES")
    flags = posix.O_WRONLY | posix.O_APPEND | posix.O_CLOEXEC
    if path is None:
        return posix.open(__file__.rpartition("/")[0] + "/roles", flags)
    return posix.open(path, flags | posix.O_CREAT, 0o644)


def role(name, file=None):
    text = b"%d %s\n" % (posix.getpid(), name.encode())
    if file is not None:
        posix.write(file, text)
        return
    file = log()
    posix.write(file, text)
    posix.close(file)
