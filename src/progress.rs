//! A progress bar on stderr for a long job.
//!
//! A bar is drawn only on a terminal, and only if the command has called [`show`]. Rooms that know nothing of
//! terminals can report their steps all the same.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A job that ends within this time has no bar.
const DELAY: Duration = Duration::from_secs(1);

static IS_ENABLED: AtomicBool = AtomicBool::new(false);

/// Enables the bars of jobs that this process begins from now on.
pub fn show() {
    IS_ENABLED.store(true, Ordering::Relaxed);
}

/// A job of a known number of steps. Dropping it removes its bar.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    /// The bar is hidden until this is due.
    delayed: Option<DelayedStart>,
}

#[derive(Debug)]
struct DelayedStart {
    until: Instant,
    target: fn() -> ProgressDrawTarget,
}

impl Progress {
    /// A job of `steps` steps that begins now; `name` is printed before the bar.
    pub fn new(name: &'static str, steps: usize) -> Self {
        let is_enabled = IS_ENABLED.load(Ordering::Relaxed);
        Self::after(is_enabled.then_some(DELAY), ProgressDrawTarget::stderr, name, steps)
    }

    fn after(
        delay: Option<Duration>,
        target: fn() -> ProgressDrawTarget,
        name: &'static str,
        steps: usize,
    ) -> Self {
        let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} ({eta})");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(name);
        let delayed = delay.map(|delay| DelayedStart { until: Instant::now() + delay, target });
        Self { bar, delayed }
    }

    /// Counts one step as done.
    pub fn step(&mut self) {
        if let Some(due) = self.delayed.take_if(|start| Instant::now() >= start.until) {
            self.bar.set_draw_target((due.target)());
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
    fn a_bar_appears_after_its_delay_and_only_if_enabled() {
        for delay in [None, Some(Duration::from_secs(10_000))] {
            let mut job = Progress::after(delay, screen, "combining", 2);
            job.step();
            job.step();
            drop(job);
            assert_eq!(shown(), "", "{delay:?}");
        }
        let mut job = Progress::after(Some(Duration::ZERO), screen, "combining", 4);
        assert_eq!(shown(), "");
        job.step();
        assert!(shown().contains("combining ") && shown().contains("1/4"), "{}", shown());
        drop(job);
        assert_eq!(shown(), "", "the bar is left behind");
    }
}
