//! `audit`: known vulnerabilities of the packages in a bundle, an executable or the lock.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use eryx_build::audit::{self, Advisories, AuditReport, Finding, Subject};
use eryx_build::{BuildContext, Error, Result, lock};

use crate::app::App;
use crate::console::{self, Console, Style};
use crate::embedded::bundles_in;
use crate::project::Project;

/// Arguments of `cargo eryx audit`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// A `.eryx` file, or an executable or library that embeds bundles [default: the lock of the declaration]
    file: Option<PathBuf>,

    /// File or folder with advisories in the format of OSV (JSON)
    #[arg(long, value_name = "PATH")]
    advisories: Vec<PathBuf>,

    /// Leave out this advisory, given by its name or an alias
    #[arg(long, value_name = "ID")]
    ignore: Vec<String>,

    /// Exit with status 1 if there is a finding, or if a source gave no answer
    #[arg(long)]
    deny: bool,

    /// For people, or one JSON object for programs
    #[arg(long, value_enum, value_name = "FMT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

/// Prints the report.
pub(crate) fn execute(app: &App, arguments: &Audit) -> Result<ExitCode> {
    let (subjects, context) = subjects(app, arguments)?;
    if arguments.advisories.is_empty() && context.offline {
        return Err(Error::new(
            "there is no source of advisories: the network is off, and --advisories is not set",
        )
        .help("give a file or folder in the format of OSV with --advisories, or allow the network"));
    }
    let advisories = if arguments.advisories.is_empty() {
        None
    } else {
        Some(Advisories::read(&arguments.advisories, &subjects)?)
    };
    let mut options = audit::AuditOptions::default();
    options.ignore.clone_from(&arguments.ignore);
    let report = audit::audit(&subjects, advisories.as_ref(), &options, &context);
    app.console.clear();
    match arguments.format {
        Format::Json => {
            let json = serde_json::to_string(&report)
                .map_err(|error| Error::new("cannot write JSON").because(error))?;
            console::print(&(json + "\n"))?;
        }
        Format::Human => {
            // The report goes to stdout, perhaps into a file, so the colours of stderr do not apply.
            let terminal = std::io::IsTerminal::is_terminal(&std::io::stdout());
            console::print(&text(&report, terminal.then_some(&app.console)))?;
        }
    }
    let bad = !report.findings.is_empty() || !report.is_complete();
    Ok(if arguments.deny && bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Returns the packages to look up, and the context with the sources to query.
fn subjects(app: &App, arguments: &Audit) -> Result<(Vec<Subject>, BuildContext)> {
    let Some(file) = &arguments.file else {
        let spec = Project::one(&app.options)?.locked_spec()?;
        let context = app.context(&spec)?.for_spec(&spec);
        let locked = lock::pins(&spec, app.build_options().lock, &context);
        app.console.clear();
        return Ok((audit::of_pins(&locked?.pins), context));
    };
    let bytes = fs_err::read(file).map_err(|error| Error::new("cannot audit").because(error))?;
    let mut subjects = Vec::new();
    for (_, reader) in bundles_in(&bytes, file)? {
        let manifest = reader.manifest().map_err(|error| {
            Error::new(format!("`{}`: bundle {} is damaged", file.display(), reader.id().short()))
                .because(error)
        })?;
        subjects.extend(audit::of_bundle(&manifest));
    }
    subjects.sort();
    subjects.dedup();
    Ok((subjects, app.context_without_spec()?))
}

/// Formats the report for people, with colours only for a terminal.
fn text(report: &AuditReport, console: Option<&Console>) -> String {
    let mark = |style, text: &str| console.map_or_else(|| text.to_owned(), |it| it.styled(style, text));
    let mut text = String::new();
    let mut subject: Option<&Subject> = None;
    for finding in &report.findings {
        if subject != Some(&finding.subject) {
            let Subject { name, version, .. } = &finding.subject;
            let _ = writeln!(text, "{}", mark(Style::Heading, &format!("{name} {version}")));
            subject = Some(&finding.subject);
        }
        let _ = writeln!(text, "  {}", mark(Style::Error, &named(finding)));
        if !finding.summary.is_empty() {
            let _ = writeln!(text, "    {}", finding.summary);
        }
        if finding.fixed.is_empty() {
            let _ = writeln!(text, "    no fixed version is known");
        } else {
            let _ = writeln!(text, "    fixed in {}", finding.fixed.join(", "));
        }
    }
    if !report.findings.is_empty() {
        text.push('\n');
    }
    for finding in &report.ignored {
        let Subject { name, version, .. } = &finding.subject;
        let _ = writeln!(text, "ignored: {} of {name} {version}", named(finding));
    }
    for gap in &report.gaps {
        let _ = writeln!(text, "{}: {gap}", mark(Style::Warning, "not checked"));
    }
    for note in &report.notes {
        let _ = writeln!(text, "note: {note}");
    }
    for source in &report.sources {
        let _ = writeln!(text, "asked: {source}");
    }
    let vulnerabilities = match report.findings.len() {
        1 => "1 known vulnerability".to_owned(),
        count => format!("{count} known vulnerabilities"),
    };
    let _ = writeln!(text, "{vulnerabilities} in {} components", report.subjects.len());
    text
}

/// Formats the name of an advisory with its aliases.
fn named(finding: &Finding) -> String {
    if finding.aliases.is_empty() {
        finding.id.clone()
    } else {
        format!("{} ({})", finding.id, finding.aliases.join(", "))
    }
}
