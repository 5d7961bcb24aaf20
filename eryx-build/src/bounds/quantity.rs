//! Parses times and sizes as people write them in a declaration.

use std::time::Duration;

use crate::error::{Error, Result};

/// Parses a time such as `90s`, `10m` or `1h 30m`.
pub(crate) fn time_of(text: &str) -> Result<Duration> {
    let wrong = || {
        Error::new(format!("`{text}` is not a time"))
            .help("write a number with a unit, as in \"90s\" or \"10m\"")
    };
    let time: jiff::SignedDuration = text.trim().parse().map_err(|error| wrong().because(error))?;
    let time = Duration::try_from(time).map_err(|_| wrong())?;
    if time.is_zero() { Err(wrong()) } else { Ok(time) }
}

/// Parses a size such as `512MB` or `2GiB`, to bytes.
pub(crate) fn bytes_of(text: &str) -> Result<u64> {
    let wrong = || {
        Error::new(format!("`{text}` is not a size"))
            .help("write a whole number with a unit, as in \"512MiB\" or \"2GiB\"")
    };
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: u64 = match text[digits..].trim_start().to_ascii_lowercase().as_str() {
        "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    let bytes = text[..digits].parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h 30m", 5400), ("1h30m", 5400)] {
            assert_eq!(time_of(text).unwrap(), Duration::from_secs(seconds), "{text}");
        }
        assert_eq!(time_of("500ms").unwrap(), Duration::from_millis(500));
        for text in ["", "10", "-5s", "0s", "soon", "10 lightyears"] {
            assert!(time_of(text).unwrap_err().help_text().unwrap().contains("\"10m\""), "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [("1B", 1), ("2GiB", 2 << 30), ("512 MB", 512_000_000), ("1kib", 1024)] {
            assert_eq!(bytes_of(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "2", "GiB", "0MiB", "-1MB", "1.5GiB", "99999999999GiB", "2TiB"] {
            assert!(bytes_of(text).unwrap_err().help_text().unwrap().contains("\"2GiB\""), "{text}");
        }
    }
}
