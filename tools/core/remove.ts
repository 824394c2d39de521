import { rm } from 'node:fs/promises';

/**
 * Removes a file or folder. Retries, because a child process of a killed run
 * may still be writing to it.
 */
export const remove = (place: string): Promise<void> => rm(place, { recursive: true, force: true, maxRetries: 10 });
