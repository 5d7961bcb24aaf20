//! Hostile inputs of builds: each causes an error that names it, and takes little memory.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use crate::common::index::Index;
use crate::common::project::Cache;
use crate::common::{Output, Project, measured, plugin};
use zip::write::SimpleFileOptions;

const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// Runs the plugin, which must not take more than so many MB.
fn within(project: &Project, megabytes: u64, arguments: &[&str]) -> Output {
    let (output, peak) = measured::run(project.command(plugin()).arg("eryx").args(arguments));
    assert!(peak < megabytes << 20, "{} MB: {output}", peak >> 20);
    output
}

fn zip(files: &[(&str, &[u8], u64)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, start, zeros) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(start).unwrap();
        std::io::copy(&mut std::io::repeat(0).take(*zeros), &mut zip).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn tar_gz(files: &[(&str, &str)]) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut builder = tar::Builder::new(gzip);
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        builder.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

// ---- archives ----

#[test]
fn a_wheel_with_400_mb_of_metadata() {
    let start = b"Metadata-Version: 2.1\nName: bomb\nVersion: 1.0\nSummary: ";
    let wheel = zip(&[
        ("bomb-1.0.dist-info/METADATA", start, 400 << 20),
        ("bomb-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\n", 0),
    ]);
    assert!(wheel.len() < 1 << 20);
    let project = Project::new()
        .cache(Cache::Empty)
        .file("bomb-1.0-py3-none-any.whl", wheel)
        .declare("packages = ['./bomb-1.0-py3-none-any.whl']");
    within(&project, 100, &["lock"])
        .ended_with(1)
        .says("`bomb-1.0.dist-info/METADATA` in it is larger than 8 MiB");
}

#[test]
fn a_wheel_with_a_million_files() {
    // All entries share the same empty content, so the test can write the archive directly.
    let mut wheel = Vec::new();
    let mut list = Vec::new();
    for number in 0..1_000_000_u32 {
        let name = format!("{number:07}");
        let fixed = [20_u8, 0, 0, 0, 0, 0, 0, 0, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0];
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(fixed);
        list.extend([0; 10]);
        list.extend((wheel.len() as u32).to_le_bytes());
        list.extend(name.bytes());
        wheel.extend(b"PK\x03\x04");
        wheel.extend(fixed);
        wheel.extend(name.bytes());
    }
    let (start, place) = (wheel.len() as u64, wheel.len() as u64 + list.len() as u64);
    let length = list.len() as u64;
    wheel.append(&mut list);
    wheel.extend(b"PK\x06\x06");
    wheel.extend(44_u64.to_le_bytes());
    wheel.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for value in [1_000_000, 1_000_000, length, start] {
        wheel.extend(u64::to_le_bytes(value));
    }
    wheel.extend(b"PK\x06\x07\0\0\0\0");
    wheel.extend(place.to_le_bytes());
    wheel.extend(1_u32.to_le_bytes());
    wheel.extend(b"PK\x05\x06\0\0\0\0");
    wheel.extend([0xff; 12]);
    wheel.extend([0; 2]);
    let project = Project::new()
        .cache(Cache::Empty)
        .file("many-1.0-py3-none-any.whl", wheel)
        .declare("packages = ['./many-1.0-py3-none-any.whl']");
    within(&project, 100, &["lock"]).ended_with(1).says("it holds 1000000 files; the limit is 100000");
}

#[test]
fn an_sdist_that_asks_for_places() {
    for requires in ["/etc/passwd", "six @ file:///srv/six", "six @ http://127.0.0.1:1/six-1.0.tar.gz"] {
        let toml =
            format!("[build-system]\nrequires = ['{requires}']\nbuild-backend = 'b'\nbackend-path = ['.']\n");
        let sdist = tar_gz(&[("odd-1.0/pyproject.toml", &toml), ("odd-1.0/b.py", "")]);
        let project = Project::new()
            .cache(Cache::Warm)
            .file("odd-1.0.tar.gz", sdist)
            .declare("packages = ['./odd-1.0.tar.gz']");
        project
            .plugin(&["lock"])
            .ended_with(1)
            .says(&format!("`{requires}` is a place, not the name of a project"));
    }
}

// ---- indexes ----

#[test]
fn a_page_with_100_000_versions() {
    let hash = "0".repeat(64);
    let mut page = r#"{"meta": {"api-version": "1.1"}, "name": "big", "versions": [], "files": ["#.to_owned();
    for version in 0..100_000 {
        let comma = if version == 0 { "" } else { "," };
        write!(
            page,
            r#"{comma}{{"filename": "big-{version}-py3-none-any.whl", "hashes": {{"sha256": "{hash}"}}, "size": 1000,
            "url": "../../packages/ab/cd/{hash}/big-{version}-py3-none-any.whl", "requires-python": ">=3.8",
            "core-metadata": {{"sha256": "{hash}"}}, "upload-time": "2026-01-02T03:04:05.678901Z", "yanked": false}}"#
        )
        .unwrap();
    }
    page.push_str("]}");
    let index = Index::serving(&[("/simple/big/", JSON, page.into_bytes())]);
    let project = Project::new().cache(Cache::Empty).env("ERYX_INDEX_URL", index.url());
    // The first two match no version; the others match one, but its file is missing.
    for (requirement, message) in [
        ("big>100000", "big"),
        ("big<0", "big"),
        ("big==99999.*", "big-99999-py3-none-any.whl"),
        ("big", "big-99999-py3-none-any.whl"),
    ] {
        project.write("eryx.toml", format!("packages = ['{requirement}']"));
        let output = within(&project, 300, &["lock"]).ended_with(1).says(message);
        // The error must fit on a terminal.
        assert!(output.stderr.len() < 8000, "{output}");
    }
}

#[test]
fn versions_none_of_which_fits() {
    // Each version needs a missing package. The memory of the search grows with the square of its attempts.
    let mut answers = Vec::new();
    let mut files = Vec::new();
    for version in 0..10_000 {
        let metadata =
            format!("Metadata-Version: 2.1\nName: big\nVersion: {version}\nRequires-Dist: other>=2\n");
        let name = format!("big-{version}-py3-none-any.whl");
        let hash = crate::common::wheel::sha256_hex(metadata.as_bytes());
        let own = crate::common::wheel::sha256_hex(name.as_bytes());
        files.push(serde_json::json!({
            "filename": name, "url": format!("/files/{name}"), "size": 1000, "hashes": {"sha256": own},
            "core-metadata": {"sha256": hash},
        }));
        answers.push((format!("/files/{name}.metadata"), metadata.into_bytes()));
    }
    let page = |files: &[serde_json::Value]| {
        serde_json::json!({"meta": {"api-version": "1.1"}, "files": files}).to_string().into_bytes()
    };
    answers.push(("/simple/big/".to_owned(), page(&files)));
    let other = serde_json::json!({"filename": "other-1-py3-none-any.whl", "url": "/o", "hashes": {}});
    answers.push(("/simple/other/".to_owned(), page(&[other])));
    let answers: Vec<_> = answers.iter().map(|(path, body)| (path.as_str(), JSON, body.clone())).collect();
    let index = Index::serving(&answers);
    let project = Project::new().cache(Cache::Empty).env("ERYX_INDEX_URL", index.url());
    project.write("eryx.toml", "packages = ['big']");
    within(&project, 400, &["lock"]).ended_with(1).says("2000 versions of big were tried");
}

/// Answers with the start of an HTTP answer and then with single bytes, until the client disconnects.
fn drip(start: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/simple", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut sent = stream.write_all(start.as_bytes());
                while sent.is_ok() {
                    std::thread::sleep(Duration::from_millis(100));
                    sent = stream.write_all(b" ");
                }
            });
        }
    });
    url
}

#[test]
fn servers_that_never_end() {
    for (start, message) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n",
            "which is too slow",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n",
            "which is too slow",
        ),
        // The headers never end.
        ("HTTP/1.1 200 OK\r\nX: ", "cannot get http://127.0.0.1"),
    ] {
        let project = Project::new()
            .cache(Cache::Empty)
            .declare("packages = ['six']")
            .env("ERYX_INDEX_URL", drip(start))
            .env("ERYX_HTTP_TIMEOUT", "2");
        within(&project, 100, &["lock"]).ended_with(1).says(message);
    }
    let project = Project::new()
        .cache(Cache::Empty)
        .declare("packages = ['six']")
        .env("ERYX_INDEX_URL", Index::empty().url())
        .env("ERYX_HTTP_TIMEOUT", "soon");
    project
        .plugin(&["lock"])
        .ended_with(1)
        .says("ERYX_HTTP_TIMEOUT is `soon`, which is not a number of seconds");
}

#[test]
fn redirects_and_headers_without_end() {
    for (answer, message) in [
        ("HTTP/1.1 302 Found\r\nLocation: /simple/six/\r\nContent-Length: 0\r\n\r\n".to_owned(), "redirect"),
        (format!("HTTP/1.1 200 OK\r\n{}", "X-Long: x\r\n".repeat(20_000)), "header"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/simple", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let answer = answer.clone();
                std::thread::spawn(move || {
                    let mut request = [0; 4096];
                    while stream.read(&mut request).is_ok_and(|count| count > 0)
                        && stream.write_all(answer.as_bytes()).is_ok()
                    {}
                });
            }
        });
        let project =
            Project::new().cache(Cache::Empty).declare("packages = ['six']").env("ERYX_INDEX_URL", url);
        within(&project, 100, &["lock"]).ended_with(1).says(message);
    }
}

// ---- files of the project ----

#[test]
fn declarations_are_bounded() {
    let project = Project::new().cache(Cache::Empty).env("ERYX_INDEX_URL", Index::empty().url());
    let fails = |file: &str, text: &str, message: &str| {
        project.write(file, text);
        within(&project, 300, &["lock"]).ended_with(1).says(message);
    };
    fails("eryx.toml", &format!("packages = []{}", " ".repeat(5 << 20)), "the limit is 4 MiB");
    let many = "'a',".repeat(500_000);
    fails("eryx.toml", &format!("packages = [{many}]"), "`packages` has 500000 items; the limit is 10000");
    fails("eryx.toml", &format!("packages = {}", "[".repeat(1_000_000)), "is not valid TOML");
    let deep = format!("packages = [\"six ; {}\"]", "(".repeat(3000));
    fails("eryx.toml", &deep, "3000 parentheses; the limit is 100");
    fails("eryx.lock", &format!("version = 1\n{}", " ".repeat(17 << 20)), "the limit is 16 MiB");
    project.write("eryx.toml", "packages = ['six']");
    within(&project, 200, &["lock"]).ended_with(1).says("the limit is 16 MiB");
    std::fs::remove_file(project.path("eryx.lock")).unwrap();

    // A chain of files that include each other, which is too long; and a circle, which is read once.
    for number in 0..100 {
        project.write(&format!("r{number}.txt"), format!("-r r{}.txt\n", number + 1));
    }
    fails("eryx.toml", "requirements = 'r0.txt'", "is included through more than 20 other files");
    project.write("r5.txt", "-r r0.txt\nsix\n");
    within(&project, 200, &["lock"]).ended_with(1).says("six");
    let wide: Vec<_> = (0..300).map(|number| format!("-r w{number}.txt\n")).collect();
    project.write("r0.txt", wide.concat());
    (0..300).for_each(|number| project.write(&format!("w{number}.txt"), ""));
    within(&project, 200, &["lock"]).ended_with(1).says("more than 200 files are included");
    fails("eryx.toml", "requirements = '/dev/zero'", "`/dev/zero` is not a regular file");
}

// ---- Python that a build runs ----

#[test]
fn imports_that_never_end_or_take_all() {
    let project = Project::new()
        .cache(Cache::Warm)
        .file("py/loops.py", "while True:\n    pass\n")
        .file("py/sleeps.py", "import time\nwhile True:\n    time.sleep(3600)\n")
        .file("py/grows.py", "kept = []\nwhile True:\n    kept.append(bytearray(1 << 20))\n")
        .file(
            "py/writes.py",
            "with open('/tmp/x', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 20))\n",
        )
        .file("py/makes.py", "n = 0\nwhile True:\n    open(f'/tmp/{n}', 'w').close()\n    n += 1\n");
    let fails = |module: &str, limit: &str, messages: &[&str]| {
        project.write("eryx.toml", format!("python = 'py'\nimports = ['{module}']\n{limit}\n"));
        let output = within(&project, 1500, &["bundle"]).ended_with(1);
        messages.iter().fold(output, |output, message| output.says(message));
    };
    fails(
        "loops",
        "build-cpu-time = '2s'",
        &["importing loops took more than 2 seconds of CPU time", "build-cpu-time = \"30m\""],
    );
    fails(
        "loops",
        "build-wall-time = '2s'",
        &["importing loops took more than 2 seconds", "build-wall-time"],
    );
    fails(
        "sleeps",
        "build-wall-time = '2s'\nbuild-cpu-time = '2s'",
        &["importing sleeps took more than 2 seconds"],
    );
    let memory = ["MemoryError", "its limit is 128 MiB of memory", "build-memory = \"4GiB\""];
    fails("grows", "build-memory = '128MiB'", &memory);
    fails("writes", "build-memory = '128MiB'", &["OSError"]);
    fails("makes", "build-memory = '128MiB'", &["OSError"]);
    // The limit can be raised.
    project.write("py/large.py", "kept = bytearray(200 << 20)\n");
    fails("large", "build-memory = '128MiB'", &memory);
    project.write("eryx.toml", "python = 'py'\nimports = ['large']\nbuild-memory = '512MiB'\n");
    project.plugin(&["bundle"]).succeeded();
}

#[test]
fn backends_that_never_end_or_take_all() {
    let toml = "[build-system]\nrequires = []\nbuild-backend = 'own'\nbackend-path = ['.']\n";
    for (code, limit, message) in [
        (
            "while True: pass",
            "build-cpu-time = '2s'",
            "building from source took more than 2 seconds of CPU time",
        ),
        (
            "kept = [0]\n    while True: kept += kept",
            "build-memory = '128MiB'",
            "its limit is 128 MiB of memory",
        ),
    ] {
        let backend =
            format!("def build_wheel(folder, config_settings=None, metadata_directory=None):\n    {code}\n");
        let project = Project::new()
            .cache(Cache::Warm)
            .file("own/pyproject.toml", toml)
            .file("own/own.py", backend)
            .declare(&format!("packages = ['./own']\n{limit}\n"));
        within(&project, 1500, &["lock"]).ended_with(1).says(message);
    }
}
