//! The HTML report, as a browser shows it.

mod browser;
mod colours;
mod lists;
mod pages;
mod processes;
mod site;
mod used;
