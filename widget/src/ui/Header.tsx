import { useI18n, type Language } from "../i18n";
import type { Chat } from "../state/chat";
import type { Snapshot } from "../state/store";
import { Account } from "./Account";
import { Icon } from "./Icon";
import { Mark } from "./art/Mark";
import { useTheme } from "./useTheme";

interface Props {
  readonly chat: Chat;
  readonly state: Snapshot;
  readonly onLanguage: (language: Language) => void;
}

export function Header({ chat, state, onLanguage }: Props) {
  const { t, language } = useI18n();
  const { theme, toggle } = useTheme();
  const other: Language = language === "en" ? "ja" : "en";
  const themeLabel = theme === "dark" ? t.toLight : t.toDark;
  return (
    <header className="header">
      <Mark />
      <div className="header-name">
        <h1>{t.name}</h1>
        <p>{t.tagline}</p>
      </div>
      <Account chat={chat} state={state} />
      <button type="button" className="tool tool-language" lang={other} title={t.otherLanguageHint} onClick={() => { onLanguage(other); }}>
        {other === "ja" ? "日本語" : "EN"}
        <span className="visually-hidden" lang={language}> – {t.otherLanguageHint}</span>
      </button>
      <button type="button" className="tool" title={themeLabel} aria-label={themeLabel} onClick={toggle}>
        <Icon name={theme === "dark" ? "sun" : "moon"} />
      </button>
    </header>
  );
}
