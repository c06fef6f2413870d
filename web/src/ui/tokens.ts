/** The design language as values: the only place where a colour or a size is written down. */

type Scheme = Readonly<Record<string, string>>;

/** A state X has: X fill or shape, X-on text on that fill, X-text text on a surface, X-soft tint, X-line border. */
export const light = {
  bg: "#F2F4F3", surface: "#FFFFFF", "surface-2": "#F7F8F8", "surface-3": "#E8ECEB",
  line: "#DEE3E2", "line-strong": "#C2CACB", "control-line": "#7F8A94",
  text: "#16202C", "text-2": "#45505D", "text-3": "#5B6773",
  brand: "#2A4B9B", "brand-hover": "#22408A", "brand-on": "#FFFFFF", "brand-text": "#2A4B9B",
  "brand-soft": "#E8EDF8", "brand-line": "#B4C3E6",
  high: "#B4232D", "high-on": "#FFFFFF", "high-text": "#A61C27", "high-soft": "#FCEBEA", "high-line": "#E3A09F",
  medium: "#F2B82E", "medium-on": "#2A1D00", "medium-text": "#755000", "medium-soft": "#FFF3D1",
  "medium-line": "#D9B04A", "medium-shape": "#A87200",
  low: "#63C7DF", "low-on": "#05252E", "low-text": "#0A6680", "low-soft": "#E0F2F7", "low-line": "#8FC7D8",
  "low-shape": "#0C7796",
  tech: "#56617A", "tech-on": "#FFFFFF", "tech-text": "#4A5469", "tech-soft": "#EAEDF3", "tech-line": "#B3BCCB",
  stale: "#6E767E", "stale-on": "#FFFFFF", "stale-text": "#59616A", "stale-soft": "#F0F1F0", "stale-line": "#A9B0B5",
  "stale-hatch": "rgba(70, 80, 90, .11)",
  ok: "#22744D", "ok-on": "#FFFFFF", "ok-text": "#1D6843", "ok-soft": "#E5F2EB", "ok-line": "#9CCBB3",
  suggest: "#744099", "suggest-on": "#FFFFFF", "suggest-text": "#693889", "suggest-soft": "#F4EDF9",
  "suggest-line": "#B78FCE",
  "ch-ecg": "#1F7A55", "ch-spo2": "#1F6FA3", "ch-bp": "#8A4A2C", "ch-resp": "#6F6420", "ch-temp": "#93397A",
  "series-1": "#2A4B9B", "series-2": "#4C8C9B", "series-3": "#A9774A", "series-4": "#8E7FB5", "series-5": "#7F8B95",
  e1: "0 1px 2px rgba(22, 32, 44, .05)", e2: "0 6px 20px rgba(22, 32, 44, .10)", e3: "0 18px 48px rgba(22, 32, 44, .20)",
  focus: "0 0 0 2px var(--surface), 0 0 0 4px var(--brand)",
} as const satisfies Scheme;

export const dark = {
  bg: "#0A0E14", surface: "#121822", "surface-2": "#1A222E", "surface-3": "#26303E",
  line: "#27313F", "line-strong": "#3B4859", "control-line": "#6B7A8F",
  text: "#ECF1F7", "text-2": "#B5C0CD", "text-3": "#94A1B1",
  // The hover is darker here too: white on a lighter blue falls below 4.5:1
  brand: "#4266CC", "brand-hover": "#3A5ABB", "brand-on": "#FFFFFF", "brand-text": "#A3BAFF",
  "brand-soft": "#1B2746", "brand-line": "#3D5596",
  high: "#D4303A", "high-on": "#FFFFFF", "high-text": "#FF8F8B", "high-soft": "#3A1519", "high-line": "#8E3238",
  medium: "#F7C244", "medium-on": "#241900", "medium-text": "#F7C65A", "medium-soft": "#32280F",
  "medium-line": "#7D6423", "medium-shape": "#F7C244",
  low: "#4CC3E0", "low-on": "#04222B", "low-text": "#74D2EA", "low-soft": "#0F2B35", "low-line": "#2A6475",
  "low-shape": "#4CC3E0",
  tech: "#96A5C0", "tech-on": "#10161F", "tech-text": "#B0BDD4", "tech-soft": "#212A39", "tech-line": "#52607A",
  stale: "#8B95A1", "stale-on": "#10161F", "stale-text": "#A7B0BB", "stale-soft": "#171C24", "stale-line": "#56606D",
  "stale-hatch": "rgba(170, 185, 205, .09)",
  ok: "#56BA8B", "ok-on": "#06251A", "ok-text": "#72CBA0", "ok-soft": "#10291F", "ok-line": "#2C624A",
  suggest: "#BC8FE2", "suggest-on": "#1E0E2C", "suggest-text": "#CDABEC", "suggest-soft": "#271B36",
  "suggest-line": "#7F5BA0",
  "ch-ecg": "#7FD6A5", "ch-spo2": "#79BEE8", "ch-bp": "#E8A987", "ch-resp": "#D6CB98", "ch-temp": "#DE9CCB",
  "series-1": "#8FA9F5", "series-2": "#6FB8C6", "series-3": "#D3A274", "series-4": "#B3A4DB", "series-5": "#7E8B99",
  e1: "none", e2: "0 8px 28px rgba(0, 0, 0, .45)", e3: "0 20px 60px rgba(0, 0, 0, .6)",
  focus: "0 0 0 2px var(--bg), 0 0 0 4px var(--brand-text)",
} as const satisfies Record<keyof typeof light, string>;

export const FONT =
  '"Inter", -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

/** Sizes and times, the same on both themes. Two weights only (400, 600): Microsoft YaHei has no others. */
const common: Scheme = {
  font: FONT,
  "font-num": FONT,
  "t-tick": "12px", "t-meta": "14px", "t-body": "16px", "t-lead": "18px", "t-title": "20px", "t-head": "26px",
  "t-vital": "40px", "t-vital-xl": "76px", lh: "1.5", "lh-tight": "1.3",
  s1: "4px", s2: "8px", s3: "12px", s4: "16px", s5: "20px", s6: "24px", s8: "32px", s10: "40px", s14: "56px",
  gutter: "24px",
  "r-tag": "6px", "r-control": "10px", "r-card": "14px", "r-sheet": "22px",
  hit: "44px", "hit-lg": "56px", "hit-xl": "88px",
  fast: "120ms", calm: "220ms", ease: "cubic-bezier(.2, .7, .2, 1)",
  // IEC 60601-1-8: high 1.4-2.8 Hz, medium 0.4-0.8 Hz (by secondary sources)
  "flash-high": "500ms", "flash-medium": "1600ms",
  // Offline is slate on both themes: work goes on
  slate: "#2B333D", "slate-on": "#FFFFFF", "slate-text": "#D5DBE2", "slate-line": "#7C8896",
  // The alarm wall's own red, light on dark whatever the theme
  "alarm-from": "#7E1820", "alarm-to": "#56121A", "alarm-edge": "#FF6B6B", "alarm-text": "#FFD9D8",
  "ring-act": "#A61C27",
  // A picture stands on black whatever the theme
  picture: "#000000", "picture-text": "#FFFFFF", paper: "#FFFFFF",
  "ring-chip": "rgba(90, 8, 16, .42)",
  // Triage follows the tag on the wrist; people keep their colour in a room
  "triage-1": "#D4303A", "triage-1-on": "#FFFFFF", "triage-2": "#F7C244", "triage-2-on": "#241900",
  "triage-3": "#2F7D57", "triage-3-on": "#FFFFFF", "triage-4": "#000000", "triage-4-on": "#FFFFFF",
  "person-1": "#F3B48E", "person-2": "#9AD9C6", "person-3": "#BFC8F7", "person-4": "#E9B8D8", "person-on": "#14181F",
};

/** The same page on another terminal: only sizes differ. */
const terminals: Record<string, Scheme> = {
  '[data-terminal="touch"]': {
    hit: "56px", "t-body": "18px", "t-meta": "16px", "t-lead": "20px", "t-title": "24px", "t-head": "30px",
  },
  '[data-terminal="wall"]': { "t-meta": "14px", "t-body": "16px", s4: "12px" },
  '[data-terminal="phone"]': { hit: "48px", "t-head": "24px", gutter: "20px" },
  '[data-mode="elder"]': {
    hit: "60px", "hit-lg": "76px", "t-tick": "18px", "t-meta": "20px", "t-body": "22px", "t-lead": "26px",
    "t-title": "28px", "t-head": "32px", "t-vital": "60px", "r-card": "18px",
  },
};

function rule(selector: string, values: Scheme, first = ""): string {
  const lines = Object.entries(values).map(([name, value]) => `  --${name}: ${value};`);
  return `${selector} {\n${first}${lines.join("\n")}\n}\n`;
}

/** All tokens as CSS custom properties. */
export function tokensCss(): string {
  return [
    rule(":root", common),
    rule(':root, [data-theme="light"]', light, "  color-scheme: light;\n"),
    rule('[data-theme="dark"]', dark, "  color-scheme: dark;\n"),
    ...Object.entries(terminals).map(([selector, values]) => rule(selector, values)),
  ].join("\n");
}
