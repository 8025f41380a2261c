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

impl RuleFiles {
    /// Reads a folder laid out as the rule set's own, with its project's test settings at this paranoia level.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or there are no rules.
    pub fn for_tests(folder: &Path, paranoia: u8) -> Result<RuleFiles, RulesError> {
        let own = folder.join("crs-setup.conf");
        let setup = if own.is_file() { own } else { folder.join("crs-setup.conf.example") };
        let mut rules = vec![("engine.conf".to_owned(), ENGINE.to_owned()), read(&setup)?];
        rules.push(("settings.conf".to_owned(), settings(paranoia)));
        let rules_folder = folder.join("rules");
        let found = with_extension(&rules_folder, "conf")?;
        if found.is_empty() {
            return Err(RulesError(vec![format!("no rule file in {}", rules_folder.display())]));
        }
        rules.extend(found);
        Ok(RuleFiles { rules, data: with_extension(&rules_folder, "data")? })
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
