import { Component, type ReactNode } from "react";
import { firstLanguage, stringsOf } from "../i18n";

/** What is left to say when a component throws: the conversation is on the server, so loading again brings it back. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    const t = stringsOf(firstLanguage());
    return (
      <div className="crashed" role="alert">
        <p>{t.crashed}</p>
        <button type="button" className="button" onClick={() => { location.reload(); }}>{t.reload}</button>
      </div>
    );
  }
}
