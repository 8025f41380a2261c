//! What a rule set is compiled from.

/// One rule file.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The name errors show.
    pub name: &'a str,
    /// The text of the file.
    pub text: &'a str,
}

/// Where `@pmFromFile` and `@ipMatchFromFile` find their files. The engine itself opens nothing.
pub trait DataFiles {
    /// The file's text; `name` is as the rule writes it. `None` is a [`crate::RuleError`].
    fn read(&self, name: &str) -> Option<&str>;
}

/// No data files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDataFiles;

impl DataFiles for NoDataFiles {
    fn read(&self, _name: &str) -> Option<&str> {
        None
    }
}

/// Name and text, pair by pair; the first of a name counts.
impl DataFiles for Vec<(String, String)> {
    fn read(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| n == name).map(|(_, text)| text.as_str())
    }
}
