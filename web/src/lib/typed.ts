/** Whether what was typed stands in one of the words, in whichever case; nothing typed fits all. */
export function speaksOf(typed: string, ...words: (string | null | undefined)[]): boolean {
  const wanted = typed.trim().toLowerCase();
  return words.some((word) => word?.toLowerCase().includes(wanted));
}
