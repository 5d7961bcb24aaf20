//! Declarations: `eryx.toml`, `requirements.txt`, `pylock.toml`, requirements and constraints.
#![no_main]

use eryx_build::declare::Spec;
use eryx_build::fuzzing::resolve::{constraint, requirement};
use libfuzzer_sys::fuzz_target;

const SEEDS: [&str; 6] = [
    "0packages = [\"six>=1; python_version > '3'\", \"./lib\"]\nimports = [\"six.moves\"]\npython = \"src\"\ncpu = \"native\"\nfuel = true\n",
    "0name = 'x'\nconstraints = []\nprereleases = true\nexclude-newer = \"2026-01-01\"\nindex-url = \"https://i.test/simple\"\n\
     extra-index-urls = []\nfind-links = ['w']\nstdlib = []\ncompression = 'zstd'\nfuse = false\n",
    "1six==1.17.0 \\\n  --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274  # why\n",
    "1-c constraints.txt\n./a.whl ; sys_platform == 'wasi'\na @ https://x.test/a-1.zip\n# no\n",
    "2lock-version = \"1.0\"\nextras = [\"e\"]\ndefault-groups = [\"d\"]\n[[packages]]\nname = \"six\"\nversion = \"1.17.0\"\n\
     marker = \"'e' not in extras and ('d' in dependency_groups)\"\n[[packages.wheels]]\nurl = \"https://x.test/six.whl\"\n\
     [packages.wheels.hashes]\nsha256 = \"4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\"\n",
    "3a[b,c]>=1,<2.*; (os_name == 'x' or extra == 'd') and platform_machine != \"wasm32\"",
];

fuzz_target!(init: eryx_fuzz_seeds::write(SEEDS), |text: &str| {
    let mut letters = text.chars();
    match letters.next() {
        Some('0') => declared(letters.as_str()),
        Some('1') => imported("requirements", letters.as_str()),
        Some('2') => imported("pylock", letters.as_str()),
        _ => required(letters.as_str()),
    }
});

/// Checks that the same keys in TOML and in JSON give the same declaration.
fn declared(text: &str) {
    let path = eryx_fuzz_seeds::file("eryx.toml", text.as_bytes());
    // Skip references to other files, and times, which JSON does not have.
    if ["requirements", "pyproject", "pylock"].iter().any(|key| text.contains(key)) {
        return;
    }
    let read = Spec::from_toml(&path);
    let Ok(table) = toml::from_str::<toml::Table>(text) else {
        assert!(read.is_err(), "it is not TOML");
        return;
    };
    if table.values().any(toml::Value::is_datetime) {
        return;
    }
    let Ok(json) = serde_json::to_string(&table) else { return };
    let other = Spec::from_json(&json, path.parent().expect("it is in a folder"));
    match (read, other) {
        (Ok(one), Ok(other)) => {
            assert_eq!(serde_json::to_value(&one).ok(), serde_json::to_value(&other).ok(), "{json}");
            let _ = one.check();
        }
        (Err(_), Err(_)) => {}
        (one, other) => panic!("TOML: {:?}; JSON: {:?}; {json}", one.err(), other.err()),
    }
}

fn imported(key: &str, text: &str) {
    // Skip files that include others, which would be read from the disk.
    if text.contains("-r") || text.contains("-c") {
        return;
    }
    let path = eryx_fuzz_seeds::file("imported", text.as_bytes());
    let json = format!("{{\"{key}\": \"imported\"}}");
    let Ok(spec) = Spec::from_json(&json, path.parent().expect("it is in a folder")) else { return };
    assert!(spec.packages.len() <= text.lines().count(), "there are more requirements than lines");
    for package in &spec.packages {
        assert!(!package.trim().is_empty() && !package.contains('\n') || key == "pylock", "{package:?}");
    }
}

fn required(text: &str) {
    let one = requirement(text);
    let spaced = requirement(&format!("  {text}\t"));
    assert_eq!(one.as_ref().ok(), spaced.as_ref().ok(), "spaces around it matter");
    if let Ok(Some(limit)) = constraint(text) {
        assert!(matches!(one, Ok(Some(_))), "{limit} is a constraint and no requirement");
    }
}
