//! What is published into a slot: a component, its settings and its assets, read from a folder
//! (`filter.wasm`, `settings.json`, `assets/…`) or given as bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

/// Largest component, in bytes.
pub const COMPONENT_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Largest asset, in bytes.
pub const ASSET_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Most assets of one slot.
pub const ASSETS_MAX: usize = 1_000;
/// Deepest folder below `assets`.
const ASSET_DEPTH_MAX: usize = 8;

/// Endings of the files that are taken from a folder that a slot's settings name.
const NAMED_ENDINGS: &[&str] = &[".conf", ".conf.example", ".data", ".json", ".jsonl"];
/// Folders below it that are left out, beside hidden ones: a rule set's own tests are nothing to publish.
const NAMED_FOLDERS_LEFT_OUT: &[&str] = &["tests"];

/// A filter with all that it is published with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The component, in its binary form.
    pub component: Vec<u8>,
    /// A JSON object.
    pub settings: String,
    /// Files by name, `/` between folders.
    pub assets: BTreeMap<String, Vec<u8>>,
}

/// Why a folder is not an artifact.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file is over its bound.
    #[error("{path} has {bytes} bytes, at most {most} are allowed")]
    TooLarge {
        /// The file.
        path: String,
        /// Its size.
        bytes: u64,
        /// The bound.
        most: u64,
    },
    /// There are too many assets, or they lie too deep.
    #[error("more than {ASSETS_MAX} assets, or folders deeper than {ASSET_DEPTH_MAX}")]
    TooMany,
    /// A file of a folder that the slot's settings name would have the name of another asset.
    #[error("there are two assets named {0}")]
    Twice(String),
    /// The settings are not a JSON object.
    #[error("settings.json is not a JSON object: {0}")]
    Settings(String),
}

impl Artifact {
    /// Reads an artifact from its folder. Only `filter.wasm` must be there.
    ///
    /// # Errors
    /// A file that cannot be read or is over its bound, or settings that are not a JSON object.
    pub fn read(folder: &Path) -> Result<Self, ArtifactError> {
        Self::read_with(folder, &BTreeMap::new())
    }

    /// Reads an artifact from its folder, and more assets from these ones, under their names: of each the files that end in `.conf`,
    /// `.conf.example`, `.data`, `.json` or `.jsonl`, at any depth that an asset may have, but for what is hidden and for folders
    /// named `tests`. All assets together are bounded like those of the artifact's own folder.
    ///
    /// # Errors
    /// As [`Artifact::read`]; a named folder that cannot be read, or an asset of its that another one has the name of.
    pub fn read_with(folder: &Path, named: &BTreeMap<String, PathBuf>) -> Result<Self, ArtifactError> {
        let component = read_bounded(&folder.join("filter.wasm"), COMPONENT_BYTES_MAX)?;
        let settings_path = folder.join("settings.json");
        let settings = if settings_path.exists() {
            String::from_utf8(read_bounded(&settings_path, ASSET_BYTES_MAX)?)
                .map_err(|error| ArtifactError::Settings(error.to_string()))?
        } else {
            "{}".to_owned()
        };
        let mut assets = BTreeMap::new();
        let assets_folder = folder.join("assets");
        if assets_folder.exists() {
            read_assets(&assets_folder, "", 0, &mut assets)?;
        }
        for (prefix, folder) in named {
            let mut files = Vec::new();
            named_files(folder, prefix, 0, &mut files)?;
            for (name, path) in files {
                if assets.len() == ASSETS_MAX {
                    return Err(ArtifactError::TooMany);
                }
                let bytes = read_bounded(&path, ASSET_BYTES_MAX)?;
                if assets.insert(name.clone(), bytes).is_some() {
                    return Err(ArtifactError::Twice(name));
                }
            }
        }
        let artifact = Self { component, settings, assets };
        artifact.check_settings()?;
        Ok(artifact)
    }

    /// Whether the settings are a JSON object.
    ///
    /// # Errors
    /// They are not.
    pub fn check_settings(&self) -> Result<(), ArtifactError> {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&self.settings)
            .map(|_| ())
            .map_err(|error| ArtifactError::Settings(error.to_string()))
    }

    /// SHA-256 over all parts, each with its length, in hexadecimal. Names the version in logs and caches.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut context = Context::new(&SHA256);
        let mut part = |bytes: &[u8]| {
            context.update(&(bytes.len() as u64).to_le_bytes());
            context.update(bytes);
        };
        part(&self.component);
        part(self.settings.as_bytes());
        for (name, bytes) in &self.assets {
            part(name.as_bytes());
            part(bytes);
        }
        context.finish().as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, ArtifactError> {
    let unreadable = |source| ArtifactError::Unreadable { path: path.display().to_string(), source };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > most {
        return Err(ArtifactError::TooLarge { path: path.display().to_string(), bytes, most });
    }
    std::fs::read(path).map_err(unreadable)
}

fn read_assets(
    folder: &Path,
    prefix: &str,
    depth: usize,
    assets: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), ArtifactError> {
    if depth > ASSET_DEPTH_MAX {
        return Err(ArtifactError::TooMany);
    }
    let unreadable = |source| ArtifactError::Unreadable { path: folder.display().to_string(), source };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_assets(&entry.path(), &format!("{name}/"), depth + 1, assets)?;
        } else if assets.len() == ASSETS_MAX {
            return Err(ArtifactError::TooMany);
        } else {
            assets.insert(name, read_bounded(&entry.path(), ASSET_BYTES_MAX)?);
        }
    }
    Ok(())
}

/// The files of a folder that a slot's settings name, as assets: names and paths. More than there may be assets are an error, whichever
/// slot they are for.
pub(crate) fn named_files(
    folder: &Path,
    prefix: &str,
    depth: usize,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), ArtifactError> {
    if depth > ASSET_DEPTH_MAX {
        return Err(ArtifactError::TooMany);
    }
    let unreadable = |source| ArtifactError::Unreadable { path: folder.display().to_string(), source };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let base = path.file_name().unwrap_or_default().to_string_lossy();
        if base.starts_with('.') {
            continue;
        }
        let name = format!("{prefix}/{base}");
        if path.is_dir() {
            if !NAMED_FOLDERS_LEFT_OUT.contains(&&*base) {
                named_files(&path, &name, depth + 1, files)?;
            }
        } else if NAMED_ENDINGS.iter().any(|ending| base.ends_with(ending)) {
            if files.len() == ASSETS_MAX {
                return Err(ArtifactError::TooMany);
            }
            files.push((name, path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact() -> Artifact {
        Artifact { component: vec![1, 2], settings: "{}".into(), assets: [("a".into(), vec![3])].into() }
    }

    #[test]
    fn the_digest_covers_every_part() {
        let digest = artifact().digest();
        assert_eq!(digest.len(), 64);
        assert_ne!(digest, Artifact { component: vec![1], ..artifact() }.digest());
        assert_ne!(digest, Artifact { settings: "{ }".into(), ..artifact() }.digest());
        assert_ne!(digest, Artifact { assets: [("b".into(), vec![3])].into(), ..artifact() }.digest());
        assert_ne!(digest, Artifact { assets: [("a".into(), vec![4])].into(), ..artifact() }.digest());
    }

    #[test]
    fn a_folder_is_read_with_its_nested_assets() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("filter.wasm"), b"wasm").unwrap();
        std::fs::create_dir_all(folder.path().join("assets/rules")).unwrap();
        std::fs::write(folder.path().join("assets/rules/10.conf"), b"SecRule").unwrap();
        let artifact = Artifact::read(folder.path()).unwrap();
        assert_eq!(artifact.settings, "{}");
        assert_eq!(artifact.assets.keys().collect::<Vec<_>>(), ["rules/10.conf"]);
    }

    /// A folder with a component, and one laid out as a rule set is unpacked.
    fn with_named() -> (tempfile::TempDir, BTreeMap<String, PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        put("waf/filter.wasm", b"wasm");
        put("waf/assets/00-setup.conf", b"SecRuleEngine On");
        put("crs/crs-setup.conf.example", b"");
        put("crs/rules/REQUEST-901.conf", b"SecRule");
        put("crs/rules/sql-errors.data", b"ORA-");
        put("crs/rules/generate.py", b"import os");
        put("crs/README.md", b"Read me");
        put("crs/tests/regression/a.conf", b"no");
        put("crs/.git/config.conf", b"no");
        let named = [("05-crs".to_owned(), folder.path().join("crs"))].into();
        (folder, named)
    }

    #[test]
    fn a_named_folder_is_read_under_its_name_without_what_is_no_asset() {
        let (folder, named) = with_named();
        let own = Artifact::read(&folder.path().join("waf")).unwrap();
        let artifact = Artifact::read_with(&folder.path().join("waf"), &named).unwrap();
        let names = [
            "00-setup.conf",
            "05-crs/crs-setup.conf.example",
            "05-crs/rules/REQUEST-901.conf",
            "05-crs/rules/sql-errors.data",
        ];
        assert_eq!(artifact.assets.keys().collect::<Vec<_>>(), names);
        assert_eq!(artifact.assets["05-crs/rules/sql-errors.data"], b"ORA-");
        assert_ne!(artifact.digest(), own.digest());
    }

    #[test]
    fn a_named_folder_that_is_not_there_or_brings_a_name_twice_is_refused() {
        let (folder, mut named) = with_named();
        let waf = folder.path().join("waf");
        std::fs::create_dir_all(waf.join("assets/05-crs")).unwrap();
        std::fs::write(waf.join("assets/05-crs/crs-setup.conf.example"), b"mine").unwrap();
        let twice = Artifact::read_with(&waf, &named);
        assert!(matches!(twice, Err(ArtifactError::Twice(name)) if name == "05-crs/crs-setup.conf.example"));
        named.insert("05-crs".into(), folder.path().join("nowhere"));
        assert!(matches!(Artifact::read_with(&waf, &named), Err(ArtifactError::Unreadable { .. })));
    }

    #[test]
    fn a_named_folder_has_the_bounds_of_assets() {
        let (folder, named) = with_named();
        let rules = folder.path().join("crs/rules");
        for number in 0..ASSETS_MAX {
            std::fs::write(rules.join(format!("{number}.conf")), b"").unwrap();
        }
        assert!(matches!(
            Artifact::read_with(&folder.path().join("waf"), &named),
            Err(ArtifactError::TooMany)
        ));
    }

    #[test]
    fn settings_that_are_no_object_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("filter.wasm"), b"wasm").unwrap();
        std::fs::write(folder.path().join("settings.json"), b"[1]").unwrap();
        assert!(matches!(Artifact::read(folder.path()), Err(ArtifactError::Settings(_))));
    }
}
