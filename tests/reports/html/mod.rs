//! The HTML report, as a browser shows it.

mod browser;
mod pages;
mod site;
mod used;
