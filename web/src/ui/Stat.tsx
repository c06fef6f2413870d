import type { ReactElement } from "react";

/** A number three times as large as its unit. No value is a dash, never zero. */
export function Stat({ value, unit, name, state }: { value: string | number | null; unit: string; name: string; state?: "high" | "medium" | "low" }): ReactElement {
  return (
    <div className={`stat num ${state ?? ""}`}>
      <b>{value ?? "—"}</b>
      <span>
        {name} {unit}
      </span>
    </div>
  );
}
