//! The names of the files beside a data file, and how to find them:
//! hit files are `DATAFILE.HOST.PID.RANDOM`, object tables `DATAFILE.HOST.RUN.ID.object`.
