/** A field with its label above and, when wrong, what is wrong and how to mend it beneath. */
import { cloneElement, useId, type ReactElement } from "react";
import { Shape } from "./Shape";

interface Controlled {
  id?: string;
  "aria-invalid"?: boolean;
  "aria-describedby"?: string;
  status?: "error" | "";
}

interface Props {
  label: string;
  hint?: string;
  error?: string | undefined;
  children: ReactElement<Controlled>;
}

export function Field({ label, hint, error, children }: Props): ReactElement {
  const id = useId();
  const note = `${id}-note`;
  const native = typeof children.type === "string";
  return (
    <div className={error ? "field bad" : "field"}>
      <label htmlFor={id}>{label}</label>
      {cloneElement(children, {
        id,
        ...(error ? { "aria-invalid": true, ...(native ? {} : { status: "error" as const }) } : {}),
        ...(error || hint ? { "aria-describedby": note } : {}),
      })}
      {error ? (
        <p id={note} className="err" role="alert">
          <Shape state="high" size={15} />
          {error}
        </p>
      ) : (
        hint && <p id={note} className="meta">{hint}</p>
      )}
    </div>
  );
}
