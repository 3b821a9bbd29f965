//! The hit file of one process: written while it runs, through a shared mapping, read by `combine`.
