//! `tree`: the packages in the bundle, and why each is needed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use eryx_build::pin::{Dependency, Pin};
use eryx_build::{Error, Result, lock};

use crate::app::App;
use crate::console;
use crate::project::Project;

/// Arguments of `cargo eryx tree`.
#[derive(Debug, Args)]
pub(crate) struct Tree {
    /// Show the packages that need this one, instead of its dependencies
    #[arg(short, long, value_name = "NAME")]
    invert: Option<String>,

    /// Show so many levels below the first
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
}

/// Prints the tree of the declared bundle.
pub(crate) fn execute(app: &App, arguments: &Tree) -> Result<ExitCode> {
    let project = Project::one(&app.options)?;
    let spec = project.locked_spec()?;
    let locked = lock::pins(&spec, app.build_options().lock, &app.context(&spec)?);
    app.console.clear();
    let locked = locked?;
    let own = spec.own_packages().len();
    let graph = PinGraph { bundle: &spec.bundle_name(), pins: &locked.pins, own, depth: arguments.depth };
    console::print(&match &arguments.invert {
        Some(name) => graph.inverted(name)?,
        None => graph.tree(),
    })
}

struct PinGraph<'a> {
    bundle: &'a str,
    pins: &'a [Pin],
    /// Number of items in the declaration itself; later items come from other tools' files.
    own: usize,
    depth: Option<usize>,
}

/// A line of the tree: its text, and its children.
struct PinNode<'a> {
    label: String,
    pin: Option<&'a Pin>,
}

impl<'a> PinGraph<'a> {
    fn tree(&self) -> String {
        let roots = self.pins.iter().filter(|pin| self.is_root(pin));
        let roots = roots.map(|pin| PinNode { label: label(pin, None), pin: Some(pin) }).collect();
        let mut text = format!("{}\n", self.bundle);
        self.walk(&mut text, roots, "", 1, &mut BTreeSet::new(), &|pin| self.needed_by(pin));
        text
    }

    fn inverted(&self, name: &str) -> Result<String> {
        let normal = name.to_lowercase().replace(['_', '.'], "-");
        let pin = self.pins.iter().find(|pin| pin.name.as_ref() == normal).ok_or_else(|| {
            Error::new(format!("`{name}` is not in the bundle `{}`", self.bundle))
                .help("`cargo eryx tree` lists its packages")
        })?;
        let mut text = format!("{}\n", label(pin, None));
        let mut seen = BTreeSet::from([pin.name.as_ref()]);
        self.walk(&mut text, self.users_of(pin), "", 1, &mut seen, &|pin| self.users_of(pin));
        Ok(text)
    }

    /// Whether the pin belongs to the top level. Lists of other tools include dependencies too; a package
    /// that another one needs is shown below that one.
    fn is_root(&self, pin: &Pin) -> bool {
        pin.declared.is_some_and(|at| at < self.own || !self.pins.iter().any(|other| needs(other, pin)))
    }

    fn needed_by(&self, pin: &Pin) -> Vec<PinNode<'a>> {
        let find = |dependency: &Dependency| {
            let pin = self.pins.iter().find(|pin| pin.name == dependency.name)?;
            Some(PinNode { label: label(pin, Some(dependency)), pin: Some(pin) })
        };
        pin.dependencies.iter().filter_map(find).collect()
    }

    fn users_of(&self, pin: &Pin) -> Vec<PinNode<'a>> {
        let users = self.pins.iter().filter(|user| needs(user, pin));
        let mut nodes: Vec<_> =
            users.map(|user| PinNode { label: label(user, None), pin: Some(user) }).collect();
        if pin.declared.is_some() {
            nodes.push(PinNode { label: format!("{} (bundle)", self.bundle), pin: None });
        }
        nodes
    }

    /// Draws the nodes and their children. The children of a package are drawn only once.
    fn walk(
        &self,
        text: &mut String,
        nodes: Vec<PinNode<'a>>,
        indent: &str,
        level: usize,
        seen: &mut BTreeSet<&'a str>,
        below: &dyn Fn(&'a Pin) -> Vec<PinNode<'a>>,
    ) {
        if self.depth.is_some_and(|depth| level > depth) {
            return;
        }
        let count = nodes.len();
        for (at, PinNode { label, pin }) in nodes.into_iter().enumerate() {
            let (branch, bar) =
                if at + 1 == count { ("└── ", "    ") } else { ("├── ", "│   ") };
            let inner = pin.map(below).unwrap_or_default();
            let again = !inner.is_empty() && pin.is_some_and(|pin| !seen.insert(pin.name.as_ref()));
            let _ = writeln!(text, "{indent}{branch}{label}{}", if again { " (*)" } else { "" });
            if !again {
                self.walk(text, inner, &format!("{indent}{bar}"), level + 1, seen, below);
            }
        }
    }
}

fn needs(user: &Pin, pin: &Pin) -> bool {
    user.dependencies.iter().any(|dependency| dependency.name == pin.name)
}

/// Formats `six v1.17.0`, with the extras that the dependent requests.
fn label(pin: &Pin, by: Option<&Dependency>) -> String {
    match by {
        Some(dependency) => format!("{dependency} v{}", pin.version),
        None => format!("{} v{}", pin.name, pin.version),
    }
}

#[cfg(test)]
mod tests {
    use eryx_build::pin::{PinSource, PinnedFile};

    use super::*;

    fn pin(name: &str, needs: &[&str], declared: Option<usize>) -> Pin {
        let file = PinnedFile { filename: String::new(), size: None, sha256: String::new() };
        let dependency = |text: &&str| {
            let (name, extras) =
                text.split_once('+').map_or((*text, vec![]), |(name, extra)| (name, vec![extra]));
            let extras = extras.iter().map(|extra| extra.parse().unwrap()).collect();
            Dependency { name: name.parse().unwrap(), extras }
        };
        Pin {
            name: name.parse().unwrap(),
            version: "1.0".parse().unwrap(),
            source: PinSource::Index(file),
            built: None,
            dependencies: needs.iter().map(dependency).collect(),
            declared,
        }
    }

    fn pins() -> Vec<Pin> {
        vec![
            pin("app", &["base", "mid+fast"], Some(0)),
            pin("base", &[], Some(1)),
            pin("mid", &["leaf", "ring"], None),
            pin("leaf", &["base"], None),
            pin("ring", &["mid"], None),
            pin("zoo", &["mid"], Some(2)),
        ]
    }

    fn graph(pins: &[Pin], depth: Option<usize>) -> PinGraph<'_> {
        PinGraph { bundle: "b", pins, own: 3, depth }
    }

    #[test]
    fn repeated_packages_are_marked() {
        let pins = pins();
        assert_eq!(
            graph(&pins, None).tree(),
            "b\n├── app v1.0\n│   ├── base v1.0\n│   └── mid[fast] v1.0\n│       ├── leaf v1.0\n│       │   └── base v1.0\n\
             │       └── ring v1.0\n│           └── mid v1.0 (*)\n├── base v1.0\n└── zoo v1.0\n    └── mid v1.0 (*)\n"
        );
        assert_eq!(graph(&pins, Some(1)).tree(), "b\n├── app v1.0\n├── base v1.0\n└── zoo v1.0\n");
        assert_eq!(graph(&pins, Some(0)).tree(), "b\n");
        // From another tool's list, the top level has only packages without dependents.
        let listed = PinGraph { own: 0, ..graph(&pins, Some(1)) };
        assert_eq!(listed.tree(), "b\n├── app v1.0\n└── zoo v1.0\n");
    }

    #[test]
    fn inverted_it_ends_at_the_bundle() {
        let pins = pins();
        assert_eq!(
            graph(&pins, None).inverted("Leaf").unwrap(),
            "leaf v1.0\n└── mid v1.0\n    ├── app v1.0\n    │   └── b (bundle)\n    ├── ring v1.0\n\
             \u{20}   │   └── mid v1.0 (*)\n    └── zoo v1.0\n        └── b (bundle)\n"
        );
        assert!(graph(&pins, None).inverted("nobody").is_err());
    }
}
