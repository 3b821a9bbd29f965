//! The time of a report.

use std::time::{SystemTime, UNIX_EPOCH};

/// `time` in UTC, in the format of coverage.py: `2026-11-22T23:31:07.012345+00:00`.
/// Times before 1970 become 1970.
pub(super) fn iso(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    let micros = since.subsec_micros();
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{micros:06}+00:00")
}

/// Year, month and day of the proleptic Gregorian calendar, from days since 1970-01-01.
fn civil(mut days: u64) -> (u64, usize, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // 400 years are always 146,097 days.
    let mut year = 1970 + days / 146_097 * 400;
    days %= 146_097;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if days < length {
            break;
        }
        days -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn days_become_dates() {
        // Expected: date -u -d @SECONDS
        let at = |seconds| iso(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00.000000+00:00");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00.000000+00:00");
        assert_eq!(at(1_735_689_599), "2024-12-31T23:59:59.000000+00:00");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00.000000+00:00");
        assert_eq!(at(13_574_563_200), "2400-02-29T00:00:00.000000+00:00");
        assert_eq!(iso(UNIX_EPOCH + Duration::from_micros(1_000_042)), "1970-01-01T00:00:01.000042+00:00");
    }
}
