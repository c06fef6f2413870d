import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dark, light } from "./tokens";

const FILES = globSync("src/**/*.css").map((file) => ({ file, text: readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "") }));

/** The first class of each selector: what a rule is about. */
function subjects(text: string): Set<string> {
  const selectors = [...text.matchAll(/([^{}@;]+)\{/g)].flatMap(([, list]) => (list ?? "").split(","));
  return new Set(selectors.map((one) => /^\s*\.([\w-]+)/.exec(one)?.[1] ?? "").filter(Boolean));
}

test("no class is styled from two files", () => {
  const home = new Map<string, string>();
  const twice: string[] = [];
  for (const { file: path, text } of FILES) {
    // The primitives may take several files
    const file = path.startsWith("src/ui/") ? "src/ui" : path;
    for (const name of subjects(text)) {
      const before = home.get(name);
      if (before && before !== file) twice.push(`${name}: ${before} and ${file}`);
      home.set(name, file);
    }
  }
  expect(twice).toEqual([]);
});

/** Which feature a file is of; what `ui`, `parts` and `portals` style is for all. */
const featureOf = (path: string): string | undefined => /^src\/features\/([^/]+)/.exec(path)?.[1];

test("what a feature styles is worn in that feature alone", () => {
  const homes = new Map<string, string>();
  for (const { file, text } of FILES) {
    const feature = featureOf(file);
    if (feature) for (const name of subjects(text)) homes.set(name, feature);
  }
  const worn = globSync("src/**/*.tsx").filter((file) => !file.includes(".test.")).flatMap((file) => {
    const attributes = [...readFileSync(file, "utf8").matchAll(/className=(?:"([^"]*)"|\{([^}]*)\})/g)];
    const words = attributes.flatMap(([, plain, chosen]) => (plain ?? [...(chosen ?? "").matchAll(/["`]([^"`]*)["`]/g)].map(([, one]) => one).join(" ")).split(/\s+/));
    return [...new Set(words)].flatMap((name) => {
      const home = homes.get(name);
      return home && home !== featureOf(file) ? [`${name}: ${home}'s, worn in ${file}`] : [];
    });
  });
  expect(worn).toEqual([]);
});

test("every custom property that a rule uses is a token", () => {
  const css = readFileSync("src/ui/tokens.ts", "utf8");
  const used = new Set(FILES.flatMap(({ text }) => [...text.matchAll(/var\(--([\w-]+)\)/g)].map(([, name]) => name ?? "")));
  const unknown = [...used].filter((name) => !new RegExp(`["\\s{]${name}["']?:`).test(css));
  expect(unknown).toEqual([]);
});

test("a colour is written down among the tokens alone", () => {
  const literal = FILES.flatMap(({ file, text }) => [...text.matchAll(/#[0-9a-f]{3,8}\b|rgba?\([^v)]*\)/gi)].map(([found]) => `${file}: ${found}`));
  expect(literal).toEqual([]);
});

test("both themes name the same tokens", () => {
  expect(Object.keys(dark).sort()).toEqual(Object.keys(light).sort());
});

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

/** WCAG 2.2, 1.4.3 */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

const STATES = ["high", "medium", "low", "tech", "stale", "ok", "suggest", "brand"] as const;

test.each([["light", light], ["dark", dark]] as const)("text reaches 4.5:1 on its ground: %s", (_, scheme) => {
  const colours: Record<string, string> = scheme;
  const pairs = [
    ...["text", "text-2", "text-3"].flatMap((text) => ["bg", "surface", "surface-2"].map((ground) => [text, ground])),
    ...STATES.flatMap((state) => [[`${state}-on`, state], [`${state}-text`, `${state}-soft`], [`${state}-text`, "surface"]]),
    ["brand-on", "brand-hover"],
  ];
  const weak = pairs.filter(([a = "", b = ""]) => contrast(colours[a] ?? "", colours[b] ?? "") < 4.5);
  expect(weak).toEqual([]);
});
