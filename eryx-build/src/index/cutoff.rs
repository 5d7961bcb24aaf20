//! `exclude-newer`: the moment from which on uploads do not count.

use crate::error::{Error, Result};

/// The moment from which on uploads do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UploadCutoff {
    /// As it was written.
    pub(crate) text: String,
    /// In microseconds since 1970.
    pub(crate) moment: i64,
}

impl UploadCutoff {
    /// Reads a date, which counts to its end (UTC, so that it means the same everywhere), or a time (RFC 3339).
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self> {
        let text = text.trim();
        let day = || -> Option<jiff::Timestamp> {
            let next = text.parse::<jiff::civil::Date>().ok()?.tomorrow().ok()?;
            next.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
        };
        // What looks like a date may still be followed by a time that the date's parser takes too.
        let parsed = if text.len() <= 10 { day() } else { text.parse().ok() };
        let moment = parsed.ok_or_else(|| {
            Error::new(format!("`{text}` in {origin} is not a date or time"))
                .help("write a date, as in \"2026-01-31\", or a time, as in \"2026-01-31T12:00:00Z\"")
        })?;
        Ok(Self { text: text.to_owned(), moment: moment.as_microsecond() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        let moment = |text: &str| UploadCutoff::parse(text, "test").map(|cutoff| cutoff.moment);
        // A date counts to its end.
        assert_eq!(moment("2024-01-31").unwrap(), moment("2024-02-01T00:00:00Z").unwrap());
        assert_eq!(moment("2024-01-31T01:00:00+01:00").unwrap(), moment("2024-01-31T00:00:00Z").unwrap());
        for text in ["", "soon", "2024-13-01", "2024-01-31T10:00", "3 days"] {
            let error = moment(text).unwrap_err();
            assert!(error.to_string().contains("in test is not a date or time"), "{error}");
        }
    }
}
