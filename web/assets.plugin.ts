import { cpSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const FROM = fileURLToPath(new URL("node_modules/@excalidraw/excalidraw/dist/prod/fonts", import.meta.url));

/** The whiteboard's fonts, served by us: without them it would ask a server on the internet. */
export function fonts(): Plugin {
  let to = "";
  return {
    name: "whiteboard-fonts",
    apply: "build",
    configResolved: ({ root, build }) => void (to = resolve(root, build.outDir, "whiteboard/fonts")),
    writeBundle: () => cpSync(FROM, to, { recursive: true }),
  };
}
