//! The HTML report, as a browser shows it.

mod browser;
mod pages;
mod site;
#[path = "../report_views/support.rs"]
mod support;
mod used;
