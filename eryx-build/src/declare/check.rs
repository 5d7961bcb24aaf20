//! Checks of a declaration's values.

use super::module_name;
use super::spec::Spec;
use crate::bounds;
use crate::error::{Error, Result};
use crate::index::{IndexUrl, UploadCutoff};
use crate::stdlib::left_out;

impl Spec {
    /// Checks values that builder calls may have got wrong. Declarations in files and JSON are already checked.
    ///
    /// # Errors
    /// When a name in `imports` is not the name of a module, or a setting of the index cannot be used.
    pub fn check(&self) -> Result<()> {
        if let Some(time) = &self.exclude_newer {
            UploadCutoff::parse(time, "`exclude-newer`")
                .map_err(|error| self.placed(error, "exclude-newer", None))?;
        }
        let main = self.index_url.iter().map(|url| ("index-url", None, url));
        let extra = self.extra_index_urls.iter().enumerate();
        let extra = extra.map(|(index, url)| ("extra-index-urls", Some(index), url));
        for (key, index, url) in main.chain(extra) {
            IndexUrl::parse(url, format!("`{key}`")).map_err(|error| self.placed(error, key, index))?;
        }
        for (key, text) in
            [("build-wall-time", &self.build_wall_time), ("build-cpu-time", &self.build_cpu_time)]
        {
            if let Some(text) = text {
                bounds::time_of(text).map_err(|error| self.placed(error, key, None))?;
            }
        }
        if let Some(text) = &self.build_memory {
            bounds::bytes_of(text).map_err(|error| self.placed(error, "build-memory", None))?;
        }
        for (index, name) in self.stdlib.iter().enumerate() {
            if !left_out().any(|known| known == name) {
                let names: Vec<_> = left_out().collect();
                let error = Error::new(format!(
                    "`{name}` is not a part of the standard library that bundles leave out"
                ))
                .help(format!("bundles leave out: {}", names.join(", ")));
                return Err(self.placed(error, "stdlib", Some(index)));
            }
        }
        for (index, module) in self.imports.iter().enumerate() {
            module_name::check(module).map_err(|error| self.placed(error, "imports", Some(index)))?;
        }
        Ok(())
    }
}
