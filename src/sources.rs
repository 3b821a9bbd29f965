//! Which source files count: `--source`, `--include`, `--omit`, and the default without them.
