/**
 * The lines of a table.
 * @param left the number of columns whose text begins at the left; in all others it ends at the right
 */
export function columns(rows: ReadonlyArray<readonly string[]>, left = 1): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row
    .map((text, column) => (column < left ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)))
    .join('  ').trimEnd());
}

/** A table whose columns all begin at the left, as text. */
export const listing = (rows: ReadonlyArray<readonly string[]>): string =>
  columns(rows, Infinity).map((line) => `${line}\n`).join('');
