//! `cargo eryx inspect` lists the contents of bundle files and of built executables.

use std::path::Path;

use crate::common::{Output, report};

fn inspect(arguments: &[&str], file: &Path) -> Output {
    let mut plugin = crate::common::project::plugin_command();
    Output::of(plugin.arg("inspect").args(arguments).arg(file))
}

const PACKAGES: [(&str, &str); 4] =
    [("humanize", "4.17.0"), ("python-slugify", "9.2.0"), ("tabulate", "0.10.0"), ("text-unidecode", "1.3")];

#[test]
fn bundles_and_executables_are_described_for_people() {
    let target = format!("{}-", std::env::consts::ARCH);
    for file in [report::bundle(), report::program()] {
        let output = inspect(&["--verify"], file).succeeded();
        let line = |words: &[&str]| {
            let begins = |line: &&str| {
                let mut found = line.split_whitespace();
                words.iter().all(|word| found.next().is_some_and(|found| found.starts_with(word)))
            };
            output.stdout.lines().find(begins).unwrap_or_else(|| panic!("no line with {words:?}: {output}"))
        };
        line(&["python", "3.14.0"]);
        let target = line(&["target", &target]);
        assert!(target.contains(std::env::consts::OS), "{target}");
        line(&["imports", "report"]);
        for (name, version) in PACKAGES {
            line(&[name, version]);
        }
        for section in ["manifest", "code", "tree"] {
            line(&[section]);
        }
        line(&["verified"]);
    }
}

#[test]
fn an_executable_holds_the_bundle_that_the_file_holds() {
    let json = |file| inspect(&["--json", "--files"], file).succeeded().json();
    let (file, program) = (json(report::bundle()), json(report::program()));
    for bundles in [&file, &program] {
        assert_eq!(bundles.as_array().map(Vec::len), Some(1), "{bundles}");
        let manifest = &bundles[0]["manifest"];
        assert_eq!(manifest["python-version"], "3.14.0");
        let packages = manifest["packages"].as_array().unwrap().iter();
        let packages: Vec<_> = packages
            .map(|package| (package["name"].as_str().unwrap(), package["version"].as_str().unwrap()))
            .collect();
        assert_eq!(packages, PACKAGES);
        let files = bundles[0]["files"].as_array().unwrap().iter();
        let paths: Vec<_> = files.map(|file| file["path"].as_str().unwrap()).collect();
        assert!(paths.contains(&"/app/report.py"), "{paths:?}");
        assert!(paths.contains(&"/app/__pycache__/report.cpython-314.pyc"), "{paths:?}");
    }
    assert_eq!(file[0]["id"], program[0]["id"]);
    assert_eq!(file[0]["offset"], 0);
    assert_ne!(program[0]["offset"], 0);
}

#[test]
fn other_files_are_no_bundles() {
    inspect(&[], &crate::common::repository().join("Cargo.toml"))
        .ended_with(1)
        .says("there is no bundle in")
        .says("  help: ");
    inspect(&[], Path::new("/nonexistent.eryx")).ended_with(1).says("No such file");
}

#[test]
fn bundles_are_stored_as_declared() {
    let size_of = |file: &Path| std::fs::metadata(file).unwrap().len();
    let default = size_of(crate::common::kit::bundle());
    for (compression, expected) in [("zstd-max", 0..default), ("none", 4 * default..u64::MAX)] {
        let project = crate::common::kit::project_with(&format!("compression = \"{compression}\"\n"));
        project.plugin(&["bundle", "-o", "out.eryx"]).succeeded();
        let file = project.path("out.eryx");
        assert!(expected.contains(&size_of(&file)), "{compression}: {} and {default}", size_of(&file));
        inspect(&["--verify"], &file).succeeded();
        let bundle = crate::common::open(&file);
        let sandbox = eryx::Sandbox::builder().with_bundle(&bundle).build().unwrap();
        let output = sandbox.execute_blocking("import kit, mine\nmine.twice(kit.ANSWER)").unwrap();
        assert_eq!(output.value, Some(84.into()));
    }
}
