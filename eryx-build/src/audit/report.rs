//! The report of an audit.

use serde::Serialize;

use super::finding::Finding;
use super::subject::Subject;

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct AuditReport {
    /// The audited subjects, sorted.
    pub subjects: Vec<Subject>,
    /// The sources that were asked.
    pub sources: Vec<String>,
    /// The findings, by subject.
    pub findings: Vec<Finding>,
    /// Findings that the options ignore.
    pub ignored: Vec<Finding>,
    /// Questions that a source could not answer.
    pub gaps: Vec<String>,
    /// Subjects that no source covers.
    pub notes: Vec<String>,
}

impl AuditReport {
    /// Whether every source answered.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}
