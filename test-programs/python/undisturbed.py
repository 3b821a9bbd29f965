# What a program can see of its interpreter and of its process, in the first thread, in another and in a forked child.
# processes: 2
import atexit
import builtins
import dis
import faulthandler
import gc
import os
import resource
import signal
import sys
import threading
import traceback
import tracemalloc
import warnings
import weakref
from role import role


def of_interpreter():  # hit: parent
    yield "modules", sorted(sys.modules)  # hit: parent, child
    yield "path", [sys.path, list(sys.path_importer_cache), sys.path_hooks, sys.meta_path]
    yield "command", [sys.argv, getattr(sys, "orig_argv", None), sys.executable, sys.prefix]
    yield "flags", [sys.flags, sys.warnoptions, sys._xoptions, sys.dont_write_bytecode]
    yield "warnings", warnings.filters
    yield "hooks", [sys.displayhook, sys.excepthook, sys.unraisablehook, sys.breakpointhook, threading.excepthook]
    yield "limits", [sys.getrecursionlimit(), sys.getswitchinterval(), threading.stack_size(), sys.getdlopenflags()]
    yield "async", [sys.get_asyncgen_hooks(), sys.get_coroutine_origin_tracking_depth()]
    # Python 3.12 may warn of a fork when a thread that was joined has not quite ended, and keeps that in mind.
    yield "main", sorted(set(vars(sys.modules["__main__"])) - {"__warningregistry__"})
    yield "builtins", sorted(vars(builtins))
    yield "at exit", atexit._ncallbacks()
    yield "collector", [gc.isenabled(), gc.get_threshold(), gc.callbacks, gc.get_freeze_count(), gc.garbage]
    yield "tracers", [sys.getprofile(), sys.gettrace(), tracemalloc.is_tracing(), faulthandler.is_enabled()]
    if sys.version_info >= (3, 10):
        yield "threads' tracers", [threading.gettrace(), threading.getprofile()]
    yield "hash", [hash("text"), hash(b"bytes"), hash((1, "two"))]
    yield "exception", sys.exc_info()


def of_process():  # hit: parent
    yield "environment", sorted(os.environ.items())  # hit: parent, child
    yield "descriptors", [(fd, os.readlink("/proc/self/fd/" + fd).split(":")[0]) for fd in descriptors()]
    yield "threads", [[thread.name for thread in threading.enumerate()], len(os.listdir("/proc/self/task"))]
    yield "handlers", [(number, signal.getsignal(number)) for number in sorted(signal.valid_signals())]
    yield "masks", [sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), sorted(signal.sigpending())]
    yield "timers", [signal.getitimer(which) for which in range(3)]
    yield "rlimits", [resource.getrlimit(which) for which in range(resource.RLIMIT_NPROC)]
    yield "rest", [os.getcwd(), os.umask(0o22), os.sched_getaffinity(0), os.getpriority(os.PRIO_PROCESS, 0)]
    yield "status", status("SigP", "Shd", "SigB", "SigI", "SigC", "Cap", "NoNewPrivs", "Seccomp:", "Threads")


def descriptors():  # hit: parent
    names = sorted(os.listdir("/proc/self/fd"), key=int)  # hit: parent, child
    return [name for name in names if os.path.lexists("/proc/self/fd/" + name)]  # hit: parent, child


def status(*beginnings):  # hit: parent
    with open("/proc/self/status") as file:  # hit: parent, child
        return [line.strip() for line in file if line.startswith(beginnings)]  # hit: parent, child


def show(whose):  # hit: parent
    for what in (of_interpreter, of_process):  # hit: parent, child
        for key, value in what():  # hit: parent, child
            text = repr(value)  # hit: parent, child
            print(whose, key, text.split(" at 0x")[0] if " at 0x" in text else text)  # hit: parent, child


def of_code():  # hit: parent
    code = of_code.__code__  # hit: parent
    print(hash(code.co_code), code.co_consts[0], list(dis.findlinestarts(code)), code == code.replace())  # hit: parent
    frame = sys._getframe()  # hit: parent
    print(frame.f_trace, frame.f_trace_lines, frame.f_trace_opcodes, frame.f_lineno)  # hit: parent
    print(frame.f_back.f_back, sorted(frame.f_locals))  # hit: parent
    released = weakref.ref(compile("n = 1\n", __file__, "exec"))  # hit: parent
    print(released() is None)  # hit: parent
    try:
        raise ValueError("shown")  # hit: parent
    except ValueError:
        print(traceback.format_exc())  # hit: parent


def of_memory():  # hit: parent
    gc.collect()  # hit: parent
    tracemalloc.start()  # hit: parent
    kept = [bytes(1000) for _ in range(1000)]  # hit: parent
    snapshot = tracemalloc.take_snapshot()  # hit: parent
    tracemalloc.stop()  # hit: parent
    blocks = [trace.size for trace in snapshot.traces if trace.size > 1000]  # hit: parent
    print(len(kept), len(blocks), sum(blocks), gc.collect())  # hit: parent


role("parent")  # hit: parent
warnings.simplefilter("ignore")  # hit: parent
show("at first")  # hit: parent
of_code()  # hit: parent
of_memory()  # hit: parent
thread = threading.Thread(target=show, args=("in a thread",))  # hit: parent
thread.start()  # hit: parent
thread.join()  # hit: parent
while len(os.listdir("/proc/self/task")) > 1:  # hit: parent
    pass
if sys.version_info >= (3, 12):
    monitoring = sys.monitoring
    tools = [number for number in range(6) if monitoring.get_tool(number)]
    print(len(tools) <= 1, {monitoring.get_events(number) for number in range(6) if number not in tools})
    print({monitoring.get_local_events(number, show.__code__) for number in range(6) if number not in tools})
sys.stdout.flush()  # hit: parent
if os.fork() == 0:  # hit: parent
    role("child")  # hit: child
    show("in a child")  # hit: child
    sys.stdout.flush()  # hit: child
    os._exit(0)  # hit: child
os.wait()  # hit: parent
show("at last")  # hit: parent
