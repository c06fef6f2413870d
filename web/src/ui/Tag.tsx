import type { ReactElement, ReactNode } from "react";
import { Icon, type IconName } from "./Icon";
import { Shape, type State } from "./Shape";

interface Props {
  /** A clinical state brings its shape; `brand` and none are for what is simply going on. */
  state?: State | "brand";
  icon?: IconName;
  children: ReactNode;
}

/** A state is always shape + colour + word. */
export function Tag({ state, icon, children }: Props): ReactElement {
  return (
    <span className={`tag ${state ?? ""}`}>
      {state && state !== "brand" && <Shape state={state} />}
      {icon && <Icon name={icon} size={15} />}
      {children}
    </span>
  );
}
