//! Sizes and times for people.

use std::time::Duration;

/// Formats a number of bytes: `417 B`, `12.3 kB`, `31.5 MB`. The units are decimal, as package indexes and
/// disks use them.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut value = count as f64;
    let mut unit = "B";
    for next in UNITS {
        // 999.96 kB would be rounded to 1000.0 kB.
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

/// Formats a duration: `0.42s`, `12.3s`, `2m 05s`.
pub(crate) fn time(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.2}s")
    } else if seconds < 60.0 {
        format!("{seconds:.1}s")
    } else {
        format!("{}m {:02}s", span.as_secs() / 60, span.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_change_unit_at_a_thousand() {
        for (count, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_951, "1.0 MB"),
            (31_457_280, "31.5 MB"),
            (4_200_000_000, "4.2 GB"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn times_get_coarser() {
        for (millis, text) in [(4, "0.00s"), (420, "0.42s"), (12_340, "12.3s"), (125_000, "2m 05s")] {
            assert_eq!(time(Duration::from_millis(millis)), text);
        }
    }
}
