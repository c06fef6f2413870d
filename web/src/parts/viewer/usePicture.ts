import { useEffect, useRef, useState } from "react";
import { Pictures } from "./pictures";

export interface Picture {
  /** What to show: the wanted picture, or the last one while the wanted one is on its way. */
  address: string | undefined;
  /** Whether `address` is the wanted one. */
  current: boolean;
  error: unknown;
  retry(): void;
}

/** The picture at `path`, with the `next` paths fetched after it, one by one. */
export function usePicture(path: string | undefined, next: string[]): Picture {
  const [pictures] = useState(() => new Pictures());
  const [shown, setShown] = useState<{ path: string; address: string }>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const queue = useRef(next);
  useEffect(() => {
    queue.current = next;
  });
  useEffect(() => () => pictures.clear(), [pictures]);
  useEffect(() => {
    if (!path) return;
    let wanted = true;
    const run = async (): Promise<void> => {
      try {
        const address = await pictures.get(path);
        if (!wanted) return;
        setShown({ path, address });
        setError(undefined);
      } catch (problem) {
        if (wanted) setError(problem);
        return;
      }
      for (const ahead of queue.current) {
        // Another picture is looked at by now, or nothing shall be fetched ahead any more
        if (!wanted || !queue.current.includes(ahead)) return;
        // A neighbour that fails says so when it is the one looked at
        await pictures.get(ahead).catch(() => undefined);
      }
    };
    void run();
    return () => {
      wanted = false;
    };
  }, [path, attempt, pictures]);
  return {
    address: shown?.address,
    current: shown !== undefined && shown.path === path,
    error,
    retry: () => setAttempt((count) => count + 1),
  };
}
