//! Sets of small numbers (lines of a file, functions of a file): in memory a bitset, on disk coverage.py's
//! "numbits": bit `n % 8` of byte `n / 8`.
