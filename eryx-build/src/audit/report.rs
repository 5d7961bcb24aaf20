//! The report of an audit.

use serde::Serialize;

use super::finding::Finding;
use super::subject::Subject;

/// What an audit has seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct AuditReport {
    /// What was looked for, sorted.
    pub subjects: Vec<Subject>,
    /// Who was asked.
    pub sources: Vec<String>,
    /// What was found, by subject.
    pub findings: Vec<Finding>,
    /// Findings that were to be left out.
    pub ignored: Vec<Finding>,
    /// What a source that was asked could not answer.
    pub gaps: Vec<String>,
    /// What nobody was asked about.
    pub notes: Vec<String>,
}

impl AuditReport {
    /// Whether everyone who was asked has answered.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}
