"""Where the program `forkcov` is that this package has installed."""

import os
import shutil
import sysconfig


def program():
    """The path of forkcov."""
    schemes = [None, "posix_user"]
    directories = [sysconfig.get_path("scripts", scheme or sysconfig.get_default_scheme()) for scheme in schemes]
    for directory in directories:
        path = os.path.join(directory, "forkcov")
        if os.access(path, os.X_OK):
            return path
    path = shutil.which("forkcov")
    if path is None:
        raise FileNotFoundError("no program forkcov in " + ", ".join(directories) + " or PATH")
    return path
