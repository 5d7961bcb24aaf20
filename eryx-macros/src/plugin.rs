//! Finds the plugin and requests the bundle from it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use crate::bootstrap;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::protocol::{Answer, Outcome, Ready, Request};
use crate::terminal;

/// The macro's version. The plugin must have the same.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Makes the plugin build the bundle, or find it in the cache.
pub(crate) fn bundle(environment: &Environment, request: &Request) -> Result<Ready, Failure> {
    let plugin = locate(environment)?;
    let ready = ask(environment, &plugin, request)?;
    // This check is here because the assembler's message would not say whose file is missing.
    match std::fs::metadata(&ready.path) {
        Ok(file) if file.len() == ready.len => Ok(ready),
        Ok(file) => Err(Failure::new(format!(
            "the bundle {} is {} bytes long; cargo-eryx said {}",
            ready.path,
            file.len(),
            ready.len
        ))
        .help("build once more; if that does not help, run `cargo eryx cache clear` first")),
        Err(error) => Err(Failure::new(format!("cannot read the bundle {}", ready.path)).because(error)),
    }
}

/// Returns the command that installs the plugin this macro needs.
fn install_command() -> String {
    command_for(Path::new(env!("CARGO_MANIFEST_DIR")))
}

/// Returns that command for a macro compiled from that folder. A clone has the sources of the plugin beside
/// it; a package from a registry does not.
fn command_for(macros: &Path) -> String {
    let plugin = macros.with_file_name("cargo-eryx");
    if plugin.join("Cargo.toml").is_file() {
        format!("cargo install --locked --path {}", plugin.display())
    } else {
        format!("cargo install --locked cargo-eryx --version {VERSION}")
    }
}

fn locate(environment: &Environment) -> Result<PathBuf, Failure> {
    if let Some(plugin) = environment.get("ERYX_CARGO_PLUGIN").map(PathBuf::from) {
        return if plugin.is_file() {
            Ok(plugin)
        } else {
            Err(Failure::new(format!("ERYX_CARGO_PLUGIN is `{}`, which is not a file", plugin.display()))
                .help("set it to the path of a cargo-eryx program, or unset it"))
        };
    }
    if environment.is_on("ERYX_BOOTSTRAP") {
        return bootstrap::plugin(environment);
    }
    let name = format!("cargo-eryx{}", std::env::consts::EXE_SUFFIX);
    let path = environment.get("PATH").unwrap_or_default();
    environment
        .cargo_bin()
        .into_iter()
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(&name))
        .find(|candidate| candidate.is_file())
        .ok_or_else(|| {
            Failure::new("`embed!` needs the program cargo-eryx, which is not installed")
                .help(format!("run `{}`", install_command()))
        })
}

fn ask(environment: &Environment, plugin: &Path, request: &Request) -> Result<Ready, Failure> {
    let cannot_run = |error: std::io::Error| {
        Failure::new(format!("cannot run {}", plugin.display()))
            .because(error)
            .help(format!("run `{}`", install_command()))
    };
    let request = serde_json::to_vec(request).expect("strings always serialise");
    // The compiler leaves SIGPIPE at its default, so writing to a plugin that ended without reading would
    // kill the compiler. While this process holds a reader too, that cannot happen.
    let (mut reader, mut writer) = std::io::pipe().map_err(cannot_run)?;
    let child = Command::new(plugin)
        .arg("embed")
        .stdin(reader.try_clone().map_err(cannot_run)?)
        .stdout(Stdio::piped())
        .stderr(progress_target(environment))
        .spawn()
        .map_err(cannot_run)?;
    let output = thread::scope(|scope| {
        scope.spawn(move || writer.write_all(&request));
        let output = child.wait_with_output();
        // Unread bytes must not block the writer.
        drop(std::io::copy(&mut reader, &mut std::io::sink()));
        output
    })
    .map_err(cannot_run)?;
    let ready = read_answer(plugin, &output.stdout, &output.status.to_string());
    ready.map_err(|failure| match String::from_utf8_lossy(&output.stderr).trim() {
        "" => failure,
        // A panic message, or the error of a version that lacks this command.
        words if failure.is_silence => failure.because(format!("it said: {words}")),
        _ => failure,
    })
}

/// Returns the stream for the plugin's progress: cargo's terminal if it has one, and stderr if a log was
/// requested.
///
/// The compiler's stderr alone is wrong: cargo stores its content with the compiled crate and repeats it in
/// every later build, as it does with warnings.
fn progress_target(environment: &Environment) -> Stdio {
    if environment.get("ERYX_LOG").is_some() {
        return Stdio::inherit();
    }
    terminal::of_cargo().map_or_else(Stdio::piped, Stdio::from)
}

fn read_answer(plugin: &Path, stdout: &[u8], status: &str) -> Result<Ready, Failure> {
    let no_answer = |error: serde_json::Error| {
        Failure::new(format!("{} gave no answer ({status})", plugin.display()))
            .because(error)
            .help(format!("is it version {VERSION}? `{}` installs that one", install_command()))
            .silence()
    };
    let answer: Answer = serde_json::from_slice(stdout).map_err(no_answer)?;
    if answer.version != VERSION {
        return Err(wrong_version(plugin, &answer.version));
    }
    match answer.outcome().map_err(no_answer)? {
        Outcome::Ok(ready) => {
            // Cargo may repeat these.
            for warning in &ready.warnings {
                eprintln!("warning: {warning}");
            }
            Ok(ready)
        }
        Outcome::Error(failure) => Err(failure),
    }
}

fn wrong_version(plugin: &Path, version: &str) -> Failure {
    Failure::new(format!("{} is version {version}, but this crate uses eryx {VERSION}", plugin.display()))
        .help(format!("run `{}`", install_command()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Result<Ready, Failure> {
        read_answer(Path::new("/bin/cargo-eryx"), text.as_bytes(), "exit status: 2")
    }

    #[test]
    fn a_bundle_is_read() {
        let text = format!(
            r#"{{"version":"{VERSION}","ok":{{"path":"/c/a.eryx","len":7,"target":"t","inputs":["/x/eryx.toml"]}}}}"#
        );
        let ready = answer(&text).unwrap();
        assert_eq!(
            ready,
            Ready {
                path: "/c/a.eryx".into(),
                len: 7,
                target: "t".into(),
                inputs: vec!["/x/eryx.toml".into()],
                locked: None,
                warnings: Vec::new(),
            }
        );
    }

    #[test]
    fn an_error_is_handed_on_with_its_place() {
        let text = format!(
            r#"{{"version":"{VERSION}","error":{{"message":"m","causes":["c"],"help":"h","key":"packages","index":2}}}}"#
        );
        let failure = answer(&text).unwrap_err();
        assert_eq!((failure.key.as_deref(), failure.index), (Some("packages"), Some(2)));
        assert_eq!(failure.to_string(), "m\ncaused by: c\nhelp: h");
    }

    #[test]
    fn another_version_is_refused_before_anything_else_is_read() {
        let failure = answer(r#"{"version":"99.0.0","ok":{"something":"else"}}"#).unwrap_err();
        assert!(failure.message.starts_with("/bin/cargo-eryx is version 99.0.0"), "{failure}");
        assert!(failure.help.unwrap().contains(&install_command()));
    }

    #[test]
    fn silence_and_noise_are_errors_that_say_what_to_install() {
        for text in ["", "usage: cargo-eryx", "{}"] {
            let failure = answer(text).unwrap_err();
            assert!(failure.message.contains("exit status: 2"), "{failure}");
            assert!(failure.help.unwrap().contains(&install_command()));
        }
    }

    #[test]
    fn it_is_installed_from_where_the_macro_came_from() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sources = here.with_file_name("cargo-eryx");
        assert_eq!(command_for(here), format!("cargo install --locked --path {}", sources.display()));
        let package = Path::new("/registry/src/eryx-macros-0.1.0");
        assert_eq!(command_for(package), format!("cargo install --locked cargo-eryx --version {VERSION}"));
    }

    #[test]
    fn the_plugin_is_searched_in_order() {
        let folder = std::env::temp_dir().join(format!("eryx-macros-plugin-{}", std::process::id()));
        let name = format!("cargo-eryx{}", std::env::consts::EXE_SUFFIX);
        let place = |relative: &str| folder.join(relative).to_str().unwrap().to_owned();
        for relative in ["cargo/bin", "path"] {
            std::fs::create_dir_all(place(relative)).unwrap();
            std::fs::write(folder.join(relative).join(&name), "").unwrap();
        }
        let (cargo, path) = (place("cargo"), place("path"));
        let found = |variables: &[(&str, &str)]| locate(&Environment::of(variables.iter().copied()));

        let both = [("CARGO_HOME", cargo.as_str()), ("PATH", path.as_str())];
        assert_eq!(found(&both), Ok(folder.join("cargo/bin").join(&name)));
        assert_eq!(found(&both[1..]), Ok(folder.join("path").join(&name)));
        let missing = found(&[("ERYX_CARGO_PLUGIN", "/does/not/exist"), both[0]]).unwrap_err();
        assert!(missing.message.contains("/does/not/exist"), "{missing}");
        let nowhere = found(&[]).unwrap_err();
        assert!(nowhere.help.unwrap().contains(&install_command()));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
