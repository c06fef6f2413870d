/** Calls at once, then at most each `ms`, always with the latest value in the end. */
export function paced<T>(ms: number, call: (value: T) => void): (value: T) => void {
  let waiting: { value: T } | undefined;
  let resting = false;
  const next = (): void => {
    resting = waiting !== undefined;
    if (!waiting) return;
    const { value } = waiting;
    waiting = undefined;
    setTimeout(next, ms);
    call(value);
  };
  return (value) => {
    waiting = { value };
    if (!resting) next();
  };
}
