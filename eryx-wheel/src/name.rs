//! File names of wheels (PEP 427): `name-version(-build)?-python-abi-platform.whl`.

use std::fmt;
use std::str::FromStr;

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::error::{Context as _, Error, Result};

/// Longest file name, in bytes. Common file systems have the same limit.
const LONGEST: usize = 255;

/// The parsed file name of a wheel.
///
/// ```
/// use eryx_wheel::WheelName;
/// let name: WheelName = "Text_Unidecode-1.3-py2.py3-none-any.whl".parse()?;
/// assert_eq!(name.name.to_string(), "text-unidecode");
/// assert!(name.check().is_ok());
/// # Ok::<(), eryx_wheel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelName {
    file: String,
    /// Name of the distribution, normalised (PEP 503).
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The build tag: a number and the text after it, for example `(1, "b")` for `1b`. Of two otherwise equal wheels,
    /// the one with the higher tag wins.
    pub build: Option<(u64, String)>,
    /// Python tags, such as `py3`.
    pub pythons: Vec<String>,
    /// ABI tags, such as `none`.
    pub abis: Vec<String>,
    /// Platform tags, such as `any`.
    pub platforms: Vec<String>,
}

impl WheelName {
    /// Returns the file name as it was written.
    pub fn as_str(&self) -> &str {
        &self.file
    }
}

impl FromStr for WheelName {
    type Err = Error;

    fn from_str(file: &str) -> Result<Self> {
        let wrong = |what: &str| Error::new(format!("`{file}` is not the file name of a wheel: {what}"));
        // `check` tries every combination of tags, so their number must stay small.
        if file.len() > LONGEST {
            let start: String = file.chars().take(40).collect();
            return Err(Error::new(format!(
                "`{start}…` is not the file name of a wheel: it has {} bytes; the limit is {LONGEST}",
                file.len()
            )));
        }
        let stem = file.strip_suffix(".whl").ok_or_else(|| wrong("it does not end in .whl"))?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (name, version, build, [python, abi, platform]) = match parts[..] {
            [name, version, python, abi, platform] => (name, version, None, [python, abi, platform]),
            [name, version, build, python, abi, platform] => {
                (name, version, Some(build), [python, abi, platform])
            }
            _ => return Err(wrong("it does not have five or six parts between dashes")),
        };
        let build = build.map(|build| {
            let digits = build.bytes().take_while(u8::is_ascii_digit).count();
            let number =
                build[..digits].parse().map_err(|_| wrong("its build tag does not begin with a number"))?;
            Ok::<_, Error>((number, build[digits..].to_owned()))
        });
        if name.is_empty() {
            return Err(wrong("its first part is not a name"));
        }
        let set = |tags: &str| tags.split('.').map(str::to_ascii_lowercase).collect();
        Ok(Self {
            file: file.to_owned(),
            name: PackageName::new(name.to_owned())
                .context(|| wrong("its first part is not a name").to_string())?,
            version: version
                .replace('_', "-")
                .parse()
                .context(|| wrong("its second part is not a version").to_string())?,
            build: build.transpose()?,
            pythons: set(python),
            abis: set(abi),
            platforms: set(platform),
        })
    }
}

impl fmt::Display for WheelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let name: WheelName = "Foo.Bar-1.0.post1-2b-py2.py3-none-any.whl".parse().unwrap();
        assert_eq!(name.name.to_string(), "foo-bar");
        assert_eq!(name.version.to_string(), "1.0.post1");
        assert_eq!(name.build, Some((2, "b".to_owned())));
        assert_eq!(name.pythons, ["py2", "py3"]);
        for bad in [
            "foo-1.0.tar.gz",
            "foo-py3-none-any.whl",
            "foo-x-py3-none-any.whl",
            "-1-py3-none-any.whl",
            "a-1-b-py3-none-any.whl",
        ] {
            assert!(bad.parse::<WheelName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn many_tags_are_refused_before_they_are_combined() {
        let tags = "x.".repeat(2000);
        let file = format!("a-1-{tags}x-{tags}x-{tags}any.whl");
        let error = file.parse::<WheelName>().unwrap_err().to_string();
        assert!(error.contains("it has 12015 bytes; the limit is 255") && error.len() < 200, "{error}");
    }
}
