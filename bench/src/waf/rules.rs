//! The rules: the Core Rule Set as its project ships it, read from where it lies, with one small set-up of the engine for both
//! servers; and the same with our own rules beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use seclang::{RuleSet, Source};

use crate::server::root;

/// What both engines are told before the Core Rule Set's own set-up, after the file that ModSecurity recommends
/// (`modsecurity.conf-recommended`): what is inspected, its bounds, and what a body that cannot be read means.
pub(super) const ENGINE: &str = r#"SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyLimit 131072
SecRequestBodyNoFilesLimit 131072
SecRequestBodyLimitAction Reject
SecRequestBodyJsonDepthLimit 64
SecArgumentsLimit 1000
SecResponseBodyAccess Off
SecAuditEngine Off
SecRule REQUEST_HEADERS:Content-Type "@rx ^(?:application(?:/soap\+|/)|text/)xml" \
    "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "@rx ^application/json" \
    "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQBODY_ERROR "!@eq 0" \
    "id:200002,phase:2,t:none,log,deny,status:400,msg:'Failed to parse request body.'"
"#;

/// What our engine has beside: a call that a bound has cut short is refused, not passed. ModSecurity has no such bound.
const BOUNDS: &str = r#"SecRule INSPECTION_ERROR "@eq 1" \
    "id:200100,phase:2,t:none,log,deny,status:413,msg:'Not inspected as a whole: %{INSPECTION_ERROR_MSG}'"
"#;

/// Our own rules that come before the Core Rule Set.
const OUR_SETUP: &str = "00-setup.conf";

/// The Core Rule Set, where the user has it.
pub(super) struct CoreRuleSet {
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Its set-up file.
    pub(super) setup: PathBuf,
}

/// Rule files and data files, by the names that put them in order.
pub(super) struct Rules {
    files: BTreeMap<String, String>,
    data: Vec<(String, String)>,
}

impl CoreRuleSet {
    /// In `CRS_DIR`, else beside the project.
    pub(super) fn find() -> anyhow::Result<Self> {
        let folder = std::env::var_os("CRS_DIR").map_or_else(|| root().join("../shared/crs"), PathBuf::from);
        let found = folder.canonicalize().ok().filter(|folder| folder.join("rules").is_dir());
        let folder = found.with_context(|| {
            format!("no Core Rule Set at {}: set CRS_DIR to its folder", folder.display())
        })?;
        let setup = ["crs-setup.conf", "crs-setup.conf.example"].map(|name| folder.join(name));
        let setup =
            setup.into_iter().find(|path| path.is_file()).context("the Core Rule Set has no set-up file")?;
        Ok(Self { folder, setup })
    }

    /// With the set-up that both servers have.
    pub(super) fn plain(&self) -> anyhow::Result<Rules> {
        let mut rules = self.with_setup([("00-engine.conf".to_owned(), ENGINE.to_owned())])?;
        rules.files.insert("90-bounds.conf".into(), BOUNDS.into());
        Ok(rules)
    }

    /// With our own rules: their set-up before it, the rest after it.
    pub(super) fn with_ours(&self) -> anyhow::Result<Rules> {
        let mut ours = read(&root().join("components/waf/rules"), "conf")?;
        let setup = ours.iter().position(|(name, _)| name == OUR_SETUP).context("no set-up of our own")?;
        let mut rules = self.with_setup([ours.swap_remove(setup)])?;
        rules.files.extend(ours);
        Ok(rules)
    }

    fn with_setup(&self, first: [(String, String); 1]) -> anyhow::Result<Rules> {
        let setup = std::fs::read_to_string(&self.setup)?;
        let files = read(&self.folder.join("rules"), "conf")?;
        ensure!(!files.is_empty(), "{} has no rules", self.folder.display());
        let files = files.into_iter().map(|(name, text)| (format!("02-{name}"), text));
        let files = first.into_iter().chain([("01-crs-setup.conf".to_owned(), setup)]).chain(files).collect();
        Ok(Rules { files, data: read(&self.folder.join("rules"), "data")? })
    }
}

impl Rules {
    /// As a slot's assets.
    pub(super) fn assets(&self) -> BTreeMap<String, Vec<u8>> {
        let files = self.files.iter().chain(self.data.iter().map(|(name, text)| (name, text)));
        files.map(|(name, text)| (name.clone(), text.clone().into_bytes())).collect()
    }

    /// For the engine without a component around it.
    pub(super) fn compile(&self) -> anyhow::Result<RuleSet> {
        let sources: Vec<_> = self.files.iter().map(|(name, text)| Source { name, text }).collect();
        RuleSet::compile(&sources, &self.data).map_err(|errors| anyhow::anyhow!("{errors:?}"))
    }
}

/// Names and texts of the files with this ending.
fn read(folder: &Path, ending: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == ending) {
            let name = path.file_name().context("a name")?.to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            files.push((name, text));
        }
    }
    Ok(files)
}
