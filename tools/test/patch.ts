// Patches that tests write and read.

/**
 * A patch that adds a line to a file.
 * @param at the number of the line that it is put after
 * @param context how many lines before and after it the patch shows
 */
export function hook(file: string, content: string, at: number, added: string, context = 3): string {
  const lines = content.trimEnd().split('\n');
  const shown = (from: number, to: number) => lines.slice(from, to).map((line) => ` ${line}\n`);
  const [before, after] = [shown(Math.max(at - context, 0), at), shown(at, at + context)];
  const start = at - before.length + 1;
  const count = before.length + after.length;
  return `diff --git a/${file} b/${file}\nindex 1111111..2222222 100644\n--- a/${file}\n+++ b/${file}\n` +
    `@@ -${start},${count} +${start},${count + 1} @@\n${before.join('')}+${added}\n${after.join('')}`;
}

/** The files that a patch changes, each with the lines that it adds and removes there. */
export const changedLines = (patch: string) => patch.split('\n').filter((entry) => /^([+-](?!\+\+|--)|diff)/.test(entry))
  .map((entry) => entry.replace(/^diff .* b\//, ''));
