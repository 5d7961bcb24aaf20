//! Compares `wasi:filesystem` in memory with a simple model: same answers, same errors, same byte counts.
#![no_main]

#[path = "filesystem/model.rs"]
mod model;

use arbitrary::Arbitrary;
use eryx_rt::fuzzing::filesystem::{FuzzFiles, FuzzOpenMode};
use libfuzzer_sys::fuzz_target;

use self::model::Model;

#[derive(Debug, Arbitrary)]
struct Input {
    bytes: u16,
    nodes: u8,
    steps: Vec<Step>,
}

#[derive(Debug, Arbitrary)]
enum Step {
    Open { path: Path, how: u8 },
    Close { file: u8 },
    Read { file: u8, offset: Offset, length: u32 },
    Write { file: u8, offset: Option<Offset>, length: u16, value: u8 },
    SetLength { file: u8, length: Offset },
    Stat { path: Path },
    Names { path: Path },
    CreateFolder { path: Path },
    Unlink { path: Path },
    RemoveFolder { path: Path },
    Rename { old: Path, new: Path },
    Copy,
}

/// Most numbers are near the sizes of pages; some are at the ends of the integer range.
#[derive(Debug, Arbitrary)]
enum Offset {
    Near(u32),
    Page(u8, i8),
    End(u8),
}

impl Offset {
    fn value(&self) -> u64 {
        match self {
            Self::Near(value) => u64::from(value % 200_000),
            Self::Page(page, by) => (u64::from(page % 3) << 16).saturating_add_signed(i64::from(*by)),
            Self::End(by) => u64::MAX - u64::from(*by),
        }
    }
}

/// A path below `/tmp`, with redundant parts.
#[derive(Debug, Arbitrary)]
struct Path {
    names: [u8; 3],
    depth: u8,
    noise: u8,
}

impl Path {
    fn names(&self) -> Vec<String> {
        const NAMES: [&str; 5] = ["a", "b", "c", "ü", "a b"];
        let long = "x".repeat(256);
        let depth = usize::from(self.depth % 4);
        let name = |name: &u8| {
            NAMES.get(usize::from(name % 8)).map_or_else(
                || if name % 8 == 7 { long.clone() } else { "a".to_owned() },
                |name| (*name).to_owned(),
            )
        };
        self.names[..depth].iter().map(name).collect()
    }

    fn text(&self) -> String {
        let mut text = "tmp".to_owned();
        for (at, name) in self.names().iter().enumerate() {
            text += match (self.noise >> (2 * at)) & 3 {
                1 => "/./",
                2 => "//",
                3 => "/../tmp/../tmp/",
                _ => "/",
            };
            // `..` would return to the previous folder.
            if (self.noise >> (2 * at)) & 3 == 3 && at > 0 {
                text.truncate(text.len() - "/../tmp/../tmp/".len());
                text += "/";
            }
            text += name;
        }
        text
    }
}

fuzz_target!(|input: Input| {
    let quota = (u64::from(input.bytes) * 8, usize::from(input.nodes % 32));
    let mut files = FuzzFiles::new(quota.0, quota.1);
    let mut model = Model::new(quota.0, quota.1);
    let mut open = Vec::new();
    for step in input.steps.iter().take(64) {
        match step {
            Step::Open { path, how } => {
                let bit = |number: u8| how >> number & 1 == 1;
                let how = FuzzOpenMode {
                    create: bit(0),
                    exclusive: bit(1),
                    truncate: bit(2),
                    directory: bit(3),
                    write: bit(4),
                };
                let opened = files.open(&path.text(), how).map_err(|code| code.name());
                let expected = model.open(&path.names(), how);
                assert_eq!(opened.as_ref().err(), expected.as_ref().err(), "{step:?}");
                if let (Ok(file), Ok(node)) = (opened, expected) {
                    open.push((file, node));
                }
                if open.len() > 8 {
                    let (file, node) = open.remove(0);
                    drop(file);
                    model.close(node);
                }
            }
            Step::Close { file } if !open.is_empty() => {
                let (file, node) = open.remove(usize::from(*file) % open.len());
                drop(file);
                model.close(node);
            }
            Step::Read { file, offset, length } if !open.is_empty() => {
                let (file, node) = &open[usize::from(*file) % open.len()];
                let length = u64::from(*length);
                let read = files.read(file, offset.value(), length).map_err(|code| code.name());
                assert_eq!(read, model.read(*node, offset.value(), length), "{step:?}");
            }
            Step::Write { file, offset, length, value } if !open.is_empty() => {
                let (file, node) = &open[usize::from(*file) % open.len()];
                let bytes: Vec<u8> = (0..*length).map(|at| value.wrapping_add(at as u8)).collect();
                let offset = offset.as_ref().map(Offset::value);
                let written = files.write(file, offset, &bytes).map_err(|code| code.name());
                assert_eq!(written, model.write(*node, offset, &bytes), "{step:?}");
            }
            Step::SetLength { file, length } if !open.is_empty() => {
                let (file, node) = &open[usize::from(*file) % open.len()];
                let set = files.set_length(file, length.value()).map_err(|code| code.name());
                assert_eq!(set, model.set_length(*node, length.value()), "{step:?}");
            }
            Step::Stat { path } => {
                let stat = files.stat(&path.text()).map_err(|code| code.name());
                assert_eq!(stat, model.stat(&path.names()), "{step:?}");
            }
            Step::Names { path } => {
                let names = files.names(&path.text()).map_err(|code| code.name());
                assert_eq!(names, model.list(&path.names()), "{step:?}");
            }
            Step::CreateFolder { path } => {
                let made = files.create_folder(&path.text()).map_err(|code| code.name());
                assert_eq!(made, model.create_folder(&path.names()), "{step:?}");
            }
            Step::Unlink { path } if path.depth % 4 > 0 => {
                let removed = files.unlink(&path.text()).map_err(|code| code.name());
                assert_eq!(removed, model.unlink(&path.names()), "{step:?}");
            }
            Step::RemoveFolder { path } if path.depth % 4 > 0 => {
                let removed = files.remove_folder(&path.text()).map_err(|code| code.name());
                assert_eq!(removed, model.remove_folder(&path.names()), "{step:?}");
            }
            Step::Rename { old, new } if old.depth % 4 > 0 && new.depth % 4 > 0 => {
                let moved = files.rename(&old.text(), &new.text()).map_err(|code| code.name());
                assert_eq!(moved, model.rename(&old.names(), &new.names()), "{step:?}");
            }
            Step::Copy => same(&mut files.copied(), &model, &mut Vec::new()),
            _ => {}
        }
        assert_eq!(files.used(), model.used(), "after {step:?}");
    }
    same(&mut files, &model, &mut Vec::new());
});

/// Compares all named files and folders.
fn same(files: &mut FuzzFiles, model: &Model, path: &mut Vec<String>) {
    let text = path.iter().fold("tmp".to_owned(), |text, name| text + "/" + name);
    assert_eq!(files.stat(&text).map_err(|code| code.name()), model.stat(path), "{text}");
    let Ok(names) = model.list(path) else {
        let file = files.open(&text, FuzzOpenMode::default()).expect("it is a file");
        let length = model.stat(path).expect("it is there").1;
        let read = files.read(&file, 0, length).map_err(|code| code.name());
        return assert_eq!(read, model.content(path), "{text}");
    };
    assert_eq!(files.names(&text).map_err(|code| code.name()).as_ref(), Ok(&names), "{text}");
    for name in names {
        path.push(name);
        same(files, model, path);
        path.pop();
    }
}
