/** Lines of a table whose first column is to the left, all others to the right. */
export function columns(rows: ReadonlyArray<readonly string[]>): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row
    .map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)))
    .join('  '));
}
