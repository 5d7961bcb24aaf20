//! Index pages in JSON: each result is usable, and the cached form is equal to it.
#![no_main]

use std::sync::LazyLock;

use eryx_build::fuzzing::{PackageName, Url, index};
use eryx_build::index::Project;
use libfuzzer_sys::fuzz_target;

static BASE: LazyLock<Url> =
    LazyLock::new(|| Url::parse("https://index.test/simple/six/").expect("it is one"));

const SEEDS: [&str; 2] = [
    r#"{"meta": {"api-version": "1.3"}, "name": "six", "files": [
        {"filename": "six-1.17.0-py2.py3-none-any.whl", "url": "../../files/six.whl", "hashes": {"sha256":
         "4721F391ED90541FDDACAB5ACF947AA0D3DC7D27B2E1E8EDA2BE8970586C3274"}, "size": 5, "requires-python": ">=3.8",
         "yanked": "broken", "core-metadata": {"sha256": "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274"},
         "upload-time": "2024-01-02T03:04:05.678901Z"},
        {"filename": "six-1.0.tar.gz", "url": "http://files.test/six-1.0.tar.gz", "hashes": {}, "yanked": false}]}"#,
    r#"{"meta":{"api-version":"1"},"files":[{"filename":"six-2!1.0a1+l.zip","url":"//x/y","core-metadata":true}]}"#,
];

fuzz_target!(init: eryx_fuzz_seeds::write(SEEDS), |data: &[u8]| {
    let Ok(files) = index::json(data, &BASE) else { return };
    let is_hash = |hash: &String| hash.len() == 64 && hash.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    for file in &files {
        assert!(!file.filename.contains(['/', '\\', '\0']) && !file.filename.starts_with('.'), "{}", file.filename);
        let url = Url::parse(&file.url).expect("it is absolute");
        assert!(matches!(url.scheme(), "http" | "https"), "{url}");
        assert!(file.sha256.iter().chain(&file.core_metadata).all(is_hash));
    }
    let name = PackageName::new("six".to_owned()).expect("it is a name");
    let project = index::project(&name, files);
    assert!(project.releases.windows(2).all(|pair| pair[0].version > pair[1].version), "versions are out of order");
    let kept = serde_json::to_vec(&project).expect("it can be kept");
    assert_eq!(serde_json::from_slice::<Project>(&kept).expect("it was kept"), project);
});
