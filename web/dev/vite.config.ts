/** Pages without the server: the same application over invented answers, for looking at it. Not in any build. */
import { mergeConfig } from "vite";
import base from "../vite.config.ts";
import { mock } from "./mock.ts";

// The mock answers in place of the server, so nothing is passed on.
export default mergeConfig({ ...base, server: {} }, { root: new URL("..", import.meta.url).pathname, plugins: [mock()] });
