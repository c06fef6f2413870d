/** Small choices of this browser (language, theme), never anything about a patient; and, in this window alone and until it
 * is closed or its person logs out, what they wrote and the server does not have. */

/** `in`: somebody has logged in here and not out again, so that it is worth asking who. */
type Name = "lang" | "theme" | "in";

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

export function forget(name: Name): void {
  try {
    localStorage.removeItem(`yuanzhen.${name}`);
  } catch {
    // As above.
  }
}

/** Calls back when another window of this browser forgets it, until the answer is called. */
export function onForgotten(name: Name, call: () => void): () => void {
  const heard = ({ key, newValue }: StorageEvent): void => {
    if (key === `yuanzhen.${name}` && newValue === null) call();
  };
  addEventListener("storage", heard);
  return () => removeEventListener("storage", heard);
}

/** Whether what is written is there later. */
export function remembers(): boolean {
  try {
    localStorage.setItem("yuanzhen.test", "1");
    localStorage.removeItem("yuanzhen.test");
    return true;
  } catch {
    return false;
  }
}

const UNSENT = "yuanzhen.unsent.";

/** What of it lay here when the window was loaded anew. */
export function readUnsent(key: string): string | null {
  try {
    return sessionStorage.getItem(UNSENT + key);
  } catch {
    // As above: then it lasts until the window is loaded anew, and the browser asks before that
    return null;
  }
}

export function keepUnsent(key: string, value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(UNSENT + key);
    else sessionStorage.setItem(UNSENT + key, value);
  } catch {
    // As above.
  }
}

export function forgetUnsent(): void {
  try {
    Object.keys(sessionStorage).filter((key) => key.startsWith(UNSENT)).forEach((key) => sessionStorage.removeItem(key));
  } catch {
    // As above.
  }
}
