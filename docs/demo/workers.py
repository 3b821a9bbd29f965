"""Worker processes that end in every way."""
import ctypes
import multiprocessing
import os
import signal
import sys


def work(how):
    result = sum(range(1000))
    if how == "return":
        return result
    elif how == "_exit":
        os._exit(1)
    elif how == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "crash":
        ctypes.string_at(0)
    elif how == "exec":
        os.execv(sys.executable, [sys.executable, "-I", "-c", "pass"])
    else:  # never requested
        raise ValueError(how)


if __name__ == "__main__":
    for how in ["return", "_exit", "killed", "crash", "exec"]:
        worker = multiprocessing.Process(target=work, args=[how])
        worker.start()
        worker.join()
    print("all workers are done")
