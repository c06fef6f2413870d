import "virtual:tokens.css";
import "../ui/base.css";
import "../ui/parts.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { startLang, startTexts } from "../lib/i18n";
import { asProblem } from "../lib/problem";
import { Theme } from "../ui/theme";
import { App } from "./App";

/** What the server refused stays refused; what it could not answer is worth another try. */
const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (count, error) => count < 2 && (asProblem(error).status === 0 || asProblem(error).status >= 500),
      refetchOnWindowFocus: true,
      // A page asks again by itself when the browser comes back online; it does not wait for the browser's opinion
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

await startTexts(startLang());
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <Theme>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </Theme>
    </QueryClientProvider>
  </StrictMode>,
);
