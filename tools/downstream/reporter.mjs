// Prints the results of a node:test file, one JSON object per line for each test. TAP
// would do, but names may contain characters that are special in TAP.

export default async function* reporter(source) {
  for await (const { type, data } of source) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.nesting > 0) continue;
    const outcome = type === 'test:pass' ? 'pass' : 'fail';
    const isSkipped = data.skip !== undefined || data.todo !== undefined;
    const error = data.details.error?.cause ?? data.details.error;
    yield `${JSON.stringify({
      name: data.name,
      outcome: isSkipped ? 'skip' : outcome,
      why: error === undefined ? undefined : String(error.message ?? error).split('\n')[0],
    })}\n`;
  }
}
