//! Programs and their heads, which state the expected end.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use eryx::Value;

/// A program, and the fields of its head.
#[derive(Debug)]
pub(crate) struct Program {
    /// Class and file name, for example `memory/huge_bytes`.
    pub(crate) name: String,
    /// The file, head included.
    pub(crate) source: String,
    /// The expected ends; any of these is right.
    pub(crate) expected: Vec<End>,
    /// Texts that standard output must contain.
    pub(crate) prints: Vec<String>,
    /// The value that it must have if it succeeds.
    pub(crate) value: Option<Value>,
    /// Limit on wall time.
    pub(crate) wall: Duration,
    /// Its requirements.
    pub(crate) needs: BTreeSet<String>,
    /// Whether it damages its session on purpose: then the next program gets a new session.
    pub(crate) spoils: bool,
    /// The target of the attack, in a sentence.
    pub(crate) why: String,
}

/// A way to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// After the last statement.
    Ok,
    /// With an exception of this type.
    Raises(String),
    /// With this cause, in kebab case: `wall-time`, `memory`, `crash`, …
    Cause(String),
}

/// Requirements besides Python, for `needs`.
const NEEDS: [&str; 4] = [
    // Modules of this project: `eryx`, `_eryx`, `_eryx_net`.
    "eryx",
    // The callbacks that `flavour` registers.
    "callbacks",
    // Another sandbox, with a policy and servers.
    "network",
    // A memory layout that is specific to this interpreter.
    "layout",
];

/// A limit far above the time of all programs that end by themselves, on a busy machine too.
const WALL: Duration = Duration::from_secs(60);

impl Program {
    /// Returns all programs below a folder, sorted by name. `ERYX_HOSTILE_ONLY` selects some.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let only = std::env::var("ERYX_HOSTILE_ONLY").unwrap_or_default();
        let mut programs = Vec::new();
        for class in std::fs::read_dir(folder).unwrap() {
            let class = class.unwrap().path();
            if !class.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(&class).unwrap() {
                let file = file.unwrap().path();
                let name = file.strip_prefix(folder).unwrap().with_extension("");
                let name = name.to_str().unwrap().to_owned();
                assert!(file.extension().is_some_and(|end| end == "py"), "{} is no program", file.display());
                if name.starts_with(&only) {
                    let source = std::fs::read_to_string(&file).unwrap();
                    programs.push(
                        Self::parse(&name, source).unwrap_or_else(|problem| panic!("{name}.py: {problem}")),
                    );
                }
            }
        }
        programs.sort_by(|a, b| a.name.cmp(&b.name));
        programs
    }

    /// Returns the class, which is the folder.
    pub(crate) fn class(&self) -> &str {
        self.name.split_once('/').map_or("", |(class, _)| class)
    }

    pub(crate) fn needs(&self, what: &str) -> bool {
        self.needs.contains(what)
    }

    fn parse(name: &str, source: String) -> Result<Self, String> {
        let mut program = Self {
            name: name.to_owned(),
            source: String::new(),
            expected: Vec::new(),
            prints: Vec::new(),
            value: None,
            wall: WALL,
            needs: BTreeSet::new(),
            spoils: false,
            why: String::new(),
        };
        for line in source.lines() {
            let Some(line) = line.strip_prefix("# ") else { break };
            let (key, text) = line.split_once(": ").ok_or_else(|| format!("`{line}` is no `key: text`"))?;
            match key {
                "expect" => program.expected = ends(text)?,
                "prints" => program.prints.push(text.to_owned()),
                "value" => program.value = Some(serde_json::from_str(text).map_err(|e| e.to_string())?),
                "wall" => program.wall = seconds(text)?,
                "needs" => program.needs = needs(text)?,
                "spoils" if text == "session" => program.spoils = true,
                "why" => text.clone_into(&mut program.why),
                _ => return Err(format!("a head has no `{key}: {text}`")),
            }
        }
        if program.expected.is_empty() || program.why.is_empty() {
            return Err("the head lacks `expect` or `why`".to_owned());
        }
        program.source = source;
        Ok(program)
    }
}

fn ends(text: &str) -> Result<Vec<End>, String> {
    let mut ends = Vec::new();
    for part in text.split(" or ") {
        match part.split_once(' ') {
            None if part == "ok" => ends.push(End::Ok),
            Some(("raises", names)) => ends.extend(names.split(", ").map(|n| End::Raises(n.to_owned()))),
            Some(("ends", names)) => ends.extend(names.split(", ").map(|n| End::Cause(n.to_owned()))),
            _ => return Err(format!("`{part}` is no `ok`, `raises NAME, …` or `ends CAUSE, …`")),
        }
    }
    Ok(ends)
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

fn needs(text: &str) -> Result<BTreeSet<String>, String> {
    let needs: BTreeSet<String> = text.split(", ").map(str::to_owned).collect();
    match needs.iter().find(|need| !NEEDS.contains(&need.as_str())) {
        Some(other) => Err(format!("`needs: {other}` is not one of {NEEDS:?}")),
        None => Ok(needs),
    }
}

/// Returns the classes of programs, each once, sorted.
pub(crate) fn classes(programs: &[Program]) -> BTreeSet<&str> {
    programs.iter().map(Program::class).collect()
}

#[test]
fn a_head_is_read_and_a_wrong_one_refused() {
    let text = "# expect: ok or raises MemoryError, OSError or ends crash\n# wall: 0.5\n# needs: eryx\n\
                # prints: done\n# why: a test\nprint('done')\n# expect: no head\n";
    let program = Program::parse("memory/test", text.to_owned()).unwrap();
    let [memory, os] = ["MemoryError", "OSError"].map(|name| End::Raises(name.to_owned()));
    assert_eq!(program.expected, [End::Ok, memory, os, End::Cause("crash".to_owned())]);
    assert_eq!((program.wall, program.class()), (Duration::from_millis(500), "memory"));
    assert_eq!((program.source.as_str(), program.prints.as_slice()), (text, &["done".to_owned()][..]));
    for wrong in [
        "print(1)",
        "# expect: ok\nprint(1)",
        "# expect: dies\n# why: w\n",
        "# expect: ok\n# needs: luck\n# why: w\n",
        "# expect: ok\n# wall: -1\n# why: w\n",
        "# expect: ok\n# why: w\n# what: w\n",
        "# expect: ok\n# why: w\n# more\n",
    ] {
        assert!(Program::parse("memory/test", wrong.to_owned()).is_err(), "{wrong}");
    }
}
