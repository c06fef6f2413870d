/** Words that are not on the server yet. They are saved once the server answers again, before a log-out, and when
 * their page is left; a browser that would drop them asks first; if a session ends meanwhile they wait in this window. */
import { useEffect, useState } from "react";
import { reach } from "./reach";
import { forgetUnsent } from "./storage";

/** What somebody writes, and how it is saved. Its functions must be stable. */
export interface Words<T> {
  now(): T;
  unsaved(): boolean;
  save(): Promise<unknown>;
}

const written = new Set<Words<unknown>>();
const left = new Map<string, unknown>();
const forgetting = new Set<() => void>();

const unsaved = (): Words<unknown>[] => [...written].filter((words) => words.unsaved());

/** Resolves when all was tried; a failure stands where the words do. */
export async function saveWords(): Promise<void> {
  await Promise.allSettled(unsaved().map((words) => words.save()));
}

/** Whoever logs out leaves nothing in this window. */
export function forgetWords(): void {
  left.clear();
  forgetting.forEach((forget) => forget());
  forgetUnsent();
}

/** Calls when this window's words are to be forgotten, for who keeps some of their own. */
export const onForgetting = (forget: () => void): void => void forgetting.add(forget);

/** Watches for what would lose words, until the answer is called. */
export function watchWords(): () => void {
  const leaving = (event: BeforeUnloadEvent): void => {
    if (unsaved().length === 0) return;
    event.preventDefault();
    void saveWords();
  };
  // Where a phone's browser is left it may never come back, and nothing is asked
  const hidden = (): void => {
    if (document.visibilityState === "hidden") void saveWords();
  };
  const unfollow = reach.follow(() => {
    if (reach.since === null) void saveWords();
  });
  addEventListener("beforeunload", leaving);
  document.addEventListener("visibilitychange", hidden);
  return () => {
    unfollow();
    removeEventListener("beforeunload", leaving);
    document.removeEventListener("visibilitychange", hidden);
  };
}

/** What was left unsaved under `key`: of one person's work on one thing. */
export function useLeft<T>(key: string): T | undefined {
  const [words] = useState(() => left.get(key) as T | undefined);
  return words;
}

/** Cares for words while their page is there, and saves them when it goes. */
export function useWords<T>(key: string, { now, unsaved, save }: Words<T>): void {
  useEffect(() => {
    const words = { now, unsaved, save };
    written.add(words);
    left.delete(key);
    return () => {
      written.delete(words);
      if (!unsaved()) return;
      const these = now();
      left.set(key, these);
      save().then(
        () => left.get(key) === these && left.delete(key),
        () => undefined, // they wait
      );
    };
  }, [key, now, unsaved, save]);
}
