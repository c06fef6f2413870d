import { useEffect, useState } from "react";

/** Since when the browser has no network; null while it has. */
export function useOffline(): number | null {
  const [since, setSince] = useState<number | null>(() => (navigator.onLine ? null : Date.now()));
  useEffect(() => {
    const gone = (): void => setSince(Date.now());
    const back = (): void => setSince(null);
    addEventListener("offline", gone);
    addEventListener("online", back);
    return () => {
      removeEventListener("offline", gone);
      removeEventListener("online", back);
    };
  }, []);
  return since;
}
