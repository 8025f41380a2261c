import { useI18n } from "../i18n";
import { languageOf } from "../language";
import { Mark } from "./art/Mark";

/** The start of a conversation: a greeting, and questions to begin with. */
export function Welcome({ onAsk }: { onAsk: (text: string) => void }) {
  const { t } = useI18n();
  return (
    <section className="welcome">
      <Mark />
      <h2>{t.greeting}</h2>
      <p>{t.greetingMore}</p>
      <ul className="prompts">
        {t.prompts.map(({ label, text }) => (
          <li key={text}>
            <button type="button" className="prompt" onClick={() => { onAsk(text); }}>
              <span className="prompt-label" lang={languageOf(label)}>{label}</span>
              <span lang={languageOf(text)}>{text}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
