//! The data file: an SQLite database. Its schema is in `schema.sql`.
