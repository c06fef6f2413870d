/** How old somebody is on a day: whole years, months under two years, days under one month. */

export interface Age {
  value: number;
  unit: "year" | "month" | "day";
}

/** `birthDate` as FHIR writes it (YYYY, YYYY-MM or YYYY-MM-DD); null when it is missing or in the future. */
export function ageOn(birthDate: string | undefined, today: Date): Age | null {
  const match = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(birthDate ?? "");
  if (!match) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
  const months = (today.getFullYear() - year) * 12 + (today.getMonth() + 1 - month) - (today.getDate() < day ? 1 : 0);
  if (months >= 24 || !match[2]) return months < 0 ? null : { value: Math.floor(months / 12), unit: "year" };
  if (months >= 1) return { value: months, unit: "month" };
  const days = Math.floor((Date.UTC(today.getFullYear(), today.getMonth(), today.getDate()) - Date.UTC(year, month - 1, day)) / 86_400_000);
  return days < 0 ? null : { value: days, unit: "day" };
}
