import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { fonts } from "./assets.plugin.ts";
import { tokens } from "./tokens.plugin.ts";

// While pages are written, the real server on its usual port answers everything that is not a page.
const SERVER = process.env.YUANZHEN_SERVER ?? "http://127.0.0.1:8080";
const paths = ["/api", "/auth", "/fhir", "/dicom-web", "/schema"];

export default defineConfig({
  plugins: [tokens(), react(), fonts()],
  server: {
    proxy: {
      ...Object.fromEntries(paths.map((path) => [path, { target: SERVER }])),
      "/live": { target: SERVER.replace("http", "ws"), ws: true },
    },
  },
  build: {
    target: "es2022",
    // Nothing is inlined as a data: address: the Content-Security-Policy then names 'self' and blob: alone.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
  },
});
