//! The keys that name other tools' files.

/// The keys with the paths of the files, as declared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::declare) struct ImportKeys {
    pub(in crate::declare) requirements: Option<String>,
    pub(in crate::declare) pyproject: Option<String>,
    pub(in crate::declare) pylock: Option<String>,
    pub(in crate::declare) extras: Vec<String>,
    pub(in crate::declare) groups: Vec<String>,
}
