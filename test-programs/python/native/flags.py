# The compiler's flags for a program with Python.h (`compile`), and for one with libpython (`link`).
import os
import sys
import sysconfig

get = sysconfig.get_config_var
flags = ["-I" + sysconfig.get_path("include")]
if sys.argv[1] == "link":
    flags += ['-DHOME="' + sys.base_prefix + '"']
    flags += ["-L" + get("LIBDIR"), "-Wl,-rpath," + get("LIBDIR"), "-lpython" + get("LDVERSION")]
    loader = os.path.join(get("LIBDIR"), "ld-linux-x86-64.so.2")
    if os.path.exists(loader):  # A newer C library than the compiler's may be beside it.
        flags += ["-Wl,--allow-shlib-undefined,--disable-new-dtags,--dynamic-linker," + loader]
print(*flags)
