//! A bar on stderr for a job that lasts.
//!
//! Nobody sees one but at a terminal, and where the command has asked for it: rooms that know of no terminal can tell of
//! their steps all the same.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A job that is done sooner has no bar.
const PATIENCE: Duration = Duration::from_secs(1);

static IS_WANTED: AtomicBool = AtomicBool::new(false);

/// From now on, jobs of this process show how far they are.
pub fn show() {
    IS_WANTED.store(true, Ordering::Relaxed);
}

/// A job of so many steps. Its bar is gone when it is dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// Where the bar goes to when its time has come.
    waits: Option<Waits>,
}

#[derive(Debug)]
struct Waits {
    until: Instant,
    target: fn() -> ProgressDrawTarget,
}

impl Progress {
    /// A job that begins now; `name` is the verb before the bar.
    pub fn new(name: &'static str, steps: usize) -> Self {
        let is_wanted = IS_WANTED.load(Ordering::Relaxed);
        Self::after(is_wanted.then_some(PATIENCE), ProgressDrawTarget::stderr, name, steps)
    }

    fn after(
        patience: Option<Duration>,
        target: fn() -> ProgressDrawTarget,
        name: &'static str,
        steps: usize,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} ({eta})");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(name);
        let waits = patience.map(|patience| Waits { until: Instant::now() + patience, target });
        Self { bar, waits }
    }

    /// One step is done.
    pub fn step(&mut self) {
        if let Some(waits) = self.waits.take_if(|waits| Instant::now() >= waits.until) {
            self.bar.set_draw_target((waits.target)());
        }
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io;
    use std::sync::Mutex;

    static SHOWN: Mutex<String> = Mutex::new(String::new());

    /// A terminal of 60 columns.
    #[derive(Debug)]
    struct Screen;

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            60
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            SHOWN.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            SHOWN.lock().unwrap().clear();
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn screen() -> ProgressDrawTarget {
        ProgressDrawTarget::term_like(Box::new(Screen))
    }

    fn shown() -> String {
        SHOWN.lock().unwrap().clone()
    }

    #[test]
    fn a_bar_is_there_when_its_time_has_come_and_only_when_it_is_wanted() {
        for patience in [None, Some(Duration::from_secs(10_000))] {
            let mut job = Progress::after(patience, screen, "combining", 2);
            job.step();
            job.step();
            drop(job);
            assert_eq!(shown(), "", "{patience:?}");
        }
        let mut job = Progress::after(Some(Duration::ZERO), screen, "combining", 4);
        assert_eq!(shown(), "");
        job.step();
        assert!(shown().contains("combining ") && shown().contains("1/4"), "{}", shown());
        drop(job);
        assert_eq!(shown(), "", "the bar is left behind");
    }
}
