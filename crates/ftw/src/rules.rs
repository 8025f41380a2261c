//! The Core Rule Set, read from a folder, with the settings its own project tests it with.

use std::path::Path;

use seclang::{Mode, RuleSet, Source};

/// Rule files and the data files they name, as `crs-setup.conf.example` and `rules/` hold them.
#[derive(Debug, Clone)]
pub struct RuleFiles {
    /// Names and texts of rule files, in the order they are read.
    pub rules: Vec<(String, String)>,
    /// Names and texts of data files.
    pub data: Vec<(String, String)>,
}

/// Why rule files cannot be used: sentences, each naming its file.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct RulesError(pub Vec<String>);

/// What precedes the set-up file: bodies are inspected, and of responses those that tests send.
const ENGINE: &str = "SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml application/json
";

/// The set-up that the rule set's project tests with, as one action after the set-up file.
fn settings(paranoia: u8) -> String {
    format!(
        "SecAction \"id:900005,phase:1,nolog,pass,ctl:ruleRemoveById=910000,\\
    setvar:tx.blocking_paranoia_level={paranoia},\\
    setvar:tx.crs_validate_utf8_encoding=1,\\
    setvar:tx.arg_name_length=100,\\
    setvar:tx.arg_length=400,\\
    setvar:tx.total_arg_length=64000,\\
    setvar:tx.max_num_args=255,\\
    setvar:tx.max_file_size=64100,\\
    setvar:tx.combined_file_sizes=65535\"\n"
    )
}

/// The paranoia level, where a product sets another than the set-up file says.
fn paranoia_level(level: u8) -> String {
    format!("SecAction \"id:1000099,phase:1,nolog,pass,t:none,setvar:tx.blocking_paranoia_level={level}\"\n")
}

impl RuleFiles {
    /// Reads a folder laid out as the rule set's own, with its project's test settings at this paranoia level.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or there are no rules.
    pub fn for_tests(folder: &Path, paranoia: u8) -> Result<RuleFiles, RulesError> {
        let mut rules = vec![("engine.conf".to_owned(), ENGINE.to_owned()), setup_file(folder)?];
        rules.push(("settings.conf".to_owned(), settings(paranoia)));
        let rules_folder = folder.join("rules");
        rules.extend(rule_files(&rules_folder)?);
        Ok(RuleFiles { rules, data: with_extension(&rules_folder, "data")? })
    }

    /// Reads a folder laid out as the rule set's own and puts rules of a product's own around it, as the product runs it: the first file
    /// of `own` (its limits and what a match is worth) before the set-up file, the others after the rules. The settings are the set-up
    /// file's, unless a paranoia level is given.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or there are no rules.
    pub fn for_product(own: &Path, folder: &Path, paranoia: Option<u8>) -> Result<RuleFiles, RulesError> {
        let mut own_files = rule_files(own)?.into_iter();
        let mut rules: Vec<(String, String)> = own_files.next().into_iter().collect();
        rules.push(setup_file(folder)?);
        rules.extend(paranoia.map(|level| ("paranoia.conf".to_owned(), paranoia_level(level))));
        let rules_folder = folder.join("rules");
        rules.extend(rule_files(&rules_folder)?);
        rules.extend(own_files);
        Ok(RuleFiles { rules, data: with_extension(&rules_folder, "data")? })
    }

    /// Them as files whose names sort in the order they are to be read: each with its number before its name, and without an `.example`
    /// behind it, which would say that it is not to be read. Data files keep their names, by which rules call them.
    #[must_use]
    pub fn assets(&self) -> Vec<(String, String)> {
        let numbered = self.rules.iter().zip(0..);
        let rules = numbered.map(|((name, text), number)| {
            (format!("{number:03}-{}", name.trim_end_matches(".example")), text.clone())
        });
        rules.chain(self.data.iter().cloned()).collect()
    }

    /// Compiles them.
    ///
    /// # Errors
    ///
    /// Every mistake of every file.
    pub fn compile(&self) -> Result<RuleSet, RulesError> {
        let sources: Vec<Source<'_>> = self.rules.iter().map(|(name, text)| Source { name, text }).collect();
        RuleSet::compile(&sources, &self.data)
            .map_err(|errors| RulesError(errors.iter().map(ToString::to_string).collect()))
    }
}

/// The mode of that name: `detect` or `block`.
#[must_use]
pub fn mode_named(name: &str) -> Option<Mode> {
    match name {
        "detect" => Some(Mode::Detect),
        "block" => Some(Mode::Block),
        _ => None,
    }
}

/// The set-up file; the example where there is no other.
fn setup_file(folder: &Path) -> Result<(String, String), RulesError> {
    let own = folder.join("crs-setup.conf");
    read(&if own.is_file() { own } else { folder.join("crs-setup.conf.example") })
}

/// The rule files of a folder, of which there must be one.
fn rule_files(folder: &Path) -> Result<Vec<(String, String)>, RulesError> {
    let found = with_extension(folder, "conf")?;
    if found.is_empty() {
        return Err(RulesError(vec![format!("no rule file in {}", folder.display())]));
    }
    Ok(found)
}

fn read(path: &Path) -> Result<(String, String), RulesError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let unreadable = |error| RulesError(vec![format!("cannot read {}: {error}", path.display())]);
    Ok((name, std::fs::read_to_string(path).map_err(unreadable)?))
}

fn with_extension(folder: &Path, extension: &str) -> Result<Vec<(String, String)>, RulesError> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| RulesError(vec![format!("cannot read {}: {error}", folder.display())]))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|known| known == extension));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[&str]) {
        std::fs::create_dir_all(folder).expect("a folder");
        for name in files {
            std::fs::write(folder.join(name), format!("# {name}")).expect("a file");
        }
    }

    fn names(files: &RuleFiles) -> Vec<&str> {
        files.rules.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn a_products_first_file_comes_first_and_its_others_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let (own, set) = (folder.path().join("own"), folder.path().join("set"));
        write(&own, &["00-setup.conf", "90-blocking.conf", "20-more.conf"]);
        write(&set, &["crs-setup.conf.example"]);
        write(&set.join("rules"), &["901.conf", "949.conf", "a.data"]);
        let files = RuleFiles::for_product(&own, &set, None).expect("rules");
        assert_eq!(
            names(&files),
            [
                "00-setup.conf",
                "crs-setup.conf.example",
                "901.conf",
                "949.conf",
                "20-more.conf",
                "90-blocking.conf"
            ]
        );
        let with_level = RuleFiles::for_product(&own, &set, Some(2)).expect("rules");
        assert_eq!(with_level.rules[2].0, "paranoia.conf");
        assert!(with_level.rules[2].1.contains("blocking_paranoia_level=2"));
        assert!(RuleFiles::for_product(&set, &set, None).is_err(), "a product without rules");
    }

    #[test]
    fn assets_sort_in_the_order_of_the_rules() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), &["crs-setup.conf.example"]);
        write(&folder.path().join("rules"), &["901.conf", "949.conf", "a.data"]);
        let assets = RuleFiles::for_tests(folder.path(), 4).expect("rules").assets();
        let names: Vec<&str> = assets.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "000-engine.conf",
                "001-crs-setup.conf",
                "002-settings.conf",
                "003-901.conf",
                "004-949.conf",
                "a.data"
            ]
        );
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, names);
    }
}
