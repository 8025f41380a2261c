/** The mark: a manga page of three panels in a speech bubble. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <path className="mark-bubble" d="M9 2h22a7 7 0 0 1 7 7v16a7 7 0 0 1-7 7H19l-8.5 7V32H9a7 7 0 0 1-7-7V9a7 7 0 0 1 7-7z" />
      <path className="mark-panel" d="M9 8h12.5l-2.7 8H9zM24 8h7v8h-9.7zM9 18.5h22V26H9z" />
      <circle className="mark-sun" cx="26" cy="22.2" r="3.8" />
    </svg>
  );
}
