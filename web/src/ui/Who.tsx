/** Whom this is about: name, sex, age, number, always these four, always in this order; at the head of a page the birth date too. */
import type { ReactElement } from "react";
import { ageOn } from "../lib/age";
import { useText, type TextKey } from "../lib/i18n";

/** The identity card's, which is masked; the house's own record number; or another. */
export type NumberKind = "card" | "record" | "other";

export interface Person {
  name: string;
  sex?: string | undefined;
  birth_date?: string | undefined;
  number?: string | undefined;
  number_kind?: NumberKind | undefined;
}

const SEX: Record<string, TextKey> = { male: "sex.male", female: "sex.female", other: "sex.other", unknown: "sex.unknown" };
const NONE = "—";

export function useAge(): (birthDate: string | undefined) => string {
  const { t } = useText();
  return (birthDate) => {
    const age = ageOn(birthDate, new Date());
    return age ? t(`age.${age.unit}`, { count: age.value }) : NONE;
  };
}

/** Of a masked patient only the year is told. */
const isWhole = (birthDate: string | undefined): boolean => birthDate?.length === "1959-04-17".length;

export function Who({ person, heading }: { person: Person; heading?: boolean }): ReactElement {
  const { t } = useText();
  const age = useAge();
  const Name = heading ? "h1" : "b";
  return (
    <div className="who">
      <Name>{person.name || NONE}</Name>
      <span>{t(SEX[person.sex ?? "unknown"] ?? "sex.unknown")}</span>
      <span className="num">{age(person.birth_date)}</span>
      {heading && isWhole(person.birth_date) && <span className="num">{person.birth_date}</span>}
      <span className="num">
        {t(`who.number.${person.number_kind ?? "other"}`)} {person.number || NONE}
      </span>
    </div>
  );
}
