//! The feature `embedded`: plain CPython without configuration.

use crate::common::{Project, repository};

const MAIN: &str = r#"
fn main() -> eryx::Result<()> {
    let sandbox = eryx::Sandbox::builder().build()?;
    let output = sandbox.execute_blocking("import sys; sys.version_info[:2]")?;
    println!("{}", output.value.unwrap_or_default());
    Ok(())
}
"#;

#[test]
fn a_sandbox_needs_no_bundle() {
    let manifest = format!(
        "[package]\nname = \"e2e-embedded\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\neryx = {{ path = '{}', features = [\"embedded\"] }}\n\n[workspace]\n",
        repository().display()
    );
    let project = Project::package("e2e-embedded").file("Cargo.toml", manifest).file("src/main.rs", MAIN);
    project.cargo(&["build", "--release", "--offline"]).succeeded();
    project.binary("e2e-embedded").succeeded().prints("[3,14]\n");
}
