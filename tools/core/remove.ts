import { rm } from 'node:fs/promises';

/** Removes a file or a folder, also one that a program of a run that was killed still writes to. */
export const remove = (place: string): Promise<void> => rm(place, { recursive: true, force: true, maxRetries: 10 });
