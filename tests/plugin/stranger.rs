//! A script from a stranger: it states its requirements, and the host does only what these need.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::common::index::Index;
use crate::common::project::Cache;
use crate::common::wheel::Wheel;
use crate::common::{Output, Project, plugin};

fn script(metadata: &str) -> String {
    let lines: Vec<_> = metadata.lines().map(|line| format!("# {line}\n")).collect();
    let lines = lines.concat();
    format!("# /// script\n{lines}# ///\nprint('ran')\n")
}

fn spam() -> Wheel {
    Wheel::new("spam", "1.0").file("spam.py", "NAME = 'spam'\n")
}

#[test]
fn what_reaches_out_is_refused_with_its_line() {
    let index = Index::empty();
    let project = Project::new().cache(Cache::Warm).env("ERYX_INDEX_URL", index.url());
    for (metadata, message) in [
        ("[tool.eryx]\npython = '/etc'", "s.py:3: a script may not have `python` in [tool.eryx]"),
        ("[tool.eryx]\nrequirements = '/etc/passwd'", "s.py:3: a script may not have `requirements`"),
        ("[tool.eryx]\nindex-url = 'http://127.0.0.1:1/'", "s.py:3: a script may not have `index-url`"),
        ("[tool.eryx]\nbuild-memory = '4GiB'", "s.py:3: a script may not have `build-memory`"),
        ("dependencies = [\n  './x',\n]", "s.py:3: a script may not have `./x` in `dependencies`"),
        ("dependencies = ['x @ http://127.0.0.1:1/x.whl']", "s.py:2: a script may not have `x @ http"),
        ("dependencies = ['x @ file:///etc/x.whl']", "s.py:2: a script may not have `x @ file"),
        ("[tool.uv.sources]\nx = { path = './x' }", "a script may not have `sources` in [tool.uv]"),
        ("[[tool.uv.index]]\nurl = 'http://127.0.0.1:1/'", "a script may not have `index` in [tool.uv]"),
        ("[tool.uv]\nfind-links = ['/etc']", "s.py:3: a script may not have `find-links` in [tool.uv]"),
    ] {
        project.write("s.py", script(metadata));
        project.plugin(&["run", "s.py"]).ended_with(1).says(message).says("--trust-script").prints("");
    }
    assert_eq!(index.connections(), 0);
}

#[test]
fn with_the_flag_all_of_it_counts() {
    let wheel = spam();
    let index = Index::of(std::slice::from_ref(&wheel));
    let project = Project::new()
        .cache(Cache::Warm)
        .env("ERYX_INDEX_URL", Index::unreachable_url())
        .wheel(&wheel)
        .file("py/own.py", "NAME = 'own'\n");
    let text = format!(
        "# /// script\n# dependencies = ['./wheels/{}']\n# [tool.eryx]\n# python = 'py'\n# ///\n\
         import own, spam\nprint(own.NAME, spam.NAME)\n",
        wheel.filename()
    );
    project.write("s.py", &text);
    project.plugin(&["run", "s.py"]).ended_with(1).says("in `dependencies`");
    project.plugin(&["run", "--trust-script", "s.py"]).succeeded().prints("own spam\n");

    let text = format!(
        "# /// script\n# dependencies = ['spam']\n# [tool.uv]\n# index-url = '{}'\n# ///\nimport spam\nprint(spam.NAME)\n",
        index.url()
    );
    project.write("s.py", &text);
    project.plugin(&["run", "--trust-script", "s.py"]).succeeded().prints("spam\n");
    project.write("s.py", script("dependencies = ['spam']\n[tool.uv.sources]\nspam = { path = './x' }"));
    project.plugin(&["run", "--trust-script", "s.py"]).ended_with(1).says("eryx does not read `sources`");
}

#[test]
fn settings_of_uv_that_are_harmless_count() {
    let index = Index::of(&[spam()]);
    let project = Project::new().cache(Cache::Warm).env("ERYX_INDEX_URL", index.url());
    let metadata = "dependencies = ['spam']\n[tool.uv]\nconstraint-dependencies = ['spam>1']";
    project.write("s.py", script(metadata));
    project.plugin(&["run", "s.py"]).ended_with(1).says("spam");
    project.write("s.py", script("dependencies = ['spam']\n[tool.uv]\nexclude-newer = 'soon'"));
    project.plugin(&["run", "s.py"]).ended_with(1).says("`soon`");
}

/// The effects of a program on the host, by strace.
struct Trace {
    /// Files that were opened or examined.
    paths: BTreeSet<PathBuf>,
    /// Addresses of connections, as strace shows them.
    addresses: BTreeSet<String>,
    /// Programs that were started.
    programs: Vec<String>,
}

/// Runs the plugin under strace. If strace is missing or may not trace, prints a message and returns `None`.
fn traced(project: &Project, arguments: &[&str]) -> Option<(Output, Trace)> {
    let log = project.path("").with_file_name("trace");
    let mut strace = project.command("strace");
    // The plugin would also read wheel folders from this machine's settings.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PIP_") || name.to_string_lossy().starts_with("UV_") {
            strace.env_remove(name);
        }
    }
    // Cargo sets it for tests, and the loader would search its folders.
    strace.env_remove("LD_LIBRARY_PATH");
    strace
        .args(["-f", "-qq", "-y", "-s", "4096", "-e", "trace=%file,connect,sendto,sendmsg", "-o"])
        .arg(&log);
    match strace.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: this test needs strace, which is not installed");
            return None;
        }
        _ => {}
    }
    let output = Output::of(strace.arg(plugin()).arg("eryx").args(arguments));
    let text = std::fs::read_to_string(&log).unwrap_or_default();
    if text.is_empty() || output.stderr.contains("PTRACE") {
        eprintln!("SKIPPED: strace may not trace here: {output}");
        return None;
    }
    let mut trace = Trace { paths: BTreeSet::new(), addresses: BTreeSet::new(), programs: Vec::new() };
    for line in text.lines() {
        let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
        if call.starts_with("<...") || call.starts_with("---") || call.starts_with("+++") {
            continue;
        }
        let Some((name, rest)) = call.split_once('(') else { continue };
        if matches!(name, "connect" | "sendto" | "sendmsg") {
            if let Some((_, address)) = rest.split_once("sa_family=") {
                trace.addresses.insert(address.split('}').next().unwrap().to_owned());
            }
            continue;
        }
        // strace shows the start folder of a relative path with its descriptor, as in `AT_FDCWD</home>`.
        let folder = rest.split_once('<').and_then(|(start, end)| {
            (!start.contains('"')).then(|| end.split('>').next().unwrap_or_default())
        });
        for quoted in rest.split('"').skip(1).step_by(2).take(if name.starts_with("exec") { 1 } else { 2 }) {
            let path = Path::new(folder.unwrap_or_default()).join(quoted);
            let path = if path.is_absolute() { path } else { project.path("").join(path) };
            if name.starts_with("exec") {
                trace.programs.push(quoted.to_owned());
            }
            trace.paths.insert(path);
        }
    }
    Some((output, trace))
}

/// Files that every such program opens: libraries, the settings of the resolver and of TLS, kernel
/// information.
const SYSTEM: &[&str] = &[
    "/dev/null",
    "/dev/urandom",
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/etc/ssl",
    "/lib",
    "/proc/",
    "/sys/",
    "/usr/lib",
    "/usr/local/ssl",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/usr/share/zoneinfo",
];

#[test]
fn nothing_of_the_host_is_touched() {
    let index = Index::of(&[spam()]);
    let home = tempfile::tempdir().unwrap();
    let project = Project::new()
        .cache(Cache::Warm)
        .env("ERYX_INDEX_URL", index.url())
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path().join("config"))
        .env("ERYX_STORE_DIR", home.path().join("store"));
    // Files beside the script may also come from the stranger, or do not concern the script.
    for name in
        ["Cargo.toml", "eryx.toml", "uv.toml", "pyproject.toml", "requirements.txt", "spam.py", "secret"]
    {
        project.write(name, "index-url = 'http://127.0.0.1:1/'\n");
    }
    let text = "# /// script\n# dependencies = ['spam==1.0']\n# [tool.eryx]\n# imports = ['spam']\n# ///\n\
        import os, spam\nprint(spam.NAME)\nfor path in ['secret', '/etc/passwd']:\n    try:\n        open(path)\n    \
        except OSError:\n        print('no')\n";
    project.write("stranger.py", text);
    let Some((output, trace)) = traced(&project, &["run", "--no-project", "stranger.py"]) else { return };
    output.succeeded().prints("spam\nno\nno\n");

    let cache = project.cache_path("");
    let folder = project.path("");
    let plugin_dir = plugin().parent().unwrap();
    let allowed = |path: &Path| {
        let text = path.to_str().unwrap();
        path == project.path("stranger.py")
            // Memory files are not files of the host.
            || text.starts_with("/memfd:")
            || path == plugin()
            || path.starts_with(&cache)
            || path.starts_with(home.path().join("store"))
            // Paths of the settings of pip and uv.
            || ["pip/pip.conf", "uv/uv.toml"].iter().any(|end| path.ends_with(end))
            || path == home.path().join(".pip/pip.conf")
            || path == Path::new("/etc/pip.conf")
            || SYSTEM.iter().any(|start| text.starts_with(start))
            // The plugin examines folders on the way to files in them, but no other files in them.
            || (path == folder || cache.starts_with(path) || home.path().join("store").starts_with(path))
            // The loader searches for libraries beside the program.
            || (path.starts_with(plugin_dir) && path.extension().is_some_and(|ending| ending == "so"))
    };
    let others: Vec<&PathBuf> = trace.paths.iter().filter(|path| !allowed(path)).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert!(trace.paths.contains(&project.path("stranger.py")), "the trace shows opened files");
    assert_eq!(trace.programs.len(), 1, "{:?}", trace.programs);
    let port = index.url().trim_end_matches("/simple").rsplit(':').next().unwrap();
    let here = format!("AF_INET, sin_port=htons({port}), sin_addr=inet_addr(\"127.0.0.1\")");
    assert_eq!(trace.addresses.iter().collect::<Vec<_>>(), [&here]);
    assert!(index.connections() > 0);
}

#[test]
fn a_refused_script_opens_nothing_and_asks_nobody() {
    let index = Index::empty();
    let project = Project::new().cache(Cache::Warm).env("ERYX_INDEX_URL", index.url());
    project.write("secret", "");
    for metadata in
        ["[tool.eryx]\npython = '.'", "[tool.eryx]\nrequirements = 'secret'", "dependencies = ['./secret']"]
    {
        project.write("stranger.py", script(metadata));
        let Some((output, trace)) = traced(&project, &["run", "--no-project", "stranger.py"]) else { return };
        output.ended_with(1).says("stranger.py:").says("--trust-script");
        let beside: Vec<_> = trace.paths.iter().filter(|path| path.starts_with(project.path(""))).collect();
        assert_eq!(beside.iter().filter(|path| !path.ends_with("stranger.py")).count(), 0, "{beside:?}");
        assert_eq!((trace.addresses.len(), index.connections()), (0, 0));
    }
}
