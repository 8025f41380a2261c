//! The policies: Markdown files, one a policy and language, cut into their sections.

use std::collections::BTreeMap;
use std::path::Path;

use super::Both;
use super::load::{LoadError, read};

/// One section of a policy, in both languages.
#[derive(Clone, Debug)]
pub(crate) struct PolicySection {
    /// `policy#section`, from the English heading.
    pub(crate) id: String,
    /// The policy's file name without its ending: the page's name.
    pub(crate) policy: String,
    pub(crate) title: Both,
    pub(crate) heading: Both,
    pub(crate) text: Both,
}

impl PolicySection {
    /// Where the section can be read.
    pub(crate) fn url(&self) -> String {
        format!("/policies/{}", self.id)
    }
}

/// Reads `policies/{en,ja}`. The two languages have the same sections in the same order.
pub(crate) fn load(dir: &Path) -> Result<Vec<PolicySection>, LoadError> {
    let english = read_language(&dir.join("en"))?;
    let mut japanese = read_language(&dir.join("ja"))?;
    let mut sections = Vec::new();
    for (name, en) in english {
        let path = dir.join("ja").join(format!("{name}.md"));
        let ja = japanese
            .remove(&name)
            .ok_or_else(|| LoadError::new(&path, 0, "the Japanese policy is missing"))?;
        if en.sections.len() != ja.sections.len() {
            let reason = format!(
                "it has {} sections and the English one has {}",
                ja.sections.len(),
                en.sections.len()
            );
            return Err(LoadError::new(&path, 0, reason));
        }
        for (en_section, ja_section) in en.sections.into_iter().zip(ja.sections) {
            sections.push(PolicySection {
                id: format!("{name}#{}", slug(&en_section.heading)),
                policy: name.clone(),
                title: Both { en: en.title.clone(), ja: ja.title.clone() },
                heading: Both { en: en_section.heading, ja: ja_section.heading },
                text: Both { en: en_section.text, ja: ja_section.text },
            });
        }
    }
    Ok(sections)
}

struct Document {
    title: String,
    sections: Vec<Section>,
}

struct Section {
    heading: String,
    text: String,
}

fn read_language(dir: &Path) -> Result<BTreeMap<String, Document>, LoadError> {
    let mut found = BTreeMap::new();
    let entries = std::fs::read_dir(dir).map_err(|error| LoadError::new(dir, 0, error))?;
    for entry in entries {
        let path = entry.map_err(|error| LoadError::new(dir, 0, error))?.path();
        if path.extension().is_some_and(|ending| ending == "md")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            found.insert(name.to_owned(), parse(&path, &read(&path)?)?);
        }
    }
    Ok(found)
}

fn parse(path: &Path, text: &str) -> Result<Document, LoadError> {
    let mut document = Document { title: String::new(), sections: Vec::new() };
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(heading) = line.strip_prefix("## ") {
            document.sections.push(Section { heading: heading.trim().to_owned(), text: String::new() });
        } else if let Some(title) = line.strip_prefix("# ") {
            document.title = title.trim().to_owned();
        } else if let Some(section) = document.sections.last_mut() {
            if !(section.text.is_empty() && line.is_empty()) {
                section.text.push_str(line);
                section.text.push('\n');
            }
        } else if !line.trim().is_empty() {
            return Err(LoadError::new(path, number, "text before the first section (`## `)"));
        }
    }
    if document.title.is_empty() {
        return Err(LoadError::new(path, 1, "the title (`# `) is missing"));
    }
    for section in &mut document.sections {
        section.text.truncate(section.text.trim_end().len());
    }
    Ok(document)
}

/// A heading as the fragment of its address.
fn slug(heading: &str) -> String {
    let mut out = String::new();
    for c in heading.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_cut_into_its_sections() {
        let document = parse(
            Path::new("p.md"),
            "# Returns\n\n## Window\n\nIn 30 days.\n\nNot later.\n\n## Other, too\n",
        )
        .unwrap();
        assert_eq!(document.title, "Returns");
        assert_eq!(document.sections[0].text, "In 30 days.\n\nNot later.");
        assert_eq!(slug(&document.sections[1].heading), "other-too");
    }

    #[test]
    fn text_without_a_place_is_an_error_that_names_the_line() {
        let error = parse(Path::new("p.md"), "# Returns\n\nloose\n").err().unwrap();
        assert!(error.to_string().starts_with("p.md:3:"), "{error}");
    }
}
