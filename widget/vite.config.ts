import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// In development the page comes from Vite and the API from an edge that runs beside it.
const edge = process.env["MANGAASSIST_EDGE"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // The edge's Content-Security-Policy has no data: for fonts and styles, so nothing is inlined.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      "/v1": { target: edge, ws: true },
      "/demo": { target: edge },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/test/setup.ts"],
    restoreMocks: true,
  },
});
