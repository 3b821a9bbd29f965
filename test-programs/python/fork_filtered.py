# A filter of system calls (seccomp(2)) kills for the calls by which a child could be given a file of ours.
# processes: 3
# needs: libraries
import ctypes
import os
import platform
import struct
import sys
from role import log, role

SOCKETPAIR, RECVMSG, SENDMSG, MREMAP, MADVISE = 53, 47, 46, 25, 28  # hit: parent
KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000  # hit: parent


def install(calls):  # hit: parent
    load = struct.pack("HBBI", 0x20, 0, 0, 0)  # hit: parent
    tests = b"".join(struct.pack("HBBI", 0x15, len(calls) - at, 0, call) for at, call in enumerate(calls))  # hit: parent
    ends = [struct.pack("HBBI", 0x06, 0, 0, end) for end in (ALLOW, KILL_PROCESS)]  # hit: parent
    code = load + tests + b"".join(ends)  # hit: parent
    kept = ctypes.create_string_buffer(code)  # hit: parent
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(kept))  # hit: parent
    libc = ctypes.CDLL(None)  # hit: parent
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.create_string_buffer(program), 0, 0):  # hit: parent
        os._exit(98)  # miss


def in_child(n):  # hit: parent
    return n + 1  # hit: child, grandchild


role("parent")  # hit: parent
opened = log()  # hit: parent
# The allocators of musl and of free-threaded builds make the last two themselves.
makes_none = platform.libc_ver()[0] == "glibc" and "t" not in sys.abiflags  # hit: parent
install([SOCKETPAIR, RECVMSG, SENDMSG] + [MREMAP, MADVISE] * makes_none)  # hit: parent
if os.fork() == 0:  # hit: parent
    role("child", opened)  # hit: child
    in_child(1)  # hit: child
    if os.fork() == 0:  # hit: child
        role("grandchild", opened)  # hit: grandchild
        os._exit(in_child(2))  # hit: grandchild
    os._exit(os.wait()[1] >> 8)  # hit: child
print(os.wait()[1] >> 8)  # hit: parent
