//! Finds the licence texts among a wheel's files.

use crate::wheel::Metadata;

/// Common names of licence files, for wheels whose metadata does not list them.
const NAMES: [&str; 4] = ["LICENSE", "LICENCE", "COPYING", "NOTICE"];

/// Returns the licence texts among a wheel's paths in the guest, each with its path in the metadata folder. These are
/// all files in its folder `licenses` (PEP 639), files that `License-File` lists, and licence files that older tools
/// put beside the metadata.
pub(super) fn paths<'a>(metadata: &Metadata, paths: &'a [String]) -> Vec<(&'a str, &'a str)> {
    let in_info = paths.iter().filter_map(|path| Some((path.split_once(".dist-info/")?.1, path.as_str())));
    let listed = |name: &str| metadata.license_files.iter().any(|listed| listed == name);
    let called = |name: &str| {
        let name = name.to_ascii_uppercase();
        !name.contains('/') && NAMES.iter().any(|known| name.starts_with(known))
    };
    in_info
        .filter_map(|(name, path)| match name.strip_prefix("licenses/") {
            Some(name) => Some((name, path)),
            None => (listed(name) || called(name)).then_some((name, path)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_licences_are_found() {
        let site = "/usr/lib/python3.14/site-packages";
        let paths: Vec<String> = [
            "a/LICENSE",
            "a-1.dist-info/METADATA",
            "a-1.dist-info/licenses/LICENSE",
            "a-1.dist-info/licenses/vendored/x/MIT.txt",
            "a-1.dist-info/Copying.md",
            "a-1.dist-info/AUTHORS",
            "a-1.dist-info/THANKS",
        ]
        .map(|path| format!("{site}/{path}"))
        .to_vec();
        let metadata = Metadata { license_files: vec!["AUTHORS".into()], ..Metadata::default() };
        let names: Vec<_> = super::paths(&metadata, &paths).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["LICENSE", "vendored/x/MIT.txt", "Copying.md", "AUTHORS"]);
    }
}
