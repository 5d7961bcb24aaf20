//! The metadata of a script (PEP 723), compared with the regular expression from the PEP, written out.
#![no_main]
#![allow(dead_code, reason = "the module is that of the plugin, which uses all of it")]

#[path = "../../../cargo-eryx/src/script.rs"]
mod script;

use libfuzzer_sys::fuzz_target;

const SEEDS: [&str; 2] = [
    "#!/usr/bin/env python\n# /// script\n# requires-python = \">=3.12\"\n# dependencies = [\n#   \"a==1\",  # why\n# ]\n#\n\
     # [tool.eryx]\n# imports = [\"a\"]\n# ///\nimport a\n",
    "# /// script\n# dependencies = []\n# ///\n#\n# ///\n# /// other\n# x\n# ///\n",
];

fuzz_target!(init: eryx_fuzz_seeds::write(SEEDS), |source: &str| {
    // Skip line ends other than line feeds.
    if source.contains('\r') {
        return;
    }
    let blocks = blocks(source);
    match script::Script::read(source, None) {
        Ok(None) => assert!(blocks.is_empty(), "a block was passed over: {blocks:?}"),
        Ok(Some(script)) => {
            assert_eq!(blocks.len(), 1, "{blocks:?}");
            let table: toml::Table = toml::from_str(&blocks[0]).expect("it was read");
            let named = table.get("dependencies").and_then(toml::Value::as_array).into_iter().flatten();
            let named: Vec<&str> = named.filter_map(toml::Value::as_str).collect();
            assert_eq!(script.spec.packages.iter().take(named.len()).collect::<Vec<_>>(), named);
        }
        Err(_) => assert!(!blocks.is_empty(), "there is no block, and yet it is refused"),
    }
});

/// Finds matches of `(?m)^# /// script$\s(?P<content>(^#(| .*)$\s)+)^# ///$`, which is greedy.
fn blocks(source: &str) -> Vec<String> {
    let lines: Vec<&str> = source.split('\n').collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let begins = lines[at] == "# /// script";
        let count = lines[at + 1..].iter().take_while(|line| **line == "#" || line.starts_with("# ")).count();
        let content = &lines[at + 1..at + 1 + count];
        // At least one line of content, and as many as possible before the last end.
        match content.iter().rposition(|line| *line == "# ///") {
            Some(end) if begins && end > 0 => {
                blocks.push(
                    content[..end]
                        .iter()
                        .map(|line| line.get(2..).unwrap_or_default().to_owned() + "\n")
                        .collect(),
                );
                at += 1 + end + 1;
            }
            _ => at += 1,
        }
    }
    blocks
}
