/**
 * An error the user can act on. It is printed as one line: what went wrong,
 * then what to do about it.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(what: string, readonly remedy: string, options?: ErrorOptions) {
    super(what, options);
  }

  get line(): string {
    return `${this.message}; ${this.remedy}`.replaceAll(/\s+/g, ' ');
  }
}

/** The `code` of a thrown value, such as ENOENT, or undefined. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

const FULL = 'free some space there (`make clean` removes what was built), then run the same command again; it goes on where it stopped';

/** The error for a full disk. */
export function diskFull(where: string): UserError {
  return new UserError(`the disk that holds ${where} is full`, FULL);
}

/** System error codes that concern the file at a path, or its owner. */
const PLACE = new Set(['EACCES', 'EEXIST', 'EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EPERM', 'EROFS']);

/** Turns any thrown value into the line that is printed for it. */
export function describe(error: unknown, where: string): string {
  if (error instanceof UserError) return error.line;
  if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') return diskFull(where).line;
  const message = error instanceof Error ? error.message : String(error);
  if (PLACE.has(codeOf(error) ?? '')) return `${message}; put right what is at that path, or whose it is, and run again`;
  return `unexpected error: ${message.replaceAll(/\s+/g, ' ')}; ` +
    'run again with BINDERY_DEBUG=1 to see where it came from';
}
