//! `eryx.lock`: reading, writing and reading again gives the same lock, and the text becomes stable.
#![no_main]

use std::path::Path;

use eryx_build::fuzzing::lock::parse;
use libfuzzer_sys::fuzz_target;

const SEEDS: [&str; 2] = [
    "version = 1\n\n[[bundle]]\nname = \"default\"\npython = \"3.14\"\nrequirements = [\"six\", \"./lib\"]\n\
     constraints = [\"six<2\"]\nprereleases = true\nexclude-newer = \"2026-01-01\"\n\n[[bundle.package]]\nname = \"six\"\n\
     version = \"1.17.0\"\nfile = \"six-1.17.0-py2.py3-none-any.whl\"\nsize = 11050\n\
     sha256 = \"4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\"\ndependencies = [\"lib[a,b]\"]\n\n\
     [[bundle.package]]\nname = \"lib\"\nversion = \"1\"\nsource = { folder = \"../lib\" }\n\
     metadata = \"4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\"\n\
     built = { file = \"lib-1-py3-none-any.whl\", size = 1, sha256 = \"4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\" }\n",
    "version = 1\n[[bundle]]\nname = \"a\"\npython = \"3.14\"\n[[bundle.package]]\nname = \"x\"\nversion = \"1.0.post1\"\n\
     source = { url = \"https://u:p@files.test/x-1.0.zip?a=b#c\" }\nfile = \"x-1.0.zip\"\n\
     sha256 = \"4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\"\n[[bundle.package]]\nname = \"y\"\n\
     version = \"2!1\"\nsource = { path = \"w/y.whl\" }\nfile = \"y.whl\"\n\
     sha256 = \"4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\"\n",
];

fuzz_target!(init: eryx_fuzz_seeds::write(SEEDS), |text: &str| {
    let (dir, path) = (Path::new("/project"), Path::new("/project/eryx.lock"));
    let Ok(lock) = parse(text, path) else { return };
    let written = lock.to_text(dir);
    let again = parse(&written, path).unwrap_or_else(|error| panic!("{error}:\n{written}"));
    assert_eq!(lock, again, "{written}");
    assert_eq!(written, again.to_text(dir));
    for pin in lock.sections.values().flat_map(|section| &section.pins) {
        for file in pin.source.file().into_iter().chain(&pin.built) {
            assert!(!file.filename.contains(['/', '\\']) && !file.filename.starts_with('.'), "{}", file.filename);
        }
    }
});
