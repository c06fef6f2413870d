/** Brings the pictures' code and makes it ready before they are asked for, on pages from which one goes to them. */
import { useEffect } from "react";
import { loadPane } from "./Stage";

const PAUSE_MS = 300;

export function useWarmViewer(): void {
  useEffect(() => {
    const timer = setTimeout(() => void loadPane().then(({ begin }) => begin()).catch(() => undefined), PAUSE_MS); // told of where it is needed
    return () => clearTimeout(timer);
  }, []);
}
