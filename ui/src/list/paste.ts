/** How many record numbers one paste may hold; the server takes no more. */
export const pasteLimit = 200;

/**
 * Takes the record numbers out of what was pasted: a column of a sheet, lines
 * of a message, or several columns of which the first holds the numbers. Each
 * number once, in order.
 */
export function readNumbers(text: string): { numbers: string[]; over: number } {
  const seen = new Set<string>();
  for (const line of text.normalize("NFKC").split(/[\n\r]+/)) {
    for (const cell of numbersOfLine(line)) {
      seen.add(cell);
    }
  }
  const all = [...seen];
  return { numbers: all.slice(0, pasteLimit), over: Math.max(0, all.length - pasteLimit) };
}

function numbersOfLine(line: string): string[] {
  return line
    .split(/[\t,;]/)
    .map((cell) => cell.trim().replace(/^(mrn|病歷號碼?)\s*[:.#]?\s*/i, ""))
    .map((cell) => cell.replace(/^["']|["']$/g, ""))
    .filter((cell) => /\d/.test(cell) && /^[\p{L}\d._/-]+$/u.test(cell) && !/^\d{4}-\d\d-\d\d$/.test(cell));
}

/** Whether a pasted text is a column of numbers rather than one search. */
export function isColumn(text: string): boolean {
  return /[\n\r\t]/.test(text.trim()) && readNumbers(text).numbers.length > 1;
}
