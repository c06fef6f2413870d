/** A button. One filled brand button per page: the next step. A button that cannot be pressed says why beneath. */
import { useId, type ButtonHTMLAttributes, type ReactElement } from "react";
import { Icon, type IconName } from "./Icon";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "plain" | "primary" | "quiet" | "danger";
  large?: boolean;
  icon?: IconName;
  /** Says that the answer is awaited; pressing again does nothing meanwhile. */
  busy?: boolean;
  /** Why it cannot be pressed now. */
  whyNot?: string | undefined;
}

export function Button({ kind = "plain", large, icon, busy, whyNot, children, className, onClick, ...rest }: Props): ReactElement {
  const why = useId();
  const classes = ["btn", kind, large ? "lg" : "", children ? "" : "icon", className ?? ""].filter(Boolean).join(" ");
  // aria-disabled, not disabled: the reason stays reachable by keyboard
  const still = Boolean(busy) || whyNot !== undefined || rest["aria-disabled"] === true;
  const button = (
    <button
      type="button"
      {...rest}
      className={classes}
      aria-disabled={still || undefined}
      aria-busy={busy || undefined}
      aria-describedby={whyNot ? why : rest["aria-describedby"]}
      onClick={(event) => (still ? event.preventDefault() : onClick?.(event))}
    >
      {busy ? <span className="turning" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
  if (!whyNot) return button;
  return (
    <span className="whynot">
      {button}
      <small id={why}>{whyNot}</small>
    </span>
  );
}
