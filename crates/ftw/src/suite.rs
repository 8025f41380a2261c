//! Test files, found and read.

use std::path::{Path, PathBuf};

use crate::schema::{File, Stage, Test, WrittenStage, WrittenTest};

/// The largest test file that is read. The longest of the Core Rule Set's own has 300 KiB.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How deep folders are followed.
const DEPTH_MAX: usize = 16;

/// Tests, in the order of their files' names.
#[derive(Debug, Clone, Default)]
pub struct Suite {
    /// All of them, those included that are switched off.
    pub tests: Vec<Test>,
    /// How many files they stand in, files without tests included.
    pub files: usize,
}

/// Why tests cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file or folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what the format says.
    #[error("{path} is no go-ftw test file: {message}")]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Where in it, and what was expected.
        message: String,
    },
    /// There is no test file.
    #[error("no YAML file in {0} or below it")]
    Empty(PathBuf),
}

impl Suite {
    /// Reads every `.yaml` and `.yml` file in a folder, at any depth, or one file.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is malformed, naming it, and when there is none.
    pub fn load(path: &Path) -> Result<Suite, LoadError> {
        let mut paths = Vec::new();
        if path.is_dir() {
            find(path, 0, &mut paths)?;
        } else {
            paths.push(path.to_owned());
        }
        paths.sort();
        if paths.is_empty() {
            return Err(LoadError::Empty(path.to_owned()));
        }
        let mut suite = Suite { tests: Vec::new(), files: paths.len() };
        for file in &paths {
            // Nothing is left of a file that was named itself.
            let below = file.strip_prefix(path).ok().filter(|below| !below.as_os_str().is_empty());
            let shown = below.unwrap_or(file).display().to_string();
            suite.tests.extend(read(file, &shown)?);
        }
        Ok(suite)
    }
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> LoadError {
    move |source| LoadError::Unreadable { path: path.to_owned(), source }
}

fn malformed(path: &Path, message: &str) -> LoadError {
    LoadError::Malformed { path: path.to_owned(), message: message.to_owned() }
}

fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    if depth > DEPTH_MAX {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.is_dir() {
            find(&path, depth + 1, found)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            found.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path, shown: &str) -> Result<Vec<Test>, LoadError> {
    let length = std::fs::metadata(path).map_err(unreadable(path))?.len();
    if length > FILE_BYTES_MAX {
        return Err(malformed(path, &format!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(unreadable(path))?;
    parse(&text, shown).map_err(|message| malformed(path, &message))
}

/// The tests of one file. A file of comments alone has none.
pub(crate) fn parse(text: &str, shown: &str) -> Result<Vec<Test>, String> {
    let blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#') || line == "---";
    if text.lines().all(blank) {
        return Ok(Vec::new());
    }
    let file: File = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    let rule = file.rule_id.filter(|id| *id > 0).or_else(|| first_number(shown));
    let enabled = file.meta.as_ref().and_then(|meta| meta.enabled).unwrap_or(true);
    let tests = (1..).zip(file.tests);
    tests.map(|(number, test)| named(test, rule, number, shown, enabled)).collect()
}

fn named(
    test: WrittenTest,
    rule: Option<u64>,
    number: u64,
    shown: &str,
    enabled: bool,
) -> Result<Test, String> {
    let id = match (rule, &test.test_title) {
        (_, Some(title)) if test.test_id.is_none() => title.clone(),
        (Some(rule), _) => format!("{rule}-{}", test.test_id.unwrap_or(number)),
        (None, _) => {
            return Err("neither `rule_id` nor the file's name says which rule it is about".to_owned());
        }
    };
    let stages: Option<Vec<Stage>> = test.stages.into_iter().map(unwrapped).collect();
    let stages = stages.ok_or_else(|| format!("test {id}: a stage has `input` and `output`"))?;
    if let Some(problem) = stages.iter().find_map(crate::judge::problem) {
        return Err(format!("test {id}: {problem}"));
    }
    Ok(Test { id, file: shown.to_owned(), enabled: enabled && test.enabled.unwrap_or(true), stages })
}

fn unwrapped(written: WrittenStage) -> Option<Stage> {
    match written {
        WrittenStage { stage: Some(stage), .. } => Some(stage),
        WrittenStage { input: Some(input), output: Some(output), .. } => Some(Stage { input, output }),
        WrittenStage { .. } => None,
    }
}

/// The number that a file's name begins with: `920100.yaml`.
fn first_number(shown: &str) -> Option<u64> {
    let name = Path::new(shown).file_name()?.to_str()?;
    let digits: String =
        name.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
---
meta: {author: "a"}
rule_id: 920100
tests:
  - test_id: 4
    stages:
      - input: {method: GET, headers: {X: 1, Host: localhost}, version: ""}
        output: {status: 400, log: {expect_ids: [920100], no_match_regex: "x+"}}
  - stages:
      - stage:
          input: {stop_magic: true, headers: [{name: B, value: 2}, {name: A, value: ""}]}
          output: {status: [403, 400], log_contains: 'id "920100"'}
"#;

    #[test]
    fn both_spellings_of_a_test_are_read() {
        let tests = parse(TWO, "920100.yaml").expect("tests");
        assert_eq!(tests.iter().map(|test| test.id.as_str()).collect::<Vec<_>>(), ["920100-4", "920100-2"]);
        let first = &tests[0].stages[0];
        assert_eq!(first.input.headers[0], Header { name: "Host".into(), value: "localhost".into() });
        assert_eq!(first.input.headers[1].value, "1");
        assert_eq!((first.input.version.as_deref(), first.output.status.as_slice()), (Some(""), &[400][..]));
        let second = &tests[1].stages[0];
        assert_eq!(second.input.headers[0].name, "B");
        assert_eq!(second.output.status, [403, 400]);
        assert_eq!(second.output.log_contains.as_deref(), Some("id \"920100\""));
    }

    use crate::schema::Header;

    #[test]
    fn a_file_without_tests_is_no_mistake_and_a_broken_one_is_named() {
        assert_eq!(parse("# nothing\n---\n", "a.yaml").expect("no tests").len(), 0);
        let folder = tempfile::tempdir().expect("a folder");
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).expect("folders");
        assert!(matches!(Suite::load(folder.path()), Err(LoadError::Empty(_))));
        std::fs::write(deep.join("1.yaml"), TWO).expect("a file");
        assert_eq!(Suite::load(folder.path()).expect("tests").tests[0].file, "a/b/1.yaml");
        let alone = Suite::load(&deep.join("1.yaml")).expect("tests").tests;
        assert!(alone.len() == 2 && alone[0].file.ends_with("/a/b/1.yaml"), "{}", alone[0].file);
        std::fs::write(deep.join("2.yml"), "tests: [\n").expect("a file");
        let error = Suite::load(folder.path()).expect_err("a broken file").to_string();
        assert!(error.contains("2.yml"), "{error}");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let both = "rule_id: 1\ntests: [{stages: [{input: {data: a, encoded_request: YQ==}, output: {}}]}]";
        assert!(parse(both, "1.yaml").expect_err("both").contains("encoded_request"));
        let regex = "rule_id: 1\ntests: [{stages: [{input: {}, output: {log: {match_regex: '('}}}]}]";
        assert!(parse(regex, "1.yaml").expect_err("regex").contains("match_regex"));
    }
}
