//! Pages with links: each result is usable, and occurs on the page.
#![no_main]

use std::sync::LazyLock;

use eryx_build::fuzzing::{Url, index};
use libfuzzer_sys::fuzz_target;

static BASE: LazyLock<Url> = LazyLock::new(|| Url::parse("https://index.test/links/").expect("it is one"));

const SEEDS: [&str; 2] = [
    "<html><a href=\"a-1-py3-none-any.whl#sha256=4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274\">x</a>\
     <A\n class='c' HREF='/deep/b%2B-1.zip'><a href=../up.tar.gz >u</a><abbr href='no.whl'><a name='x'></html>",
    "<a href=\"https://files.test/x-1.tar.gz?a=1&amp;b=2#md5=1&sha256=00\"><a\thref = 'ü-1.whl'><a href='..%2Fx.whl'>",
];

fuzz_target!(init: eryx_fuzz_seeds::write(SEEDS), |text: &str| {
    let Ok(files) = index::html(text, &BASE) else { return };
    assert!(files.len() <= text.matches(['<']).count(), "there are more files than tags");
    for file in files {
        assert!(index::is_plain(&file.filename), "{}", file.filename);
        assert!([".whl", ".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz"].iter().any(|end| file.filename.ends_with(end)));
        let url = Url::parse(&file.url).expect("it is absolute");
        assert!(matches!(url.scheme(), "http" | "https") && url.fragment().is_none(), "{url}");
        if let Some(hash) = file.sha256 {
            assert!(text.to_ascii_lowercase().contains(&hash));
        }
    }
});
