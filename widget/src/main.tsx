import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/assistant.css";
import "./styles/conversation.css";
import "./styles/cards.css";
import "./styles/composer.css";
import "./styles/shop.css";
import { Chat } from "./state/chat";
import { App } from "./ui/App";
import { ErrorBoundary } from "./ui/ErrorBoundary";
import { applyChosenTheme } from "./ui/useTheme";

applyChosenTheme();
const chat = new Chat();
void chat.start();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <App chat={chat} />
    </ErrorBoundary>
  </StrictMode>,
);
