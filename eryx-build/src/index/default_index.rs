//! The default index of an installed pip or uv, from its help text. It is used if no index is configured.

use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::url::IndexUrl;
use crate::cache::Cache;
use crate::error::{Error, Result};

/// Returns the index that an installed pip or uv uses without configuration.
///
/// Running the program takes half a second, so the cache keeps the answer. Another `PATH` or another day runs it again.
pub(crate) fn default_index(cache: &Cache) -> Result<IndexUrl> {
    const DAY: Duration = Duration::from_hours(24);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let name = format!("default-{}", &blake3::hash(path.as_encoded_bytes()).to_hex()[..16]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let noted = cache.note("index", &name).and_then(|bytes| String::from_utf8(bytes).ok());
    if let Some((time, rest)) = noted.as_deref().and_then(|text| text.split_once('\n'))
        && let Some((program, url)) = rest.split_once('\n')
        && time.parse().is_ok_and(|then| now.saturating_sub(Duration::from_secs(then)) < DAY)
    {
        return IndexUrl::parse(url, format!("the default of `{program}`"));
    }
    let (program, url) = ask_default()?;
    let index = IndexUrl::parse(&url, format!("the default of `{program}`"))?;
    // A login must not be written to disk.
    if index.has_no_login()
        && let Err(error) =
            cache.write_note("index", &name, format!("{}\n{program}\n{url}", now.as_secs()).as_bytes())
    {
        tracing::debug!(%error, "cannot note the default index");
    }
    Ok(index)
}

/// Returns an installed program, and the index in its help text.
fn ask_default() -> Result<(&'static str, String)> {
    let asks: [(&str, &[&str]); 6] = [
        ("python3", &["-m", "pip", "download", "--help"]),
        ("pip3", &["download", "--help"]),
        ("pip", &["download", "--help"]),
        ("python", &["-m", "pip", "download", "--help"]),
        ("uv", &["pip", "install", "--help"]),
        ("uv", &["help", "pip", "install"]),
    ];
    for (program, arguments) in asks {
        tracing::debug!(program, ?arguments, "asking for the default index");
        // Wide columns keep the URL on one line.
        let output = Command::new(program)
            .args(arguments)
            .env("COLUMNS", "400")
            .env("NO_COLOR", "1")
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output();
        let help = match output {
            Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
            Err(_) => continue,
        };
        if let Some(url) = default_in_help(&help) {
            return Ok((program, url.to_owned()));
        }
    }
    Err(Error::new(
        "no package index is known: none is configured, and neither pip nor uv is installed to ask",
    )
    .help("set ERYX_INDEX_URL, or pass --index-url, to the URL of a package index (PEP 503, PEP 691)"))
}

/// Returns the URL that a help text gives as the default of `--index-url` (pip, older uv) or `--default-index` (uv).
fn default_in_help(help: &str) -> Option<&str> {
    ["--index-url <", "--default-index <"].into_iter().find_map(|option| {
        let about = &help[help.find(option)?..];
        // The text ends where the next option begins.
        let end =
            about.match_indices('\n').map(|(at, _)| at).find(|at| about[*at..].trim_start().starts_with('-'));
        let about = &about[..end.unwrap_or(about.len())];
        let after = &about[about.find("default")?..];
        let url = &after[after.find("http")?..];
        let url =
            &url[..url.find(|c: char| c.is_whitespace() || "()<>[]\"'`,".contains(c)).unwrap_or(url.len())];
        Some(url.trim_end_matches('.')).filter(|url| url.contains("://"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_noted_for_a_day() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(dir.path())).unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let name = format!("default-{}", &blake3::hash(path.as_encoded_bytes()).to_hex()[..16]);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        cache.write_note("index", &name, format!("{now}\npip\nhttp://noted.test/simple").as_bytes()).unwrap();
        let index = default_index(&cache).unwrap();
        assert_eq!(index.to_string(), "http://noted.test/simple/ (from the default of `pip`)");
    }

    #[test]
    fn defaults_in_help_texts() {
        let pip = "  -i, --index-url <url>       Base URL of the index (default https://i.test/simple). This\n  \
                   --extra-index-url <url>  default https://no.test\n";
        assert_eq!(default_in_help(pip), Some("https://i.test/simple"));
        let uv = "      --default-index <DEFAULT_INDEX>\n          The URL of the default package index (by \
                  default: <https://i.test/simple>).\n\n      --no-index\n";
        assert_eq!(default_in_help(uv), Some("https://i.test/simple"));
        let none = "  --index-url <url>  An URL.\n  --other  default https://no.test\n";
        assert_eq!(default_in_help(none), None);
    }
}
