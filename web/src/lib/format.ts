/** Times and numbers as people here write them; the zone stands once, in the header. */
import type { Lang } from "./i18n";

const LOCALE: Record<Lang, string> = { zh: "zh-CN", en: "en-GB" };

function part(lang: Lang, options: Intl.DateTimeFormatOptions, at: Date): string {
  return new Intl.DateTimeFormat(LOCALE[lang], { hourCycle: "h23", ...options }).format(at);
}

export function clock(at: Date, lang: Lang): string {
  return part(lang, { hour: "2-digit", minute: "2-digit" }, at);
}

export function clockSeconds(at: Date, lang: Lang): string {
  return part(lang, { hour: "2-digit", minute: "2-digit", second: "2-digit" }, at);
}

/** Chinese is set with the spaces that Intl leaves out: 3 月 18 日 周三 */
function spaced(text: string, lang: Lang): string {
  return lang === "zh" ? text.replaceAll(/(\d)([\u4e00-\u9fff])/g, "$1 $2").replaceAll(/([\u4e00-\u9fff])(?=\d|周)/g, "$1 ") : text;
}

export function day(at: Date, lang: Lang): string {
  return spaced(part(lang, { month: "long", day: "numeric", weekday: "short" }, at), lang);
}

/** YYYY-MM-DD in the page's zone: read alike in both languages. */
export function date(at: Date): string {
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

export function sameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

/** Today the time alone says enough; otherwise the day stands before it. */
export function moment(at: Date, now: Date, lang: Lang): string {
  if (sameDay(at, now)) return clock(at, lang);
  const sameYear = at.getFullYear() === now.getFullYear();
  const when: Intl.DateTimeFormatOptions = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  return spaced(part(lang, sameYear ? when : { ...when, year: "numeric" }, at), lang);
}

/** A FHIR date or dateTime: a day without a time is a day, in no zone. */
export function fhirMoment(text: string, now: Date, lang: Lang): string {
  return text.length <= 10 ? text : moment(new Date(text), now, lang);
}

/** The browser's zone by its offset: UTC+8, UTC+5:30. */
export function zoneOffset(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  const sign = minutes < 0 ? "−" : "+";
  const rest = Math.abs(minutes) % 60;
  return `UTC${sign}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
}

export function zoneName(at: Date, lang: Lang): string {
  const parts = new Intl.DateTimeFormat(LOCALE[lang], { timeZoneName: "long" }).formatToParts(at);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

/** Minutes and seconds of a countdown or a running time: 2:14, and 00:38 when `wide`. Never below zero. */
export function minutes(seconds: number, wide = false): string {
  const whole = Math.max(0, Math.floor(seconds));
  const head = String(Math.floor(whole / 60));
  return `${wide ? head.padStart(2, "0") : head}:${String(whole % 60).padStart(2, "0")}`;
}

/** Each is made once: to make one takes a hundred times as long as to use it, and a live page writes many numbers a second. */
const numbers = new Map<string, Intl.NumberFormat>();

export function number(value: number, lang: Lang, digits = 0): string {
  const key = `${lang}/${digits}`;
  const found = numbers.get(key) ?? new Intl.NumberFormat(LOCALE[lang], { maximumFractionDigits: digits });
  numbers.set(key, found);
  return found.format(value);
}

export interface Span {
  value: string;
  unit: "second" | "minute" | "hour" | "day";
}

/** A duration in its largest whole unit, so that no digit changes faster than it can be read; at least a second. */
export function span(seconds: number, lang: Lang): Span {
  if (seconds < 60) return { value: number(Math.max(1, Math.floor(seconds)), lang), unit: "second" };
  if (seconds < 3600) return { value: number(Math.floor(seconds / 60), lang), unit: "minute" };
  if (seconds < 172_800) return { value: number(Math.floor(seconds / 3600), lang), unit: "hour" };
  return { value: number(Math.floor(seconds / 86_400), lang), unit: "day" };
}

/** 12:08, from an hour on 1:02:08. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  return whole < 3600 ? `${minutes}:${rest}` : `${Number(hours)}:${minutes}:${rest}`;
}
