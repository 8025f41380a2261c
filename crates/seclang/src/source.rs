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

/// Name and text, pair by pair; the first of a name counts. A file may stand in a folder of its own, as `crs/rules/sql-errors.data`, and
/// be named by its base name, as rules do that stand beside it.
impl DataFiles for Vec<(String, String)> {
    fn read(&self, name: &str) -> Option<&str> {
        let is_below = |known: &str| known.strip_suffix(name).is_some_and(|folder| folder.ends_with('/'));
        let exact = self.iter().find(|(known, _)| known == name);
        exact.or_else(|| self.iter().find(|(known, _)| is_below(known))).map(|(_, text)| text.as_str())
    }
}

/// The Core Rule Set's set-up as it is unpacked, and as it is once somebody has made it theirs.
const SETUP_EXAMPLE: &str = "crs-setup.conf.example";
const SETUP: &str = "crs-setup.conf";

/// Which of these files are rule files, in the order in which they are read: by name. They end in `.conf`; a `crs-setup.conf.example`
/// is one too where there is no `crs-setup.conf` beside it. Other examples are none.
pub fn rule_files<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    let is_rules = |name: &&str| {
        let (folder, base) = name.rsplit_once('/').map_or(("", *name), |(folder, base)| (folder, base));
        if base != SETUP_EXAMPLE {
            return base.ends_with(".conf");
        }
        let own = if folder.is_empty() { SETUP.to_owned() } else { format!("{folder}/{SETUP}") };
        names.binary_search(&own.as_str()).is_err()
    };
    names.iter().copied().filter(is_rules).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_files_are_read_by_name_and_the_example_of_the_setup_stands_in_for_it() {
        let unpacked = [
            "10-protocol.conf",
            "05-crs/rules/REQUEST-901-INITIALIZATION.conf",
            "05-crs/rules/REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf.example",
            "05-crs/rules/sql-errors.data",
            "05-crs/crs-setup.conf.example",
            "00-setup.conf",
        ];
        let read = [
            "00-setup.conf",
            "05-crs/crs-setup.conf.example",
            "05-crs/rules/REQUEST-901-INITIALIZATION.conf",
            "10-protocol.conf",
        ];
        assert_eq!(rule_files(unpacked), read);
        let own = unpacked.into_iter().chain(["05-crs/crs-setup.conf"]);
        let read = ["00-setup.conf", "05-crs/crs-setup.conf", "05-crs/rules/REQUEST-901-INITIALIZATION.conf"];
        assert_eq!(rule_files(own)[..3], read);
        assert_eq!(rule_files(["crs-setup.conf.example", "crs-setup.conf"]), ["crs-setup.conf"]);
    }

    #[test]
    fn a_data_file_is_found_by_its_base_name() {
        let files = ["05-crs/rules/sql-errors.data", "not-sql-errors.data", "ours.data"];
        let files: Vec<(String, String)> = files.map(|name| (name.into(), name.into())).into();
        assert_eq!(files.read("sql-errors.data"), Some("05-crs/rules/sql-errors.data"));
        assert_eq!(files.read("rules/sql-errors.data"), Some("05-crs/rules/sql-errors.data"));
        assert_eq!(files.read("ours.data"), Some("ours.data"));
        assert_eq!(files.read("errors.data"), None);
    }
}
