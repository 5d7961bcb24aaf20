//! Converts the keys and values of a declaration to a [`Spec`].

use std::path::{Path, PathBuf};

use super::import::{self, ImportKeys};
use super::keys::KEYS;
use super::source::{KeyTable, KeyValue, LocatedValue, RawValue};
use super::spec::{Spec, with_place};
use super::suggestion::suggest;
use crate::bounds;
use crate::error::{Error, Result};

impl Spec {
    pub(super) fn from_table(table: KeyTable, base_dir: &Path) -> Result<Self> {
        let mut spec = Self::new(base_dir);
        let mut keys = ImportKeys::default();
        for KeyValue { key, place, item } in table.entries {
            if !KEYS.contains(&key.as_str()) {
                let error = Error::new(format!("unknown key `{key}` in {}", table.label)).help(
                    suggest(&key, &KEYS).map_or_else(
                        || format!("the keys are: {}", KEYS.join(", ")),
                        |name| format!("did you mean `{name}`?"),
                    ),
                );
                return Err(with_place(error, place.as_deref()).blame(key, None));
            }
            if let Some(place) = &place {
                spec.places.insert((key.clone(), None), place.clone());
            }
            match key.as_str() {
                "name" => spec.name = Some(spec.parsed_name(&key, item)?),
                "requirements" => keys.requirements = Some(spec.text(&key, item)?),
                "pyproject" => keys.pyproject = Some(spec.text(&key, item)?),
                "pylock" => keys.pylock = Some(spec.text(&key, item)?),
                "extras" => keys.extras = spec.texts(&key, item)?,
                "groups" => keys.groups = spec.texts(&key, item)?,
                "packages" => spec.packages = spec.texts(&key, item)?,
                "constraints" => spec.constraints = spec.texts(&key, item)?,
                "prereleases" => spec.prereleases = spec.flag(&key, &item)?,
                "exclude-newer" => spec.exclude_newer = Some(spec.text(&key, item)?),
                "index-url" => spec.index_url = Some(spec.text(&key, item)?),
                "extra-index-urls" => spec.extra_index_urls = spec.texts(&key, item)?,
                "find-links" => spec.find_links = spec.texts(&key, item)?,
                "imports" => spec.imports = spec.texts(&key, item)?,
                "python" => spec.python = Some(PathBuf::from(spec.text(&key, item)?)),
                "cpu" => spec.cpu = Some(spec.parsed(&key, item)?),
                "fuel" => spec.fuel = spec.flag(&key, &item)?,
                "compression" => spec.compression = spec.parsed(&key, item)?,
                "stdlib" => spec.stdlib = spec.texts(&key, item)?,
                "build-wall-time" => spec.build_wall_time = Some(spec.text(&key, item)?),
                "build-cpu-time" => spec.build_cpu_time = Some(spec.text(&key, item)?),
                "build-memory" => spec.build_memory = Some(spec.text(&key, item)?),
                _ => spec.fuse = spec.flag(&key, &item)?,
            }
        }
        spec.check()?;
        import::import(&mut spec, &keys)?;
        Ok(spec)
    }

    fn parsed_name(&self, key: &str, item: LocatedValue) -> Result<String> {
        let name = self.text(key, item)?;
        if name.trim().is_empty() || name.contains(char::is_control) {
            let error =
                Error::new("`name` must not be empty").help("leave it out, or give the bundle a name");
            return Err(self.placed(error, key, None));
        }
        Ok(name)
    }

    fn parsed<T: std::str::FromStr<Err = Error>>(&self, key: &str, item: LocatedValue) -> Result<T> {
        self.text(key, item)?.parse().map_err(|error| self.placed(error, key, None))
    }

    fn flag(&self, key: &str, item: &LocatedValue) -> Result<bool> {
        match item.value {
            RawValue::Flag(flag) => Ok(flag),
            ref other => {
                let error = Error::new(format!("`{key}` must be true or false, not {}", other.kind()));
                Err(self.placed(error, key, None))
            }
        }
    }

    fn text(&self, key: &str, item: LocatedValue) -> Result<String> {
        match item.value {
            RawValue::Text(text) => Ok(text),
            other => {
                let error = Error::new(format!("`{key}` must be a string, not {}", other.kind()));
                Err(self.placed(error, key, None))
            }
        }
    }

    fn texts(&mut self, key: &str, item: LocatedValue) -> Result<Vec<String>> {
        let RawValue::Array(items) = item.value else {
            let error = Error::new(format!("`{key}` must be an array of strings, not {}", item.value.kind()))
                .help(format!("write {key} = [\"…\"]"));
            return Err(self.placed(error, key, None));
        };
        if items.len() > bounds::ITEMS {
            let error =
                Error::new(format!("`{key}` has {} items; the limit is {}", items.len(), bounds::ITEMS));
            return Err(self.placed(error, key, None));
        }
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            if let Some(place) = item.place {
                self.places.insert((key.to_owned(), Some(index)), place);
            }
            match item.value {
                RawValue::Text(text) => texts.push(text),
                other => {
                    let error = Error::new(format!("`{key}` must hold only strings, not {}", other.kind()));
                    return Err(self.placed(error, key, Some(index)));
                }
            }
        }
        Ok(texts)
    }
}
