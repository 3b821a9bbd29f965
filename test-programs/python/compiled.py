# A module whose source is gone: only its .pyc is there, and names the source.
# sources: python/compiled/only.py
# after-build: mkdir build && cp compiled/only.py build && "$PYTHON" -m compileall -q -b build
# after-build: mv build/only.pyc . && rm -r build
# recorded-as: python/compiled/only.py -> build/only.py
# processes: 1
from role import role

role("main")  # hit: main
import only

print(only.value())  # hit: main
