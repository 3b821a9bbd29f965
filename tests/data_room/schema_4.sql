CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE process (
    id          INTEGER PRIMARY KEY,
    run         TEXT    NOT NULL,
    label       TEXT,
    serial      INTEGER NOT NULL,
    parent      INTEGER,
    host        TEXT    NOT NULL,
    pid         INTEGER NOT NULL,
    birth       TEXT    NOT NULL,
    started     REAL    NOT NULL,
    ended       REAL,
    exit_code   INTEGER,
    exit_signal INTEGER,
    UNIQUE (run, serial)
) STRICT;
CREATE TABLE image (
    process    INTEGER NOT NULL REFERENCES process,
    ordinal    INTEGER NOT NULL,
    executable TEXT    NOT NULL,
    argv       TEXT    NOT NULL,
    PRIMARY KEY (process, ordinal)
) STRICT, WITHOUT ROWID;
CREATE TABLE number_set (
    id      INTEGER PRIMARY KEY,
    digest  BLOB NOT NULL UNIQUE,
    numbits BLOB NOT NULL
) STRICT;
CREATE TABLE file (
    id   INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE source_snapshot (
    id     INTEGER PRIMARY KEY,
    file   INTEGER NOT NULL REFERENCES file,
    digest BLOB    NOT NULL,
    UNIQUE (file, digest)
) STRICT;
CREATE TABLE run (
    name      TEXT PRIMARY KEY,
    snapshots INTEGER NOT NULL REFERENCES number_set
) STRICT, WITHOUT ROWID;
CREATE TABLE function (
    file    INTEGER NOT NULL REFERENCES file,
    ordinal INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    last    INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    PRIMARY KEY (file, ordinal),
    UNIQUE (file, line, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE object (
    id       INTEGER PRIMARY KEY,
    runtime  TEXT,
    identity TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX object_identity ON object (identity, coalesce(runtime, ''));
CREATE TABLE object_path (
    object INTEGER NOT NULL REFERENCES object,
    path   TEXT    NOT NULL,
    PRIMARY KEY (object, path)
) STRICT, WITHOUT ROWID;
CREATE TABLE executable (
    object INTEGER NOT NULL REFERENCES object,
    file   INTEGER NOT NULL REFERENCES file,
    lines  INTEGER NOT NULL REFERENCES number_set,
    PRIMARY KEY (object, file)
) STRICT, WITHOUT ROWID;
CREATE TABLE hit (
    process   INTEGER NOT NULL REFERENCES process,
    file      INTEGER NOT NULL REFERENCES file,
    lines     INTEGER NOT NULL REFERENCES number_set,
    functions INTEGER NOT NULL REFERENCES number_set,
    PRIMARY KEY (process, file)
) STRICT, WITHOUT ROWID;
