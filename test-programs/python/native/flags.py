# The compiler's flags for a program with Python.h (`compile`), and for one with libpython (`link`).
import sys
import sysconfig

get = sysconfig.get_config_var
flags = ["-I" + sysconfig.get_path("include")]
if sys.argv[1] == "link":
    flags += ["-L" + get("LIBDIR"), "-Wl,-rpath," + get("LIBDIR"), "-lpython" + get("LDVERSION")]
print(*flags)
