// Something said between the turns, by the page rather than by the assistant.

import { problemText, useI18n } from "../i18n";
import { languageOf } from "../language";
import type { Note } from "../state/conversation";
import type { Strings } from "../strings/en";

export function NoteView({ note }: { note: Note }) {
  const { t } = useI18n();
  const text = noteText(note, t);
  return (
    <p className={`note note-${note.about.what}`} lang={languageOf(text)}>
      {text}
    </p>
  );
}

export function noteText({ about }: Note, t: Strings): string {
  switch (about.what) {
    case "handoff": {
      const { message, position } = about.reply;
      return [message, position > 0 ? t.personPosition(position) : ""].filter(Boolean).join(" ");
    }
    case "handoff_failed":
      return about.code === "internal" || about.code === "not_found" ? t.personFailed : problemText(about.code, about.message, t);
    case "signed_in":
      return t.signedInNote(about.name);
    case "session_ended":
      return t.sessionEnded;
    case "error":
      return problemText(about.code, about.message, t);
  }
}
