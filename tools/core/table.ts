/**
 * Formats rows as lines with aligned columns.
 * @param left the number of left-aligned columns; all others are right-aligned
 */
export function columns(rows: ReadonlyArray<readonly string[]>, left = 1): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row
    .map((text, column) => (column < left ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
    .join('  ').trimEnd());
}

/** Formats rows as text with all columns left-aligned. */
export const listing = (rows: ReadonlyArray<readonly string[]>): string =>
  columns(rows, Infinity).map((line) => `${line}\n`).join('');
