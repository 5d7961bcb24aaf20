//! `METADATA`, `WHEEL`, the names of wheels and their tags.
#![no_main]

use eryx_wheel::metadata::{Metadata, essence, is_static};
use eryx_wheel::{WheelName, fuzzing};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: eryx_fuzz_seeds::write(SEEDS), |data: &[u8]| {
    metadata(data);
    if let Ok(text) = std::str::from_utf8(data) {
        name(text.lines().next().unwrap_or_default());
    }
});

const SEEDS: [&str; 3] = [
    "Metadata-Version: 2.4\nName: A_b\nVersion: 1.0\nRequires-Dist: x>=1 ;\n  extra == 'z'\nRequires-Python: >=3.8\n\
     Provides-Extra: z\nLicense: First\n        |second\nClassifier: License :: OSI Approved :: MIT\n\nbody\n",
    "Foo.Bar-1.0.post1-2b-cp312.py3-abi3.none-wasi_0_2_wasm32.any.whl\n",
    "a-1-cp314-cp314-pyemscripten_2026_0_wasm32.manylinux_2_17_x86_64.whl\nMetadata-Version: 2.2\nDynamic: version\n",
];

/// Checks that the cached short form equals the whole metadata.
fn metadata(data: &[u8]) {
    let Ok(whole) = Metadata::parse(data) else { return };
    let short = essence(data).expect("it could be read");
    assert!(short.len() <= 2 * data.len(), "the short form is longer than the whole");
    assert_eq!(is_static(data), is_static_of(&short, data), "the promise got lost");
    let short = Metadata::parse(&short).expect("the short form is metadata too");
    let line = |text: &String| text.replace('\n', " ").trim().to_owned();
    let lines = |list: &[String]| list.iter().map(line).collect::<Vec<_>>();
    assert_eq!(line(&whole.name), short.name);
    assert_eq!(line(&whole.version), short.version);
    assert_eq!(lines(&whole.requires_dist), lines(&short.requires_dist));
    assert_eq!(lines(&whole.provides_extra), lines(&short.provides_extra));
    assert_eq!(whole.requires_python.as_ref().map(line), short.requires_python);
}

/// The short form has no `Dynamic`, so only metadata without it is compared.
fn is_static_of(short: &[u8], whole: &[u8]) -> bool {
    let headers = fuzzing::headers(whole).expect("it could be read");
    if headers.iter().any(|(name, _)| name == "dynamic") { is_static(whole) } else { is_static(short) }
}

/// Checks that a parsed name is written unchanged, and that its rank does not depend on the order of its
/// tags.
fn name(text: &str) {
    let Ok(name) = text.parse::<WheelName>() else { return };
    assert_eq!(name.to_string(), text);
    let mut turned = name.clone();
    turned.pythons.reverse();
    turned.abis.reverse();
    turned.platforms.reverse();
    assert_eq!(name.check().ok(), turned.check().ok(), "the order of tags matters");
}
