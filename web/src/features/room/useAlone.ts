/** While one part of a page covers all the rest, nothing else takes the focus; what lies above it (`.dock`) does. */
import { useEffect } from "react";

export function useAlone(part: { current: HTMLElement | null }, isAlone: boolean): void {
  useEffect(() => {
    if (!isAlone) return;
    const covered: HTMLElement[] = [];
    for (let at = part.current; at?.parentElement; at = at.parentElement) {
      for (const beside of at.parentElement.children) {
        if (beside !== at && beside instanceof HTMLElement && !beside.inert && !beside.matches(".dock, :has(.dock)")) covered.push(beside);
      }
    }
    covered.forEach((one) => (one.inert = true));
    return () => covered.forEach((one) => (one.inert = false));
  }, [part, isAlone]);
}
