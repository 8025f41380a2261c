//! Lines, items and what stands above them. A heading, or a line that ends with a colon, is said with the first thing that
//! is said under it, and not said when all of that is withheld. What is withheld leaves no gap and closes none: paragraphs
//! stay apart. The numbers of a list are left as they were written.

use super::Checked;

/// Where a sentence stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Line ends since the sentence before.
    pub(super) breaks: usize,
    /// It begins an item, indented so far.
    pub(super) item: Option<usize>,
    /// Blanks before its text.
    pub(super) indent: usize,
    /// Bytes before its text: blanks and the marker of an item.
    pub(super) marker: usize,
    /// It leads to what follows.
    pub(super) lead: bool,
}

impl Line {
    /// Whether another paragraph begins, outside of any item.
    pub(super) const fn is_paragraph(&self) -> bool {
        self.breaks >= 2 && self.item.is_none() && self.indent < 2
    }
}

/// Keeps track of lines, and of leads that wait.
#[derive(Default)]
pub(super) struct Layout {
    /// Line ends at the end of the sentence before.
    trailing: usize,
    begun: bool,
    said_before: bool,
    /// Line ends at the end of what was said last.
    said_trailing: usize,
    /// Most line ends at once since what was said last.
    gap_max: usize,
    /// Each with the most line ends at once before it.
    leads: Vec<(Checked, usize)>,
    /// Something under the leads was withheld.
    missed: bool,
}

impl Layout {
    /// Where the next sentence stands.
    pub(super) fn place(&mut self, sentence: &str) -> Line {
        let leading = leading_breaks(sentence);
        let breaks = self.trailing + leading;
        let starts_line = breaks > 0 || !self.begun;
        self.begun = true;
        self.trailing = trailing_breaks(sentence);
        self.gap_max = self.gap_max.max(breaks);
        let start = sentence.len() - sentence.trim_start().len();
        let line_start = sentence[..start].rfind('\n').map_or(0, |at| at + 1);
        let indent = start - line_start;
        let marker_len = if starts_line { marker(&sentence[start..]) } else { 0 };
        let text = sentence.trim();
        Line {
            breaks,
            item: (marker_len > 0).then_some(indent),
            indent: if starts_line { indent } else { 0 },
            marker: start + marker_len,
            lead: text.ends_with([':', '：']) || text.starts_with('#') || is_all_bold(text),
        }
    }

    /// Puts a checked piece in its place.
    pub(super) fn arrange(&mut self, line: &Line, checked: Checked, out: &mut Vec<Checked>) {
        match &checked {
            Checked::Withheld(_) | Checked::End(_) => {
                self.missed |= !self.leads.is_empty();
                out.push(checked);
            }
            Checked::Said(_) | Checked::Corrected { .. } if line.lead => {
                if self.missed {
                    self.drop_leads();
                    self.missed = false;
                }
                self.leads.push((checked, std::mem::take(&mut self.gap_max)));
            }
            Checked::Said(_) | Checked::Corrected { .. } => {
                if self.missed && line.is_paragraph() {
                    self.drop_leads();
                }
                self.missed = false;
                self.say_leads(out);
                self.say(checked, out);
            }
        }
    }

    /// Leads with nothing under them, at the end: said, unless what they led to was withheld.
    pub(super) fn finish(&mut self, out: &mut Vec<Checked>) {
        if std::mem::take(&mut self.missed) {
            self.drop_leads();
        }
        self.say_leads(out);
    }

    fn say_leads(&mut self, out: &mut Vec<Checked>) {
        let gap_after = self.gap_max;
        for (lead, gap) in std::mem::take(&mut self.leads) {
            self.gap_max = gap;
            self.say(lead, out);
        }
        self.gap_max = gap_after;
    }

    /// What is withheld leaves its line ends to what comes next.
    fn drop_leads(&mut self) {
        for (_, gap) in std::mem::take(&mut self.leads) {
            self.gap_max = self.gap_max.max(gap);
        }
    }

    fn say(&mut self, checked: Checked, out: &mut Vec<Checked>) {
        let (Checked::Said(text) | Checked::Corrected { text, .. }) = &checked else { return };
        let leading = leading_breaks(text);
        let mended = if self.said_before {
            let missing = self.gap_max.min(2).saturating_sub(self.said_trailing + leading);
            (missing > 0).then(|| format!("{}{text}", "\n".repeat(missing)))
        } else {
            (leading > 0).then(|| text.trim_start_matches('\n').to_owned())
        };
        self.said_before = true;
        self.said_trailing = trailing_breaks(text);
        self.gap_max = 0;
        out.push(match (checked, mended) {
            (Checked::Said(_), Some(text)) => Checked::Said(text),
            (Checked::Corrected { fault, .. }, Some(text)) => Checked::Corrected { text, fault },
            (checked, _) => checked,
        });
    }
}

fn leading_breaks(text: &str) -> usize {
    text.chars().take_while(|c| c.is_whitespace()).filter(|c| *c == '\n').count()
}

fn trailing_breaks(text: &str) -> usize {
    if text.trim().is_empty() {
        return 0;
    }
    text.chars().rev().take_while(|c| c.is_whitespace()).filter(|c| *c == '\n').count()
}

/// The length of the marker that an item begins with, its blank included.
fn marker(text: &str) -> usize {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &text[digits..];
    if (1..=3).contains(&digits) && (rest.starts_with(". ") || rest.starts_with(") ")) {
        return digits + 2;
    }
    for bullet in ["- ", "* ", "+ ", "• ", "・"] {
        if text.starts_with(bullet) {
            return bullet.len();
        }
    }
    0
}

fn is_all_bold(text: &str) -> bool {
    let inner = text.strip_prefix("**").and_then(|rest| rest.strip_suffix("**"));
    inner.is_some_and(|inner| !inner.contains("**") && !inner.ends_with(['。', '.', '!', '?', '！', '？']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Ungrounded;

    fn arranged(pieces: &[(&str, bool)]) -> String {
        let (mut layout, mut out) = (Layout::default(), Vec::new());
        for (text, said) in pieces {
            let line = layout.place(text);
            let checked =
                if *said { Checked::Said((*text).into()) } else { Checked::Withheld(Ungrounded::Title) };
            layout.arrange(&line, checked, &mut out);
        }
        layout.finish(&mut out);
        let said = out.into_iter().filter_map(|piece| match piece {
            Checked::Said(text) => Some(text),
            _ => None,
        });
        said.collect()
    }

    #[test]
    fn a_heading_with_nothing_under_it_is_not_said() {
        assert_eq!(
            arranged(&[("Hello.", true), ("\n\nMore:\n", true), ("- A\n", false), ("\nBye.", true)]),
            "Hello.\n\nBye."
        );
        assert_eq!(arranged(&[("# More\n", true), ("- A\n", false)]), "");
        assert_eq!(arranged(&[("More:\n", true), ("- A\n", false), ("- B", true)]), "More:\n- B");
        assert_eq!(arranged(&[("More:", true)]), "More:");
    }

    #[test]
    fn paragraphs_stay_apart_when_what_was_between_is_withheld() {
        assert_eq!(arranged(&[("A. ", true), ("B.", false), ("\n\nC.", true)]), "A. \n\nC.");
        assert_eq!(arranged(&[("A.", true), ("\n\nB. ", false), ("C.", true)]), "A.\n\nC.");
        assert_eq!(arranged(&[("A.", false), ("\n\nB.", true)]), "\n\nB.".trim_start());
    }

    #[test]
    fn a_lead_stays_on_the_line_where_it_was_written() {
        assert_eq!(
            arranged(&[("Nothing fits. ", true), ("The closest:\n\n", true), ("- A\n", true)]),
            "Nothing fits. The closest:\n\n- A\n"
        );
    }

    #[test]
    fn items_are_known_by_their_markers() {
        for (text, item, marker) in [
            ("- one", Some(0), 2),
            ("\n  - one", Some(2), 5),
            ("\n2. two", Some(0), 4),
            ("・三", Some(0), 3),
            ("one", None, 0),
        ] {
            let line = Layout::default().place(text);
            assert_eq!((line.item, line.marker), (item, marker), "{text}");
        }
    }
}
