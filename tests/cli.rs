//! The command line: errors, exit statuses, and what the flags do to files.

#[path = "cli/cached.rs"]
mod cached;
#[path = "cli/config.rs"]
mod config;
#[path = "cli/data_files.rs"]
mod data_files;
#[path = "cli/debug_files.rs"]
mod debug_files;
#[path = "cli/detours.rs"]
mod detours;
#[path = "cli/disk.rs"]
mod disk;
#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/event_log.rs"]
mod event_log;
#[path = "cli/exclusions.rs"]
mod exclusions;
#[path = "cli/exit_status.rs"]
mod exit_status;
#[path = "cli/filters.rs"]
mod filters;
#[path = "cli/labels.rs"]
mod labels;
#[path = "cli/limits.rs"]
mod limits;
#[path = "cli/manuals.rs"]
mod manuals;
#[path = "cli/nobody.rs"]
mod nobody;
#[path = "cli/output.rs"]
mod output;
#[path = "cli/path_maps.rs"]
mod path_maps;
#[path = "cli/place.rs"]
mod place;
#[path = "cli/python.rs"]
mod python;
#[path = "cli/reports.rs"]
mod reports;
#[path = "support/schema.rs"]
mod schema;
#[path = "cli/services.rs"]
mod services;
#[path = "cli/signals.rs"]
mod signals;
#[path = "cli/silence.rs"]
mod silence;
#[path = "cli/tracing.rs"]
mod tracing;
#[path = "cli/verbose.rs"]
mod verbose;
#[path = "cli/versions.rs"]
mod versions;
