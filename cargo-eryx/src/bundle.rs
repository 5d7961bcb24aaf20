//! `bundle`: builds what is declared and puts it where it is wanted.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use eryx_build::bundle::Built;
use eryx_build::{Error, Result};
use eryx_rt::bundle::Manifest;
use serde::Serialize;

use crate::app::App;
use crate::console;
use crate::failure::Report;
use crate::project::Project;
use crate::units;

/// Arguments of `cargo eryx bundle`.
#[derive(Debug, Args)]
pub(crate) struct Bundle {
    /// Where to write the bundle [default: TARGET_DIR/eryx/PACKAGE.eryx]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

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
    Bundle { path: &'a Path, id: String, size: u64, fresh: bool, manifest: &'a Manifest },
    Error(Report),
}

/// Builds the declared bundle and copies it out of the cache.
pub(crate) fn execute(app: &App, arguments: &Bundle) -> Result<ExitCode> {
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
            print(&Message::Error(Report::from(&error)))?;
            Ok(ExitCode::FAILURE)
        }
        (Err(error), MessageFormat::Human) => Err(error),
    }
}

fn build(app: &App, arguments: &Bundle) -> Result<(Built, PathBuf)> {
    let project = Project::one(&app.options)?;
    let spec = project.spec()?;
    // Asked before minutes of work, not after them.
    let output = match &arguments.output {
        Some(output) => output.clone(),
        None => project.output(&app.options)?,
    };
    let built = app.build(&spec, &project.name)?;
    copy(&built.path, &output)
        .map_err(|error| Error::new(format!("cannot write `{}`", output.display())).because(error))?;
    Ok((built, output))
}

/// Copies a file so that `to` is at any time the old one or the new one; leaves it alone if it is the same already.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let bytes = fs_err::read(from)?;
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
        // As any new file: what the umask leaves. Temporary files are private unless told otherwise.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut temp = builder.tempfile_in(folder)?;
    std::io::Write::write_all(&mut temp, &bytes)?;
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
        let message = Message::Error(Report::from(&Error::new("no").help("yes")));
        assert_eq!(
            serde_json::to_value(&message).unwrap(),
            serde_json::json!({"reason": "error", "message": "no", "causes": [], "help": "yes"})
        );
    }
}
