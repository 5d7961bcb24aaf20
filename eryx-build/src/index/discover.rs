//! Chooses the index. eryx has no index of its own: it asks the index that pip or uv would ask.
//!
//! The order is: `--index-url`; `ERYX_INDEX_URL`; the variables of uv and pip; uv's configuration, of the project and
//! of the user; pip's configuration files; the default index in the help of an installed pip or uv. The last step runs
//! a program, so it only happens when a download is necessary.

use std::path::{Path, PathBuf};

use super::config;
use super::surroundings::Surroundings;
use super::url::IndexUrl;
use crate::error::Result;

/// Returns the configured index; `None` leaves the choice to the [default](super::default_index). Starts no program and
/// sends no request.
pub(crate) fn configured(explicit: Option<&str>, around: &Surroundings<'_>) -> Result<Option<IndexUrl>> {
    if let Some(url) = explicit {
        return IndexUrl::parse(url, "--index-url").map(Some);
    }
    for name in ["ERYX_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"] {
        if let Some(url) = (around.var)(name) {
            return IndexUrl::parse(unnamed(&url), name).map(Some);
        }
    }
    if let Some((url, path)) = config::uv_setting(around, config::uv_default) {
        return IndexUrl::parse(&url, path.display().to_string()).map(Some);
    }
    match config::pip_setting(around, "index-url") {
        Some((url, origin)) => IndexUrl::parse(&url, origin).map(Some),
        None => Ok(None),
    }
}

/// Returns the configured extra indexes, which are asked before the main one.
pub(crate) fn extra(around: &Surroundings<'_>) -> Result<Vec<IndexUrl>> {
    for name in ["UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL"] {
        if let Some(urls) = (around.var)(name) {
            return urls.split_whitespace().map(|url| IndexUrl::parse(unnamed(url), name)).collect();
        }
    }
    let found = config::uv_setting(around, config::uv_extra)
        .map(|(urls, path)| (urls, path.display().to_string()))
        .or_else(|| config::pip_list(around, "extra-index-url"));
    let Some((urls, origin)) = found else { return Ok(Vec::new()) };
    urls.iter().map(|url| IndexUrl::parse(unnamed(url), &origin)).collect()
}

/// Returns configured folders and pages with files, each with its origin. Relative paths start from their configuration
/// file's folder, or from the working directory.
pub(crate) fn links(around: &Surroundings<'_>) -> Vec<(String, String)> {
    let with = |places: Vec<String>, origin: &str, dir: Option<&Path>| {
        places.iter().map(|place| (absolute(place, dir), origin.to_owned())).collect()
    };
    for (name, separator) in [("UV_FIND_LINKS", ','), ("PIP_FIND_LINKS", ' ')] {
        if let Some(places) = (around.var)(name) {
            let places = places.split(separator).map(str::trim).filter(|place| !place.is_empty());
            return with(places.map(str::to_owned).collect(), name, None);
        }
    }
    if let Some((places, path)) = config::uv_setting(around, config::uv_links) {
        return with(places, &path.display().to_string(), path.parent());
    }
    match config::pip_list(around, "find-links") {
        Some((places, origin)) => with(places, &origin, None),
        None => Vec::new(),
    }
}

/// Returns the configured time limit for uploads, and its origin.
pub(crate) fn exclude_newer(around: &Surroundings<'_>) -> Option<(String, String)> {
    if let Some(text) = (around.var)("UV_EXCLUDE_NEWER") {
        return Some((text, "UV_EXCLUDE_NEWER".to_owned()));
    }
    let pick = |settings: &toml::Table| settings.get("exclude-newer")?.as_str().map(str::to_owned);
    config::uv_setting(around, pick).map(|(text, path)| (text, path.display().to_string()))
}

/// Makes a relative path absolute, from `dir` or from the working directory. URLs stay as they are.
pub(crate) fn absolute(place: &str, dir: Option<&Path>) -> String {
    if place.contains("://") || place.starts_with("file:") {
        return place.to_owned();
    }
    let path = dir.map_or_else(|| PathBuf::from(place), |dir| dir.join(place));
    std::path::absolute(&path).unwrap_or(path).display().to_string()
}

/// Removes the name from `name=url`, a form that uv accepts.
fn unnamed(url: &str) -> &str {
    match url.split_once('=') {
        Some((label, url)) if !label.contains([':', '/']) => url,
        _ => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct World {
        dir: tempfile::TempDir,
        vars: Vec<(String, String)>,
    }

    impl World {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let home = dir.path().join("home").display().to_string();
            Self { dir, vars: vec![("HOME".to_owned(), home)] }
        }

        fn file(self, path: &str, text: &str) -> Self {
            let path = self.dir.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
            self
        }

        fn var(mut self, name: &str, value: &str) -> Self {
            self.vars.push((name.to_owned(), value.replace("ROOT", &self.dir.path().display().to_string())));
            self
        }

        fn around<T>(&self, f: impl FnOnce(&Surroundings<'_>) -> T) -> T {
            let var = |name: &str| {
                self.vars.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone())
            };
            let project = self.dir.path().join("home/work/project");
            f(&Surroundings { var: &var, project: Some(&project), root: self.dir.path() })
        }

        fn index(&self) -> Option<String> {
            self.around(|around| configured(None, around)).unwrap().map(|index| index.as_str().to_owned())
        }
    }

    #[test]
    fn nothing_configured() {
        assert_eq!(World::new().index(), None);
    }

    #[test]
    fn every_place_beats_the_ones_after_it() {
        let mut world = World::new();
        let steps: [(&str, &str, &str); 11] = [
            ("etc/xdg/pip/pip.conf", "[global]\nindex-url = http://xdg.test/\n", "http://xdg.test/"),
            ("etc/pip.conf", "[global]\nindex-url = http://etc.test/\n", "http://etc.test/"),
            ("home/.pip/pip.conf", "# c\n[global]\nindex_url: http://old.test\n", "http://old.test/"),
            ("home/.config/pip/pip.conf", "[global]\nindex-url=http://user.test\n", "http://user.test/"),
            ("home/.config/uv/uv.toml", "index-url = 'http://uv-user.test/'\n", "http://uv-user.test/"),
            ("home/uv.toml", "[[index]]\nurl = 'http://extra.test'\n", "http://uv-user.test/"),
            (
                "home/work/pyproject.toml",
                "[[tool.uv.index]]\nname = 'x'\nurl = 'http://project.test'\ndefault = true\n",
                "http://project.test/",
            ),
            ("PIP_INDEX_URL", "http://pip-var.test/", "http://pip-var.test/"),
            ("UV_INDEX_URL", "http://uv-old.test/", "http://uv-old.test/"),
            ("UV_DEFAULT_INDEX", "corp=http://uv-var.test/", "http://uv-var.test/"),
            ("ERYX_INDEX_URL", "http://own.test/", "http://own.test/"),
        ];
        for (place, text, expected) in steps {
            world = if place.contains('.') { world.file(place, text) } else { world.var(place, text) };
            assert_eq!(world.index().as_deref(), Some(expected), "{place}");
        }
        let explicit = world.around(|around| configured(Some("http://flag.test/"), around)).unwrap().unwrap();
        assert_eq!(explicit.to_string(), "http://flag.test/ (from --index-url)");
    }

    #[test]
    fn more_places_are_found_beside_the_main_index() {
        let extra = |world: &World| -> Vec<String> {
            world.around(extra).unwrap().iter().map(|index| index.as_str().to_owned()).collect()
        };
        let links = |world: &World| -> Vec<String> {
            world.around(links).into_iter().map(|(place, _)| place).collect()
        };
        let world = World::new();
        assert_eq!((extra(&world).len(), links(&world).len()), (0, 0));
        let world = world.file(
            "etc/pip.conf",
            "[global]\nextra-index-url =\n  http://a.test/\n  http://b.test/x\nfind-links = /wheels http://l.test/w\n",
        );
        assert_eq!(extra(&world), ["http://a.test/", "http://b.test/x/"]);
        assert_eq!(links(&world), ["/wheels", "http://l.test/w"]);
        let world = world.file(
            "home/work/uv.toml",
            "extra-index-url = ['http://old.test']\nfind-links = ['wheels']\nexclude-newer = '2026-01-31'\n\
             [[index]]\nname = 'corp'\nurl = 'http://corp.test'\n\
             [[index]]\nurl = 'http://main.test'\ndefault = true\n\
             [[index]]\nname = 'torch'\nurl = 'http://torch.test'\nexplicit = true\n\
             [[index]]\nname = 'flat'\nurl = 'http://flat.test/w'\nformat = 'flat'\n",
        );
        assert_eq!(world.index().as_deref(), Some("http://main.test/"));
        assert_eq!(extra(&world), ["http://corp.test/", "http://old.test/"]);
        let beside = world.dir.path().join("home/work/wheels").display().to_string();
        assert_eq!(links(&world), ["http://flat.test/w", beside.as_str()]);
        let told = world.around(exclude_newer).unwrap();
        assert_eq!(told.0, "2026-01-31");
        assert!(told.1.ends_with("uv.toml"), "{}", told.1);
        let world = world
            .var("UV_EXCLUDE_NEWER", "2026-02-01")
            .var("PIP_FIND_LINKS", "/one /two")
            .var("UV_INDEX", "corp=http://one.test http://two.test");
        assert_eq!(world.around(exclude_newer).unwrap().0, "2026-02-01");
        assert_eq!(links(&world), ["/one", "/two"]);
        assert_eq!(extra(&world), ["http://one.test/", "http://two.test/"]);
    }

    #[test]
    fn pip_files_by_variable() {
        let world = World::new()
            .file("home/.config/pip/pip.conf", "[global]\nindex-url = http://user.test/\n[install]\n")
            .file(
                "venv/pip.conf",
                "[global]\nindex-url = http://a.test/\n[install]\nindex-url = http://venv.test/\n",
            )
            .var("VIRTUAL_ENV", "ROOT/venv");
        assert_eq!(world.index().as_deref(), Some("http://venv.test/"));
        let world = world
            .file("own.conf", "[global]\nindex-url =\n  http://own.test/\n")
            .var("PIP_CONFIG_FILE", "ROOT/own.conf");
        assert_eq!(world.index().as_deref(), Some("http://own.test/"));
        // In pip, this value disables configuration files.
        assert_eq!(world.var("PIP_CONFIG_FILE", "/dev/null").index(), None);
    }

    #[test]
    fn a_bad_url_names_its_origin() {
        let world = World::new().file("etc/pip.conf", "[global]\nindex-url = /srv/mirror\n");
        let error = world.around(|around| configured(None, around)).unwrap_err();
        assert!(error.to_string().contains("etc/pip.conf"), "{error}");
    }
}
