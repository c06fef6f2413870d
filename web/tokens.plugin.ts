/** Serves the design tokens as the stylesheet `virtual:tokens.css`, so that they stand in TypeScript once. */
import type { Plugin } from "vite";
import { tokensCss } from "./src/ui/tokens.ts";

const NAME = "virtual:tokens.css";
// The resolved id must end in .css for Vite to treat it as a stylesheet; the NUL keeps other plugins away.
const RESOLVED = "\0tokens.css";

export function tokens(): Plugin {
  return {
    name: "yuanzhen-tokens",
    resolveId: (id) => (id === NAME ? RESOLVED : undefined),
    load: (id) => (id === RESOLVED ? tokensCss() : undefined),
  };
}
