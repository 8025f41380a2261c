// Signing in as one of the demo's customers. Where there is no demo, there is nothing to see.

import { useEffect, useId, useRef, useState } from "react";
import { useI18n } from "../i18n";
import type { Chat } from "../state/chat";
import type { Snapshot } from "../state/store";
import { Icon } from "./Icon";

export function Account({ chat, state }: { chat: Chat; state: Snapshot }) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const title = useId();
  const signedIn = state.session !== null && state.session.tier !== "guest";

  useEffect(() => {
    if (!open) return undefined;
    const leave = (event: Event) => {
      if (event.target instanceof Node && root.current?.contains(event.target) !== true) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);

  if (state.customers.length === 0 && !signedIn) return null;
  const choose = (action: Promise<void>) => {
    setOpen(false);
    button.current?.focus();
    void action;
  };
  const name = state.customer?.name;
  return (
    <div className="account" ref={root}>
      <button
        ref={button}
        type="button"
        className="tool tool-wide"
        aria-expanded={open}
        title={name === undefined ? undefined : t.signedInAs(name)}
        onClick={() => { setOpen(!open); }}
      >
        <Icon name="person" />
        <span>{signedIn ? (name?.split(" ")[0] ?? t.signedIn) : t.signIn}</span>
      </button>
      {open && (
        <section className="menu" aria-labelledby={title}>
          <h2 id={title}>{signedIn && name !== undefined ? t.signedInAs(name) : t.signInTitle}</h2>
          {signedIn ? (
            <button type="button" className="menu-item" onClick={() => { choose(chat.signOut()); }}>{t.signOut}</button>
          ) : (
            <>
              <p>{t.signInMore}</p>
              <ul>
                {state.customers.map((customer) => (
                  <li key={customer.id}>
                    <button type="button" className="menu-item" onClick={() => { choose(chat.signIn(customer)); }}>
                      {customer.name}
                    </button>
                  </li>
                ))}
              </ul>
            </>
          )}
        </section>
      )}
    </div>
  );
}
