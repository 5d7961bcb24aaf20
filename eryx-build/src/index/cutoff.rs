//! `exclude-newer`: the time limit for uploads.

use crate::error::{Error, Result};

/// The time limit for uploads. Uploads from this moment on are ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UploadCutoff {
    /// As it was written.
    pub(crate) text: String,
    /// In microseconds since 1970.
    pub(crate) moment: i64,
}

impl UploadCutoff {
    /// Parses a date or a time (RFC 3339). A date includes the whole day in UTC, so that it means the same everywhere.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self> {
        let text = text.trim();
        let day = || -> Option<jiff::Timestamp> {
            let next = text.parse::<jiff::civil::Date>().ok()?.tomorrow().ok()?;
            next.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
        };
        // A longer text may have a date followed by a time. The date's parser would accept it too, so the length
        // decides.
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
        // A date includes the whole day.
        assert_eq!(moment("2024-01-31").unwrap(), moment("2024-02-01T00:00:00Z").unwrap());
        assert_eq!(moment("2024-01-31T01:00:00+01:00").unwrap(), moment("2024-01-31T00:00:00Z").unwrap());
        for text in ["", "soon", "2024-13-01", "2024-01-31T10:00", "3 days"] {
            let error = moment(text).unwrap_err();
            assert!(error.to_string().contains("in test is not a date or time"), "{error}");
        }
    }
}
