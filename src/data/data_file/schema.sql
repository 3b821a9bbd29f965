-- The data file of forkcov, schema 3. docs/data-file.md explains it and has queries to start from.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- (run, serial) identifies a process for ever, on every machine. Times are seconds since the epoch.
CREATE TABLE process (
    id          INTEGER PRIMARY KEY,
    run         TEXT    NOT NULL,  -- random, hexadecimal
    label       TEXT,              -- what the user calls the run
    serial      INTEGER NOT NULL,  -- from 0, in the order of births
    parent      INTEGER,           -- its serial in the same run; the process may be missing here
    host        TEXT    NOT NULL,
    pid         INTEGER NOT NULL,
    birth       TEXT    NOT NULL,  -- launch, fork, vfork, clone, attach
    started     REAL    NOT NULL,
    ended       REAL,              -- this and the next two: NULL when the end was not seen
    exit_code   INTEGER,
    exit_signal INTEGER,
    UNIQUE (run, serial)
) STRICT;

-- What a process ran after each exec; none for one that only forked.
CREATE TABLE image (
    process    INTEGER NOT NULL REFERENCES process,
    ordinal    INTEGER NOT NULL,  -- from 0
    executable TEXT    NOT NULL,
    argv       TEXT    NOT NULL,  -- JSON: an array of strings
    PRIMARY KEY (process, ordinal)
) STRICT, WITHOUT ROWID;

-- A set of numbers, once however often it is used: number n is bit n % 8 of byte n / 8.
CREATE TABLE number_set (
    id      INTEGER PRIMARY KEY,
    digest  BLOB NOT NULL UNIQUE,  -- first 16 bytes of the BLAKE3 hash of numbits
    numbits BLOB NOT NULL          -- without zero bytes at its end
) STRICT;

CREATE TABLE file (
    id   INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE  -- absolute, normalised
) STRICT;

-- A text of a source file that ran. The id is its number in this data file alone.
CREATE TABLE text (
    id     INTEGER PRIMARY KEY,
    file   INTEGER NOT NULL REFERENCES file,
    digest BLOB    NOT NULL,  -- its BLAKE3 hash; empty if the file had another text already when it was looked for
    UNIQUE (file, digest)
) STRICT;

-- Which texts of its sources a run ran; none of a source that was not there when the run ended.
CREATE TABLE run (
    name  TEXT PRIMARY KEY,
    texts INTEGER NOT NULL REFERENCES number_set
) STRICT, WITHOUT ROWID;

-- (line, name) identifies a function of a file; the ordinal is its number in this data file alone.
CREATE TABLE function (
    file    INTEGER NOT NULL REFERENCES file,
    ordinal INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    last    INTEGER NOT NULL,  -- its last line that has code; in Python as line
    name    TEXT    NOT NULL,
    PRIMARY KEY (file, ordinal),
    UNIQUE (file, line, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE object (
    id       INTEGER PRIMARY KEY,
    build_id TEXT NOT NULL UNIQUE  -- or `blake3:` and a hash of its content, or `python:` and a version
) STRICT;

-- Where an object was found. It is a program if some image's executable is one of these.
CREATE TABLE object_path (
    object INTEGER NOT NULL REFERENCES object,
    path   TEXT    NOT NULL,
    PRIMARY KEY (object, path)
) STRICT, WITHOUT ROWID;

-- The executable lines that an object has of a file.
CREATE TABLE executable (
    object INTEGER NOT NULL REFERENCES object,
    file   INTEGER NOT NULL REFERENCES file,
    lines  INTEGER NOT NULL REFERENCES number_set,
    PRIMARY KEY (object, file)
) STRICT, WITHOUT ROWID;

-- What a process ran of a file.
CREATE TABLE hit (
    process   INTEGER NOT NULL REFERENCES process,
    file      INTEGER NOT NULL REFERENCES file,
    lines     INTEGER NOT NULL REFERENCES number_set,
    functions INTEGER NOT NULL REFERENCES number_set,  -- ordinals
    PRIMARY KEY (process, file)
) STRICT, WITHOUT ROWID;

-- The numbers of every set, for queries by hand.
CREATE VIEW number (number_set, number) AS
WITH RECURSIVE
    bit (n) AS (VALUES (0), (1), (2), (3), (4), (5), (6), (7)),
    place (number_set, at, size) AS (
        SELECT id, 0, length(numbits) FROM number_set WHERE length(numbits) > 0
        UNION ALL
        SELECT number_set, at + 1, size FROM place WHERE at + 1 < size
    ),
    byte (number_set, at, digits) AS (
        SELECT number_set, at, hex(substr(numbits, at + 1, 1)) FROM place JOIN number_set ON id = number_set
    ),
    value (number_set, at, value) AS (
        SELECT number_set, at,
               16 * (instr('0123456789ABCDEF', substr(digits, 1, 1)) - 1)
                  + instr('0123456789ABCDEF', substr(digits, 2, 1)) - 1
        FROM byte
    )
SELECT number_set, 8 * at + n FROM value JOIN bit ON value >> n & 1;

-- Who ran which line.
CREATE VIEW line_hit (run, label, pid, path, line) AS
SELECT run, label, pid, path, number
FROM hit
JOIN process ON process.id = hit.process
JOIN file    ON file.id = hit.file
JOIN number  ON number_set = hit.lines;
