/** Small choices of this browser (language, theme). Never anything about a patient. */

type Name = "lang" | "theme";

export function read(name: Name): string | null {
  try {
    return localStorage.getItem(`yuanzhen.${name}`);
  } catch {
    // Storage may be switched off by the hospital's policy; the choice then lasts for this page only.
    return null;
  }
}

export function write(name: Name, value: string): void {
  try {
    localStorage.setItem(`yuanzhen.${name}`, value);
  } catch {
    // As above.
  }
}
