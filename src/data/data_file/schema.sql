-- The data file of forkcov, schema 6. docs/data-file.md explains it and has queries to start from.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- (run, serial) identifies a process across machines and for ever. Times are seconds since the epoch.
CREATE TABLE process (
    id          INTEGER PRIMARY KEY,
    run         TEXT    NOT NULL,  -- random, hexadecimal
    label       TEXT,              -- of the run, as the user gave it
    serial      INTEGER NOT NULL,  -- from 0, in the order of births
    parent      INTEGER,           -- serial of the parent, which may be missing here
    host        TEXT    NOT NULL,
    pid         INTEGER NOT NULL,
    birth       TEXT    NOT NULL,  -- launch, fork, vfork, clone, attach
    started     REAL    NOT NULL,
    ended       REAL,              -- NULL, like the next two, if the end was not seen
    exit_code   INTEGER,
    exit_signal INTEGER,
    UNIQUE (run, serial)
) STRICT;

-- What a process executed after each exec. A process that only forked has no image.
CREATE TABLE image (
    process    INTEGER NOT NULL REFERENCES process,
    ordinal    INTEGER NOT NULL,  -- from 0
    executable TEXT    NOT NULL,
    argv       TEXT    NOT NULL,  -- JSON: an array of strings
    PRIMARY KEY (process, ordinal)
) STRICT, WITHOUT ROWID;

-- What a process ran for, as the name of a test. Processes can share a context, and a process can have many,
-- one after the other.
CREATE TABLE context (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- What belongs to no context.
INSERT INTO context VALUES (0, '');

-- When each context of a process began. One ends when the next begins, or the process ends.
CREATE TABLE process_context (
    process INTEGER NOT NULL REFERENCES process,
    ordinal INTEGER NOT NULL,  -- from 0
    context INTEGER NOT NULL REFERENCES context,
    started REAL    NOT NULL,  -- seconds since the epoch
    PRIMARY KEY (process, ordinal)
) STRICT, WITHOUT ROWID;

-- How tests ended, as their framework said in a process. Other processes can have run a test. A name without
-- a hit can be that of something else that failed, as a module that could not be imported.
CREATE TABLE test_result (
    process INTEGER NOT NULL REFERENCES process,
    ordinal INTEGER NOT NULL,  -- from 0
    context INTEGER NOT NULL REFERENCES context,
    failed  INTEGER NOT NULL,  -- 1 if it failed, else 0; a test can have a result for each of its phases
    ended   REAL    NOT NULL,  -- when this was said: seconds since the epoch
    PRIMARY KEY (process, ordinal)
) STRICT, WITHOUT ROWID;

-- A set of numbers, stored once however often it is used: number n is bit n % 8 of byte n / 8.
CREATE TABLE number_set (
    id      INTEGER PRIMARY KEY,
    digest  BLOB NOT NULL UNIQUE,  -- first 16 bytes of the BLAKE3 hash of numbits
    numbits BLOB NOT NULL          -- without zero bytes at its end
) STRICT;

CREATE TABLE file (
    id   INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE  -- absolute, normalised
) STRICT;

-- A content that a source file had when it ran. The id is valid in this data file only.
CREATE TABLE source_snapshot (
    id     INTEGER PRIMARY KEY,
    file   INTEGER NOT NULL REFERENCES file,
    digest BLOB    NOT NULL,  -- BLAKE3 hash; empty if the file had changed already when forkcov read it
    UNIQUE (file, digest)
) STRICT;

-- The source snapshots of a run. Sources that did not exist when the run ended have none.
CREATE TABLE run (
    name      TEXT PRIMARY KEY,
    snapshots INTEGER NOT NULL REFERENCES number_set  -- ids of source_snapshot
) STRICT, WITHOUT ROWID;

-- (line, name) identifies a function of a file. The ordinal is valid in this data file only.
CREATE TABLE function (
    file    INTEGER NOT NULL REFERENCES file,
    ordinal INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    last    INTEGER NOT NULL,  -- its last line that has code; the same as line if that is unknown (in Python)
    name    TEXT    NOT NULL,
    PRIMARY KEY (file, ordinal),
    UNIQUE (file, line, name)
) STRICT, WITHOUT ROWID;

-- A direction of a branch: one of the ways that a jump of a line can go. (line, jump, way) identifies it in
-- its file. The ordinal is valid in this data file only.
CREATE TABLE branch (
    file    INTEGER NOT NULL REFERENCES file,
    ordinal INTEGER NOT NULL,
    line    INTEGER NOT NULL,  -- of the jump
    jump    INTEGER NOT NULL,  -- which of the line's jumps, from 0
    way     INTEGER NOT NULL,  -- of machine code: 0 is the next instruction, 1 the target of the jump; those
                               -- of a switch are numbered from 0. Of a runtime: the line that it leads to;
                               -- if it leaves the code unit, the first line of that, negated
    PRIMARY KEY (file, ordinal),
    UNIQUE (file, line, jump, way)
) STRICT, WITHOUT ROWID;

-- Where lines come from: an ELF file, or what a version of a runtime (Python, for example) makes of sources.
CREATE TABLE object (
    id       INTEGER PRIMARY KEY,
    runtime  TEXT,          -- name of the runtime; NULL for an ELF file
    identity TEXT NOT NULL  -- of an ELF file its build-id, or `blake3:` and a hash of its content; of a
                            -- runtime its version, or `unimported` for sources that no interpreter loaded
) STRICT;
CREATE UNIQUE INDEX object_identity ON object (identity, coalesce(runtime, ''));

-- Where an object was found. An object is a program if one of these paths is the executable of an image.
CREATE TABLE object_path (
    object INTEGER NOT NULL REFERENCES object,
    path   TEXT    NOT NULL,
    PRIMARY KEY (object, path)
) STRICT, WITHOUT ROWID;

-- The executable lines and the branches that an object has in a file.
CREATE TABLE executable (
    object   INTEGER NOT NULL REFERENCES object,
    file     INTEGER NOT NULL REFERENCES file,
    lines    INTEGER NOT NULL REFERENCES number_set,
    branches INTEGER REFERENCES number_set,  -- ordinals; NULL if there are none
    PRIMARY KEY (object, file)
) STRICT, WITHOUT ROWID;

-- What a process ran in a file, while it had a context.
CREATE TABLE hit (
    process   INTEGER NOT NULL REFERENCES process,
    context   INTEGER NOT NULL REFERENCES context,
    file      INTEGER NOT NULL REFERENCES file,
    lines     INTEGER NOT NULL REFERENCES number_set,
    functions INTEGER NOT NULL REFERENCES number_set,  -- ordinals
    branches  INTEGER REFERENCES number_set,           -- ordinals; NULL if they were not recorded
    PRIMARY KEY (process, context, file)
) STRICT, WITHOUT ROWID;

-- A row for each number of each set, for queries by hand.
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

-- A row for each line that a process ran in a context.
CREATE VIEW line_hit (process, run, label, pid, context, path, line) AS
SELECT process.id, run, label, pid, context.name, path, number
FROM hit
JOIN process ON process.id = hit.process
JOIN context ON context.id = hit.context
JOIN file    ON file.id = hit.file
JOIN number  ON number_set = hit.lines;

-- A row for each direction of a branch that a process took in a context.
CREATE VIEW branch_hit (process, run, label, pid, context, path, line, jump, way) AS
SELECT process.id, run, label, pid, context.name, path, branch.line, jump, way
FROM hit
JOIN process ON process.id = hit.process
JOIN context ON context.id = hit.context
JOIN file    ON file.id = hit.file
JOIN number  ON number_set = hit.branches
JOIN branch  ON branch.file = hit.file AND branch.ordinal = number;
