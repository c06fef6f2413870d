/** Builds the sealing alone: `vite build --config dev/seal/vite.config.ts --outDir FOLDER`. */
import { mergeConfig } from "vite";
import base from "../../vite.config.ts";

export default mergeConfig(base, { root: new URL(".", import.meta.url).pathname, base: "./" });
