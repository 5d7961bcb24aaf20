//! CSV in, Markdown out: `report [FILE.csv]`.
//!
//! Python packages from the index (tabulate, humanize, python-slugify) render the table inside a sandbox. The
//! binary contains all of it: it runs without Python, without network and without a writable disk.

use std::process::ExitCode;
use std::time::Duration;

// Declared in Cargo.toml, under [package.metadata.eryx].
static PYTHON: eryx::Bundle = eryx::embed!();

const SAMPLE: &str = "title,bytes,downloads\n\
                      Über den Wolken,1474560,12045\n\
                      Déjà vu – the movie,734003200,1234567\n\
                      C++ in 21 days,9216,88\n";

fn main() -> ExitCode {
    match report() {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Result<String, Box<dyn std::error::Error>> {
    let csv = match std::env::args_os().nth(1) {
        Some(path) => std::fs::read_to_string(path)?,
        None => SAMPLE.to_owned(),
    };
    let sandbox = eryx::Sandbox::builder()
        .with_bundle(&PYTHON)
        .with_limits(eryx::Limits::default().with_memory(128 << 20).with_wall_time(Duration::from_secs(5)))
        .build()?;
    let code = eryx::Code::new("import report\nreport.render(csv)").with_input("csv", &csv);
    Ok(sandbox.execute_blocking(code)?.value_as()?)
}
