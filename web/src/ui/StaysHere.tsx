/** What may be followed without leaving the page: its links open beside it. */
import type { MouseEvent, ReactElement, ReactNode } from "react";

/** Before a router sees the click: to it, one that is prevented is none of its own. */
function beside(event: MouseEvent): void {
  const link = (event.target as Element).closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.target === "_blank" || !link.href.startsWith("http")) return;
  event.preventDefault();
  window.open(link.href, "_blank", "noopener");
}

export function StaysHere({ children }: { children: ReactNode }): ReactElement {
  return <div className="stack" onClickCapture={beside}>{children}</div>;
}
