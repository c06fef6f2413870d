/** Words: two files with the same keys, and a hook that knows them. No other file holds text. */
import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import { asProblem } from "../problem";
import { read, write } from "../storage";
import en from "./en.json";
import zh from "./zh.json";

export type Lang = "zh" | "en";
/** English may hold `key_one` and `key_other` where Chinese holds `key`. */
export type TextKey = keyof typeof zh;
export type Values = Readonly<Record<string, string | number>>;
export type T = (key: TextKey, values?: Values) => string;

const HTML_LANG: Record<Lang, string> = { zh: "zh-CN", en: "en" };

export function startLang(): Lang {
  const kept = read("lang");
  if (kept === "zh" || kept === "en") return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

export async function startTexts(lang: Lang): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: lang,
    fallbackLng: "zh",
    // Keys are flat: an error's code `auth.wrong` is part of its key.
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    resources: { zh: { translation: zh }, en: { translation: en } },
  });
  document.documentElement.lang = HTML_LANG[lang];
}

export async function setLang(lang: Lang): Promise<void> {
  write("lang", lang);
  await i18next.changeLanguage(lang);
  document.documentElement.lang = HTML_LANG[lang];
}

export function useText(): { t: T; lang: Lang } {
  const { t, i18n } = useTranslation();
  return { t: t as unknown as T, lang: i18n.language === "en" ? "en" : "zh" };
}

export function isText(key: string): key is TextKey {
  return key in zh;
}

/** The sentence for an error: ours by its code, else the server's title with the code, which an officer can look up. */
export function problemText(t: T, error: unknown): string {
  const { code, facts, place } = asProblem(error);
  const values = { ...plain(facts), place: place ?? "", code };
  const key = `problem.${code}`;
  if (isText(key)) return t(key, values);
  const title = typeof facts.title === "string" && facts.title ? facts.title : t("problem.unknown");
  return `${title} (${code})`;
}

function plain(facts: Readonly<Record<string, unknown>>): Values {
  const pairs = Object.entries(facts).map(([name, value]) => [name, typeof value === "number" ? value : String(value)]);
  return Object.fromEntries(pairs) as Values;
}
