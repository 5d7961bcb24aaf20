//! Options that every subcommand takes. They have the same names and meanings as in cargo.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

/// Options given before or after the subcommand.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    /// Cargo.toml of the package, or an eryx.toml
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// Package of the workspace whose declaration is used
    #[arg(short, long, global = true, value_name = "NAME", action = ArgAction::Append)]
    pub(crate) package: Vec<String>,

    /// Folder for build results
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) target_dir: Option<PathBuf>,

    /// Target triple to compile for [default: this machine's]
    #[arg(long, global = true, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,

    /// URL of the package index [default: the index of pip or uv]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) index_url: Option<String>,

    /// Further indexes, queried before it
    #[arg(long, global = true, value_name = "URL", env = "ERYX_EXTRA_INDEX_URL", value_delimiter = '\n')]
    pub(crate) extra_index_url: Vec<String>,

    /// Folders and pages with wheels and sdists
    #[arg(short, long, global = true, value_name = "PLACE", env = "ERYX_FIND_LINKS", value_delimiter = '\n')]
    pub(crate) find_links: Vec<String>,

    /// Take no files that were uploaded after this date or time
    #[arg(long, global = true, value_name = "TIME", env = "ERYX_EXCLUDE_NEWER")]
    pub(crate) exclude_newer: Option<String>,

    /// Take pre-releases too
    #[arg(long, global = true, env = "ERYX_PRE")]
    pub(crate) pre: bool,

    /// Folder of the build cache [env: ERYX_CACHE_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,

    /// Never touch the network
    #[arg(long, global = true)]
    pub(crate) offline: bool,

    /// Fail rather than change eryx.lock
    #[arg(long, global = true)]
    pub(crate) locked: bool,

    /// Both --locked and --offline
    #[arg(long, global = true)]
    pub(crate) frozen: bool,

    /// Print only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Print more; twice: print all
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN")]
    pub(crate) color: Option<Color>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On terminals
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// Options of the table above that take a value, with their short forms.
const VALUED: [(&str, Option<u8>); 10] = [
    ("--manifest-path", None),
    ("--package", Some(b'p')),
    ("--target-dir", None),
    ("--target", None),
    ("--index-url", None),
    ("--extra-index-url", None),
    ("--find-links", Some(b'f')),
    ("--exclude-newer", None),
    ("--cache-dir", None),
    ("--color", None),
];

/// Arguments of `cargo eryx build|test`: this program's options are taken out, and the rest is left for
/// cargo.
#[derive(Debug, Default)]
pub(crate) struct CargoArguments {
    /// Arguments that only cargo understands, in order, and all arguments from `--` on.
    pub(crate) rest: Vec<OsString>,
    /// Whether `rest` has `--workspace` or `--all`.
    pub(crate) workspace: bool,
}

impl Options {
    /// Whether the network is off: by option, or by cargo's own configuration variable.
    pub(crate) fn is_offline(&self) -> bool {
        self.offline || self.frozen || std::env::var("CARGO_NET_OFFLINE").is_ok_and(|value| value == "true")
    }

    /// Whether `eryx.lock` must not change: by option, or because `cargo eryx build` passed this to the
    /// macro.
    pub(crate) fn is_locked(&self) -> bool {
        self.locked || self.frozen || std::env::var("ERYX_LOCKED").is_ok_and(|value| value == "true")
    }

    /// Whether one of the options influences the choice of files.
    pub(crate) fn choose(&self) -> bool {
        self.index_url.is_some()
            || !self.extra_index_url.is_empty()
            || !self.find_links.is_empty()
            || self.exclude_newer.is_some()
            || self.pre
    }

    /// Takes the options of this program out of cargo's arguments.
    ///
    /// Fails with the message for the user when a value is missing or wrong.
    pub(crate) fn absorb(&mut self, arguments: Vec<OsString>) -> Result<CargoArguments, String> {
        let mut found = CargoArguments::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if argument == "--" {
                found.rest.push(argument);
                found.rest.extend(arguments);
                break;
            }
            if let Some((name, inline)) = valued(&argument) {
                let value =
                    inline.or_else(|| arguments.next()).ok_or_else(|| format!("{name} needs a value"))?;
                self.set(name, value)?;
                continue;
            }
            match argument.to_str() {
                Some("--offline") => self.offline = true,
                Some("--locked") => self.locked = true,
                Some("--frozen") => self.frozen = true,
                Some("--pre") => self.pre = true,
                Some("--quiet" | "-q") => self.quiet = true,
                Some("--verbose" | "-v") => self.verbose += 1,
                Some("-vv") => self.verbose += 2,
                _ => {
                    found.workspace |= argument == "--workspace" || argument == "--all";
                    found.rest.push(argument);
                }
            }
        }
        Ok(found)
    }

    fn set(&mut self, name: &str, value: OsString) -> Result<(), String> {
        let text = |value: OsString| {
            value.into_string().map_err(|value| format!("{name} {} is not UTF-8", value.display()))
        };
        match name {
            "--manifest-path" => self.manifest_path = Some(value.into()),
            "--target-dir" => self.target_dir = Some(value.into()),
            "--cache-dir" => self.cache_dir = Some(value.into()),
            "--package" => self.package.push(text(value)?),
            "--index-url" => self.index_url = Some(text(value)?),
            "--extra-index-url" => self.extra_index_url.push(text(value)?),
            "--find-links" => self.find_links.push(text(value)?),
            "--exclude-newer" => self.exclude_newer = Some(text(value)?),
            "--target" => {
                let value = text(value)?;
                if self.target.as_ref().is_some_and(|target| *target != value) {
                    return Err("one --target at a time: a binary holds code for one".to_owned());
                }
                self.target = Some(value);
            }
            _ => {
                let value = text(value)?;
                let color = Color::from_str(&value, true);
                self.color = Some(color.map_err(|_| format!("--color {value}: use auto, always or never"))?);
            }
        }
        Ok(())
    }

    /// Returns these options as arguments for cargo.
    pub(crate) fn cargo_arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut valued = |name: &str, value: Option<&OsStr>| {
            if let Some(value) = value {
                arguments.extend([name.into(), value.to_owned()]);
            }
        };
        // Cargo does not know eryx.toml; the manifest is the Cargo.toml beside it.
        let manifest = self.manifest_path.as_ref().map(|path| {
            if path.ends_with("eryx.toml") { path.with_file_name("Cargo.toml") } else { path.clone() }
        });
        valued("--manifest-path", manifest.as_deref().map(AsRef::as_ref));
        valued("--target-dir", self.target_dir.as_deref().map(AsRef::as_ref));
        valued("--target", self.target.as_deref().map(AsRef::as_ref));
        valued("--color", self.color.map(|color| color.as_str().as_ref()));
        for package in &self.package {
            valued("--package", Some(package.as_ref()));
        }
        let switches = [
            ("--offline", self.offline),
            ("--locked", self.locked),
            ("--frozen", self.frozen),
            ("--quiet", self.quiet),
        ];
        arguments.extend(switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| name.into()));
        // Cargo accepts at most two.
        arguments.extend((0..self.verbose.min(2)).map(|_| "--verbose".into()));
        arguments
    }
}

/// Returns the long name of an option that takes a value, and the value if it is in the same argument.
fn valued(argument: &OsStr) -> Option<(&'static str, Option<OsString>)> {
    let bytes = argument.as_encoded_bytes();
    for (long, short) in VALUED {
        if let Some(rest) = bytes.strip_prefix(long.as_bytes()) {
            match rest.first() {
                None => return Some((long, None)),
                Some(b'=') => return Some((long, Some(tail(argument, long.len() + 1)))),
                // `--target-dir` also begins with `--target`.
                Some(_) => {}
            }
        }
        if let [b'-', letter, rest @ ..] = bytes
            && Some(*letter) == short
        {
            return Some((
                long,
                match rest {
                    [] => None,
                    [b'=', ..] => Some(tail(argument, 3)),
                    _ => Some(tail(argument, 2)),
                },
            ));
        }
    }
    None
}

/// Returns the rest after the first `skip` bytes, which are all ASCII.
fn tail(argument: &OsStr, skip: usize) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(&argument.as_bytes()[skip..]).to_owned()
}

/// Returns the position of the subcommand among the arguments; skips global options and their values.
pub(crate) fn subcommand_position(arguments: &[OsString]) -> Option<usize> {
    let mut position = 1;
    while let Some(argument) = arguments.get(position) {
        match valued(argument) {
            Some((_, None)) => position += 2,
            Some(_) => position += 1,
            None if argument.as_encoded_bytes().starts_with(b"-") => position += 1,
            None => return Some(position),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split_whitespace().map(Into::into).collect()
    }

    #[test]
    fn ours_are_taken_and_the_rest_is_left_in_order() {
        let mut options = Options::default();
        let found = options
            .absorb(words(
                "--release -pa --package=b -p c --features x,y --target-dir=t --index-url http://i.test --offline -vv \
                 --workspace --test t -- --nocapture -p z",
            ))
            .unwrap();
        assert_eq!(found.rest, words("--release --features x,y --workspace --test t -- --nocapture -p z"));
        assert!(found.workspace && options.offline);
        assert_eq!(options.package, ["a", "b", "c"]);
        assert_eq!(options.target_dir, Some("t".into()));
        assert_eq!(options.index_url.as_deref(), Some("http://i.test"));
        assert_eq!(options.target, None);
        assert_eq!(options.verbose, 2);
    }

    #[test]
    fn cargo_gets_its_options_back_and_none_of_ours() {
        let mut options = Options::default();
        options
            .absorb(words("--target T --cache-dir c --index-url i -p a --frozen -v --color never"))
            .unwrap();
        assert_eq!(
            options.cargo_arguments(),
            words("--target T --color never --package a --frozen --verbose")
        );
        let beside = Options { manifest_path: Some("x/eryx.toml".into()), ..Options::default() };
        assert_eq!(beside.cargo_arguments(), words("--manifest-path x/Cargo.toml"));
    }

    #[test]
    fn bad_values_are_explained() {
        let absorb = |text| Options::default().absorb(words(text)).unwrap_err();
        assert_eq!(absorb("-p"), "--package needs a value");
        assert_eq!(absorb("--target A --target B"), "one --target at a time: a binary holds code for one");
        assert_eq!(absorb("--color blue"), "--color blue: use auto, always or never");
    }

    #[test]
    fn the_subcommand_is_found_behind_options() {
        let position = |text| subcommand_position(&words(text));
        assert_eq!(position("cargo-eryx build"), Some(1));
        assert_eq!(position("cargo-eryx -v --target-dir build -px test --lib"), Some(5));
        assert_eq!(position("cargo-eryx --version"), None);
    }
}
