-- The data file. "numbers" are coverage.py's numbits: number n is in the set if bit n % 8 of byte n / 8 is set.

PRAGMA application_id = 0x666b6376; -- "fkcv"
PRAGMA user_version = 1;            -- the version of this schema

-- Equal sets are stored once.
CREATE TABLE number_set (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,    -- the first 16 bytes of the BLAKE3 hash of numbers
    numbers BLOB NOT NULL
);

-- A source file.
CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE       -- absolute
);

-- An ELF file that gave lines.
CREATE TABLE object (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,      -- its build-id in hexadecimal, or "blake3:" and a hash of its content
    path TEXT NOT NULL
);

-- The executable lines of a source file in an object.
CREATE TABLE executable (
    object_id INTEGER NOT NULL REFERENCES object (id),
    file_id INTEGER NOT NULL REFERENCES file (id),
    lines INTEGER NOT NULL REFERENCES number_set (id),
    PRIMARY KEY (object_id, file_id)
) WITHOUT ROWID;

-- The functions of a source file, numbered from 0.
CREATE TABLE function (
    file_id INTEGER NOT NULL REFERENCES file (id),
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    line INTEGER NOT NULL,
    PRIMARY KEY (file_id, number),
    UNIQUE (file_id, name, line)
) WITHOUT ROWID;

-- A process. (run, serial) identifies it for ever; a PID may be used again.
CREATE TABLE process (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    serial INTEGER NOT NULL,        -- its number in the run, in the order of births
    parent INTEGER,                 -- the parent's serial
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    birth TEXT NOT NULL,            -- launch, fork, vfork, clone or attach
    started REAL NOT NULL,          -- seconds since the epoch
    ended REAL,                     -- null, as the next two, if forkcov did not live to see it
    exit_code INTEGER,
    exit_signal INTEGER,
    UNIQUE (run, serial)
);

-- What a process ran, from exec to exec.
CREATE TABLE image (
    process_id INTEGER NOT NULL REFERENCES process (id),
    position INTEGER NOT NULL,      -- from 0
    executable TEXT NOT NULL,
    argv TEXT NOT NULL,             -- a JSON array
    PRIMARY KEY (process_id, position)
) WITHOUT ROWID;

-- The lines of a file that a process ran, and the functions of it that it entered.
CREATE TABLE hit (
    process_id INTEGER NOT NULL REFERENCES process (id),
    file_id INTEGER NOT NULL REFERENCES file (id),
    lines INTEGER NOT NULL REFERENCES number_set (id),
    functions INTEGER NOT NULL REFERENCES number_set (id),
    PRIMARY KEY (process_id, file_id)
) WITHOUT ROWID;
