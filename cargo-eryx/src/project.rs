//! Chooses the declaration: finds the package as cargo would, and calls cargo as rarely as possible.
//!
//! `cargo metadata` takes up to a fifth of a second, more than the rest of a cached run. So this module reads
//! the nearest manifest directly, and calls cargo only for other packages of the workspace and for the target
//! folder.

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};
use eryx_build::bounds;
use eryx_build::declare::Spec;
use eryx_build::{Error, Result};

use crate::macros;
use crate::options::Options;

/// A package, or a folder with an `eryx.toml` and no package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Project {
    /// Name of the package, or of the folder.
    pub(crate) name: String,
    /// Folder of its manifest.
    pub(crate) dir: PathBuf,
    /// Whether the folder has a `Cargo.toml`.
    is_package: bool,
}

impl Project {
    /// Returns the one project that the options name: `--package`, else `--manifest-path`, else the nearest
    /// manifest upward.
    pub(crate) fn one(options: &Options) -> Result<Self> {
        match options.package.as_slice() {
            [] => {}
            [name] => return Self::named(options, name),
            _ => return Err(Error::new("only one --package can be bundled at a time")),
        }
        let nearest = Self::nearest(options)?.ok_or_else(|| {
            Error::new("no Cargo.toml or eryx.toml in this folder or above it")
                .help("go to a project, or name one with --manifest-path")
        })?;
        if let Some(project) = nearest {
            return Ok(project);
        }
        // A virtual workspace is unambiguous only if one member declares a bundle.
        let mut members = Self::declaring_members(options)?;
        match members.len() {
            1 => Ok(members.remove(0)),
            0 => Err(Error::new("no package of this workspace declares a bundle")
                .help("add [package.metadata.eryx] to the Cargo.toml of the package that embeds Python")),
            _ => {
                let names: Vec<_> = members.iter().map(|member| member.name.as_str()).collect();
                Err(Error::new(format!("these packages declare a bundle: {}", names.join(", ")))
                    .help("choose one with --package"))
            }
        }
    }

    /// Returns the project whose declaration the code runs with; `None` if the options name no project and
    /// the nearest one declares no bundle.
    pub(crate) fn declared(options: &Options) -> Result<Option<Self>> {
        if !options.package.is_empty() || options.manifest_path.is_some() {
            return Self::one(options).map(Some);
        }
        match Self::nearest(options)? {
            None => Ok(None),
            Some(Some(project)) => Ok(Some(project).filter(Self::declares)),
            Some(None) if Self::declaring_members(options)?.is_empty() => Ok(None),
            Some(None) => Self::one(options).map(Some),
        }
    }

    /// Returns the projects that `cargo build` with these options builds and that declare a bundle.
    pub(crate) fn selected(options: &Options, workspace: bool) -> Result<Vec<Self>> {
        if workspace {
            return Self::declaring_members(options);
        }
        let mut selected = Vec::new();
        if options.package.is_empty() {
            match Self::nearest(options)? {
                Some(Some(project)) => selected.push(project),
                Some(None) => return Self::declaring_members(options),
                // Cargo reports this error itself.
                None => {}
            }
        } else {
            let metadata = metadata(options)?;
            // Cargo also accepts patterns and package ids here. They match no member name; the macros then
            // build those bundles later.
            selected.extend(
                options
                    .package
                    .iter()
                    .filter_map(|name| Self::members(&metadata).find(|one| one.name == *name)),
            );
        }
        selected.retain(Self::declares);
        Ok(selected)
    }

    /// Returns the nearest project at or above the working directory, or that of `--manifest-path`.
    /// `Some(None)` is the manifest of a virtual workspace.
    #[expect(clippy::option_option, reason = "nothing, a workspace, a project")]
    fn nearest(options: &Options) -> Result<Option<Option<Self>>> {
        let dir = if let Some(path) = &options.manifest_path {
            Some(manifest_dir(path)?)
        } else {
            let here = std::env::current_dir()
                .map_err(|error| Error::new("the working directory no longer exists").because(error))?;
            here.ancestors()
                .find(|dir| ["eryx.toml", "Cargo.toml"].iter().any(|name| dir.join(name).is_file()))
                .map(Path::to_owned)
        };
        dir.map(|dir| Self::in_dir(&dir)).transpose()
    }

    fn in_dir(dir: &Path) -> Result<Option<Self>> {
        let manifest = dir.join("Cargo.toml");
        if manifest.is_file() {
            let manifest = read_toml(&manifest)?;
            let name = manifest.get("package").and_then(|package| package.get("name")?.as_str());
            if let Some(name) = name {
                return Ok(Some(Self { name: name.to_owned(), dir: dir.to_owned(), is_package: true }));
            }
            if !dir.join("eryx.toml").is_file() {
                return Ok(None);
            }
        }
        let name =
            dir.file_name().map_or_else(|| "bundle".into(), |name| name.to_string_lossy().into_owned());
        Ok(Some(Self { name, dir: dir.to_owned(), is_package: false }))
    }

    fn named(options: &Options, name: &str) -> Result<Self> {
        let metadata = metadata(options)?;
        Self::members(&metadata).find(|member| member.name == name).ok_or_else(|| {
            let mut names: Vec<_> = Self::members(&metadata).map(|member| member.name).collect();
            names.sort();
            Error::new(format!("there is no package `{name}` in this workspace"))
                .help(format!("its packages are: {}", names.join(", ")))
        })
    }

    fn declaring_members(options: &Options) -> Result<Vec<Self>> {
        let metadata = metadata(options)?;
        let mut members: Vec<_> = Self::members(&metadata).filter(Self::declares).collect();
        members.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(members)
    }

    /// With `--no-deps`, all packages are members.
    fn members(metadata: &Metadata) -> impl Iterator<Item = Self> {
        metadata.packages.iter().filter_map(|package| {
            Some(Self {
                name: package.name.to_string(),
                dir: package.manifest_path.parent()?.into(),
                is_package: true,
            })
        })
    }

    /// Whether this project declares a bundle. An unreadable manifest counts: reading the declaration will
    /// report the error.
    pub(crate) fn declares(&self) -> bool {
        if self.dir.join("eryx.toml").is_file() {
            return true;
        }
        let manifest = self.dir.join("Cargo.toml");
        manifest.is_file()
            && read_toml(&manifest).map_or(true, |manifest| {
                manifest.get("package").and_then(|package| package.get("metadata")?.get("eryx")).is_some()
            })
    }

    /// Returns the declaration.
    pub(crate) fn spec(&self) -> Result<Spec> {
        Spec::discover(&self.dir)
    }

    /// Returns the declaration from a file that commands can read and change. An empty declaration is valid
    /// too, because a command may be about to fill it.
    pub(crate) fn editable_spec(&self) -> Result<Spec> {
        if self.declares() { self.spec() } else { self.not_in_macro().map(|()| Spec::new(&self.dir)) }
    }

    /// Returns the declaration, for commands that use its lock.
    pub(crate) fn locked_spec(&self) -> Result<Spec> {
        if !self.declares() {
            self.not_in_macro()?;
        }
        self.spec()
    }

    fn not_in_macro(&self) -> Result<()> {
        let Some(place) = macros::find(&self.dir) else { return Ok(()) };
        Err(Error::new(format!("the bundle of `{}` is declared in `embed!` ({place})", self.name)).help(
            "edit it there, and build to renew its lock; this command works on [package.metadata.eryx] of \
             Cargo.toml, which `embed!()` without keys embeds",
        ))
    }

    /// Returns the bundle's path without `-o`: `<target-dir>/eryx/<package>.eryx`, or a path beside an
    /// `eryx.toml` that belongs to no package.
    pub(crate) fn output(&self, options: &Options) -> Result<PathBuf> {
        let file = format!("{}.eryx", self.name);
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let given = options
            .target_dir
            .clone()
            .or_else(|| variable("CARGO_TARGET_DIR"))
            .or_else(|| variable("CARGO_BUILD_TARGET_DIR"));
        let target_dir = match given {
            Some(dir) => dir,
            None if self.is_package => {
                let manifest = self.dir.join("Cargo.toml");
                let here = Options { manifest_path: Some(manifest), ..options.clone() };
                metadata(&here)?.target_directory.into()
            }
            None => return Ok(self.dir.join(file)),
        };
        Ok(target_dir.join("eryx").join(file))
    }
}

/// Returns the absolute folder of a `--manifest-path`.
fn manifest_dir(path: &Path) -> Result<PathBuf> {
    let wrong = |text: &str| Error::new(format!("--manifest-path {}: {text}", path.display()));
    if !(path.ends_with("Cargo.toml") || path.ends_with("eryx.toml")) {
        return Err(wrong("this is neither a Cargo.toml nor an eryx.toml"));
    }
    if !path.is_file() {
        return Err(wrong("there is no such file"));
    }
    let path = std::path::absolute(path).map_err(|error| wrong("cannot find the folder").because(error))?;
    Ok(path.parent().map(Path::to_owned).unwrap_or_default())
}

fn read_toml(path: &Path) -> Result<toml::Table> {
    let text = bounds::text(path, bounds::DECLARATION_BYTES)
        .map_err(|error| Error::new("cannot read the manifest").because(error))?;
    text.parse::<toml::Table>()
        .map_err(|error| Error::new(format!("`{}` is not valid TOML", path.display())).because(error))
}

fn metadata(options: &Options) -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.no_deps();
    // With `--no-deps` cargo does not resolve, so offline and locked modes make no difference.
    if let Some(path) = &options.manifest_path {
        command.manifest_path(path.with_file_name("Cargo.toml"));
    }
    command.exec().map_err(|error| match error {
        // Cargo's message begins with `error: `, and so will the one of this program.
        cargo_metadata::Error::CargoMetadata { stderr } => {
            Error::new(stderr.trim().trim_start_matches("error: ").to_owned())
        }
        other => Error::new("cannot ask cargo about the workspace").because(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        dir
    }

    fn package(name: &str, more: &str) -> String {
        format!("[package]\nname = '{name}'\nversion = '0.0.0'\n[lib]\npath = 'lib.rs'\n{more}")
    }

    fn options(dir: &Path) -> Options {
        Options { manifest_path: Some(dir.join("Cargo.toml")), ..Options::default() }
    }

    const DECLARED: &str = "[package.metadata.eryx]\npackages = []\n";

    #[test]
    fn a_package_is_read_without_cargo() {
        let dir = folder(&[("Cargo.toml", &package("app", DECLARED))]);
        let project = Project::one(&options(dir.path())).unwrap();
        assert_eq!((project.name.as_str(), project.declares()), ("app", true));
        assert_eq!(Project::selected(&options(dir.path()), false).unwrap(), [project]);
        let plain = folder(&[("Cargo.toml", &package("app", ""))]);
        assert!(!Project::one(&options(plain.path())).unwrap().declares());
        assert_eq!(Project::selected(&options(plain.path()), false).unwrap(), []);
    }

    #[test]
    fn an_eryx_toml_needs_no_package() {
        let dir = folder(&[("tool/eryx.toml", "packages = []")]);
        let path = dir.path().join("tool/eryx.toml");
        let options = Options { manifest_path: Some(path), ..Options::default() };
        let project = Project::one(&options).unwrap();
        assert_eq!(project.name, "tool");
        assert!(project.declares());
        let given = Options { target_dir: Some("/t".into()), ..options.clone() };
        assert_eq!(project.output(&given).unwrap(), Path::new("/t/eryx/tool.eryx"));
    }

    #[test]
    fn members_of_a_virtual_workspace() {
        let root = "[workspace]\nresolver = '3'\nmembers = ['a', 'b', 'c']\n";
        let dir = folder(&[
            ("Cargo.toml", root),
            ("a/Cargo.toml", &package("a", "")),
            ("a/lib.rs", ""),
            ("b/Cargo.toml", &package("b", DECLARED)),
            ("b/lib.rs", ""),
            ("c/Cargo.toml", &package("c", "")),
            ("c/lib.rs", ""),
        ]);
        let mut options = options(dir.path());
        assert_eq!(Project::one(&options).unwrap().name, "b");
        let output = Project::one(&options).unwrap().output(&options).unwrap();
        // The environment of this test may set the target folder.
        assert!(output.is_absolute() && output.ends_with("eryx/b.eryx"), "{}", output.display());

        fs_err::write(dir.path().join("c/eryx.toml"), "").unwrap();
        let error = Project::one(&options).unwrap_err();
        assert_eq!(error.to_string(), "these packages declare a bundle: b, c");
        let names = |selected: Vec<Project>| selected.into_iter().map(|one| one.name).collect::<Vec<_>>();
        assert_eq!(names(Project::selected(&options, false).unwrap()), ["b", "c"]);
        assert_eq!(names(Project::selected(&options, true).unwrap()), ["b", "c"]);

        options.package = vec!["a".to_owned(), "c".to_owned()];
        assert_eq!(names(Project::selected(&options, false).unwrap()), ["c"]);
        options.package = vec!["nobody".to_owned()];
        let error = Project::one(&options).unwrap_err();
        assert_eq!(error.help_text(), Some("its packages are: a, b, c"));
    }

    #[test]
    fn wrong_manifest_paths_are_explained() {
        for (path, text) in [("/nowhere/Cargo.toml", "no such file"), ("/etc/passwd", "neither a Cargo.toml")]
        {
            let options = Options { manifest_path: Some(path.into()), ..Options::default() };
            assert!(Project::one(&options).unwrap_err().to_string().contains(text));
        }
        let broken = folder(&[("Cargo.toml", "[package")]);
        let error = Project::one(&options(broken.path())).unwrap_err();
        assert!(error.to_string().ends_with("is not valid TOML"), "{error}");
    }
}
