//! The keys of a script's `[tool.uv]` that eryx honours.

use eryx_build::declare::Spec;
use eryx_build::{Error, Result};
use toml::{Table, Value};

use crate::trust::{UV, UV_TRUSTED};

/// Copies the settings into the declaration where it has none itself. For an untrusted script, `trust` has
/// already refused all but the harmless keys.
pub(crate) fn apply(uv: &Table, spec: &mut Spec, trusted: bool) -> Result<()> {
    for (key, value) in uv {
        match key.as_str() {
            "exclude-newer" if spec.exclude_newer.is_none() => spec.exclude_newer = Some(text(key, value)?),
            "exclude-newer" => {}
            "prerelease" => match text(key, value)?.as_str() {
                "allow" => spec.prereleases = true,
                "if-necessary" | "if-necessary-or-explicit" => {}
                other => {
                    return Err(Error::new(format!("`prerelease = \"{other}\"` is not supported"))
                        .help("write \"allow\" or \"if-necessary-or-explicit\", or leave it out"));
                }
            },
            "constraint-dependencies" => spec.constraints.extend(texts(key, value)?),
            "index-url" if trusted && spec.index_url.is_none() => spec.index_url = Some(text(key, value)?),
            "extra-index-url" if trusted => spec.extra_index_urls.extend(texts(key, value)?),
            "find-links" if trusted => spec.find_links.extend(texts(key, value)?),
            "index" if trusted => indexes(value, spec)?,
            // The index may have an unrelated project of the same name, which must not be taken silently.
            "sources" => {
                return Err(Error::new("eryx does not read `sources`")
                    .help("write where a package is into `dependencies`, as in \"mylib @ ./mylib\""));
            }
            // The remaining keys only affect uv itself.
            _ => debug_assert!(trusted && !UV.contains(&key.as_str()), "{key}"),
        }
    }
    spec.check()
}

/// Reads `[[tool.uv.index]]`; the default index is queried last.
fn indexes(value: &Value, spec: &mut Spec) -> Result<()> {
    debug_assert!(UV_TRUSTED.contains(&"index"));
    let list = value.as_array().ok_or_else(|| Error::new("`index` must be an array of tables"))?;
    for index in list {
        let is = |key: &str| index.get(key).and_then(Value::as_bool) == Some(true);
        let url = index.get("url").and_then(Value::as_str);
        let url = url.ok_or_else(|| Error::new("an `index` has no `url`"))?.to_owned();
        match index.get("format").and_then(Value::as_str) {
            Some("flat") => spec.find_links.push(url),
            // An explicit index is only for packages in `sources`, which eryx does not read.
            _ if is("explicit") => {}
            _ if is("default") => spec.index_url = Some(url),
            _ => spec.extra_index_urls.push(url),
        }
    }
    Ok(())
}

fn text(key: &str, value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).ok_or_else(|| Error::new(format!("`{key}` must be a string")))
}

fn texts(key: &str, value: &Value) -> Result<Vec<String>> {
    let wrong = || Error::new(format!("`{key}` must be an array of strings"));
    let list = value.as_array().ok_or_else(wrong)?;
    list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(toml: &str, trusted: bool) -> Result<Spec> {
        let mut spec = Spec::new(".");
        apply(&toml.parse().unwrap(), &mut spec, trusted)?;
        Ok(spec)
    }

    #[test]
    fn settings_are_honoured() {
        let spec = applied(
            "exclude-newer = '2026-01-31'\nprerelease = 'allow'\nconstraint-dependencies = ['a<2']",
            false,
        );
        let spec = spec.unwrap();
        assert_eq!(
            (spec.exclude_newer.as_deref(), spec.prereleases, spec.constraints),
            (Some("2026-01-31"), true, vec!["a<2".to_owned()])
        );
        let spec = applied(
            "native-tls = true\nfind-links = ['w']\n[[index]]\nurl = 'http://main.test'\ndefault = true\n\
             [[index]]\nurl = 'http://extra.test'",
            true,
        );
        let spec = spec.unwrap();
        assert_eq!(spec.index_url.as_deref(), Some("http://main.test"));
        assert_eq!(
            (spec.extra_index_urls, spec.find_links),
            (vec!["http://extra.test".to_owned()], vec!["w".to_owned()])
        );
    }

    #[test]
    fn what_cannot_be_honoured_is_said() {
        for (toml, message) in [
            ("exclude-newer = 1", "`exclude-newer` must be a string"),
            ("exclude-newer = 'soon'", "`soon` in `exclude-newer` is not a date"),
            ("prerelease = 'disallow'", "is not supported"),
            ("[sources]\na = {path = 'b'}", "eryx does not read `sources`"),
        ] {
            let error = applied(toml, true).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
