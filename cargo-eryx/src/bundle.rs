//! `bundle`: builds the declared bundle and copies it to the output path.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use eryx_build::bundle::BuiltBundle;
use eryx_build::{Error, Result};
use eryx_rt::bundle::Manifest;
use serde::Serialize;

use crate::app::App;
use crate::console;
use crate::failure::FailureReport;
use crate::project::Project;
use crate::{sign, units, verify};

/// Arguments of `cargo eryx bundle`.
#[derive(Debug, Args)]
pub(crate) struct Bundle {
    /// Where to write the bundle [default: TARGET_DIR/eryx/PACKAGE.eryx]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Sign the bundle with this minisign key, for `Bundle::open_signed`; the signature goes beside it
    #[arg(long, value_name = "KEYFILE")]
    sign: Option<PathBuf>,

    /// Only compare: rebuild the declaration from the downloads and compare the result with this file (a
    /// bundle, or a program that embeds it); exit with status 1 if they differ
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "sign"])]
    verify: Option<PathBuf>,

    /// For people, or one JSON object per line for programs
    #[arg(long, value_enum, value_name = "FMT", default_value = "human")]
    message_format: MessageFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MessageFormat {
    Human,
    Json,
}

/// A line of `--message-format json`.
#[derive(Debug, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Message<'a> {
    Bundle {
        path: &'a Path,
        id: String,
        size: u64,
        fresh: bool,
        manifest: &'a Manifest,
    },
    Verified {
        file: &'a Path,
        id: String,
        same: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        difference: Option<String>,
    },
    Error(FailureReport),
}

/// Builds the declared bundle and copies it out of the cache.
pub(crate) fn execute(app: &App, arguments: &Bundle) -> Result<ExitCode> {
    if let Some(file) = &arguments.verify {
        return match (verify(app, arguments.message_format, file), arguments.message_format) {
            (Err(error), MessageFormat::Json) => {
                print(&Message::Error(FailureReport::from(&error)))?;
                Ok(ExitCode::FAILURE)
            }
            (result, _) => result,
        };
    }
    match (build(app, arguments), arguments.message_format) {
        (Ok((built, output)), MessageFormat::Json) => print(&Message::Bundle {
            path: &output,
            id: built.id.to_string(),
            size: built.size,
            fresh: built.fresh,
            manifest: &built.manifest,
        }),
        (Ok((built, output)), MessageFormat::Human) => {
            let size = units::bytes(built.size);
            app.console.status("Finished", &format!("{} ({size})", output.display()));
            Ok(ExitCode::SUCCESS)
        }
        (Err(error), MessageFormat::Json) => {
            print(&Message::Error(FailureReport::from(&error)))?;
            Ok(ExitCode::FAILURE)
        }
        (Err(error), MessageFormat::Human) => Err(error),
    }
}

fn build(app: &App, arguments: &Bundle) -> Result<(BuiltBundle, PathBuf)> {
    let project = Project::one(&app.options)?;
    let spec = project.spec()?;
    // A wrong path must fail before minutes of work, not after them.
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => project.output(&app.options)?,
    };
    let key = arguments.sign.as_deref().map(sign::key).transpose()?;
    let built = app.build(&spec, &project.name)?;
    copy(&built.path, &output)
        .map_err(|error| Error::new(format!("cannot write `{}`", output.display())).because(error))?;
    if let Some(key) = key {
        // The signature covers the built bytes, so this reads the cache's file, not the output, which another
        // process may have changed.
        let bytes = fs_err::read(&built.path)
            .map_err(|error| Error::new("the bundle cannot be read back").because(error))?;
        let signature = sign::sign(&key, &bytes, built.id, &output)?;
        app.console.status("Signed", &signature.display().to_string());
    }
    Ok((built, output))
}

/// Rebuilds without cached results, and compares.
fn verify(app: &App, format: MessageFormat, file: &Path) -> Result<ExitCode> {
    // A missing file must fail before minutes of work, not after them.
    fs_err::metadata(file).map_err(|error| Error::new("cannot verify").because(error))?;
    let project = Project::one(&app.options)?;
    let (built, _cache) = app.build_anew(&project.spec()?, &project.name)?;
    let difference = verify::difference(&built, file)?;
    let code = if difference.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    match format {
        MessageFormat::Json => {
            let same = difference.is_none();
            print(&Message::Verified { file, id: built.id.to_string(), same, difference })?;
        }
        MessageFormat::Human => match difference {
            None => app.console.status("Verified", &format!("{} matches the declaration", file.display())),
            Some(text) => {
                console::print(&text)?;
                app.console.error(
                    &Error::new(format!("`{}` does not match the declaration", file.display())).help(
                        "was it built by this version of eryx, with this lock, for this target, and on this system?",
                    ),
                );
            }
        },
    }
    Ok(code)
}

/// Copies a file atomically: `to` is always the old file or the new one. Leaves an identical file alone.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    replace(&fs_err::read(from)?, to)
}

/// Writes a file atomically: it always has the old content or the new. Leaves an identical file alone.
pub(crate) fn replace(bytes: &[u8], to: &Path) -> std::io::Result<()> {
    let same_size = fs_err::metadata(to).is_ok_and(|to| to.len() == bytes.len() as u64);
    if same_size && fs_err::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs_err::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".eryx-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Temporary files are private by default; this one gets the permissions that the umask allows.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut temp = builder.tempfile_in(folder)?;
    std::io::Write::write_all(&mut temp, bytes)?;
    temp.as_file().sync_all()?;
    temp.persist(to).map_err(|error| error.error)?;
    Ok(())
}

fn print(message: &Message<'_>) -> Result<ExitCode> {
    let line =
        serde_json::to_string(message).map_err(|error| Error::new("cannot write JSON").because(error))?;
    console::print(&(line + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_replace_whole_files_and_leave_equal_ones() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("deep/er/to.eryx"));
        fs_err::write(&from, "one").unwrap();
        copy(&from, &to).unwrap();
        let first = fs_err::metadata(&to).unwrap();
        copy(&from, &to).unwrap();
        let second = fs_err::metadata(&to).unwrap();
        assert_eq!(first.modified().unwrap(), second.modified().unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            assert_eq!(first.ino(), second.ino());
        }
        fs_err::write(&from, "two").unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs_err::read_to_string(&to).unwrap(), "two");
        assert_eq!(fs_err::read_dir(to.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn json_errors_have_their_reason() {
        let message = Message::Error(FailureReport::from(&Error::new("no").help("yes")));
        assert_eq!(
            serde_json::to_value(&message).unwrap(),
            serde_json::json!({"reason": "error", "message": "no", "causes": [], "help": "yes"})
        );
    }
}
