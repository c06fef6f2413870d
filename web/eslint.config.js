/** The rooms of the house: what a file may import follows from the folder it stands in. */
import boundaries from "eslint-plugin-boundaries";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const ROOMS = ["ui", "lib", "generated", "parts", "features", "portals", "app"];
const BELOW = {
  ui: ["ui", "lib"],
  lib: ["lib", "generated"],
  generated: ["generated"],
  parts: ["ui", "lib", "generated"],
  features: ["ui", "lib", "generated", "parts"],
  portals: ["ui", "lib", "generated", "parts", "features", "portals"],
  app: ROOMS,
};

/** The start of an address that the server's OpenAPI describes. */
const OURS = "Literal[value=/^\\u002F(api|auth)\\u002F/]";
const OURS_TEMPLATE = "TemplateElement:first-child[value.raw=/^\\u002F(api|auth)\\u002F/]";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/generated", "dev/pictures"] },
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { boundaries, "react-hooks": hooks },
    settings: {
      "boundaries/elements": [
        ...ROOMS.filter((room) => room !== "features" && room !== "parts").map((type) => ({ type, pattern: `src/${type}` })),
        { type: "parts", pattern: "src/parts/*", capture: ["word"] },
        { type: "features", pattern: "src/features/*", capture: ["word"] },
      ],
      "import/resolver": { typescript: { alwaysTryTypes: true } },
    },
    rules: {
      ...hooks.configs.recommended.rules,
      // Inside one element everything may be imported; a feature is an element, so never another feature
      "boundaries/dependencies": [
        "error",
        {
          default: "disallow",
          policies: Object.entries(BELOW).map(([from, to]) => ({
            from: { element: { type: from } },
            allow: { to: { element: { type: to } } },
          })),
        },
      ],
      "boundaries/no-unknown-files": "error",
      "max-lines": ["error", 450],
      "max-lines-per-function": ["error", { max: 90, skipBlankLines: true, skipComments: true }],
      "no-restricted-syntax": [
        "error",
        { selector: "JSXText[value=/[A-Za-z\\u4e00-\\u9fff]/]", message: "No text in code: take it from src/lib/i18n." },
        { selector: `CallExpression[callee.object.name='http'] > ${OURS}`, message: "Typed by the server: call it through src/lib/api." },
        { selector: `CallExpression[callee.object.name='http'] > TemplateLiteral > ${OURS_TEMPLATE}`, message: "Typed by the server: call it through src/lib/api." },
      ],
      "no-console": "error",
    },
  },
  { files: ["src/**/*.test.{ts,tsx}"], rules: { "max-lines-per-function": "off", "no-restricted-syntax": "off" } },
);
