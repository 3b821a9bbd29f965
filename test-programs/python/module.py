# A package that is run by `-m`.
# sources: python/package/__init__.py python/package/__main__.py python/package/part.py python/package/unused.py
# runs: -m package
# processes: 2
