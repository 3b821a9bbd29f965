# Modules of which only the .pyc files are found, whose sources are elsewhere, or gone.
# sources: python/compiled/only.py
# after-build: cp compiled/only.py gone.py && "$PYTHON" -m compileall -q -b compiled gone.py
# after-build: mv compiled/only.pyc . && rm gone.py
# processes: 1
from role import role

role("main")  # hit: main
import gone
import only

print(only.value(), gone.value())  # hit: main
