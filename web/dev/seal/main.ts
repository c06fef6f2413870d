/** The sealing of faces and voices alone in a page, for tests and figures (tests/make/seal.py). Not in any build. */
import moduleUrl from "../../src/generated/sm4gcm.wasm?url";
import { engine, SCRIPT } from "../../src/parts/media/seal/sm4.ts";
import { Call } from "./call.ts";
import { delays, perFrame } from "./figures.ts";

const compiled = engine(await (await fetch(moduleUrl)).arrayBuffer());

/** What stands in `window.seal`. */
const seal = { engines: { wasm: compiled, script: SCRIPT }, Call, delays, perFrame };

declare global {
  interface Window { seal: typeof seal }
}
window.seal = seal;
