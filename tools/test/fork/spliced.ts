import { parseBlocks, splice } from '../../fork/splice.ts';
import { text } from '../files.ts';

/** A page with the blocks of one file spliced in. */
export const spliced = (page: string, ...blocks: readonly string[]) => splice(page, parseBlocks(text(...blocks), 'x.md'), 'page.md');
