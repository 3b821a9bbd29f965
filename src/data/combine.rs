//! `combine`: hit files and data files into one data file. Associative, commutative, idempotent.
