import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../core/paths.ts';
import { loadProposals } from '../core/proposals.ts';

/** The sections of a pull request that are made of what the tools know, in their order. */
export const GENERATED = [
  'Needs', 'API', 'Files', 'Tests', 'How it was verified', 'Benchmarks', 'Platforms', 'Upstream', 'Checklist',
] as const;

const FENCED = /^( *```)[^]*?^\1`*$/gm;

/** The Markdown without its blocks of code. */
export const proseOf = (markdown: string): string => markdown.replaceAll(FENCED, '');

/** The headings in a description that do not belong there. */
export function headingFaults(markdown: string): readonly string[] {
  const headings = [...proseOf(markdown).matchAll(/^(#+) (.+)$/gm)];
  return headings.flatMap(([, level, heading]) => {
    if (level === '#') return [`"# ${heading}" stands where \`make pr\` writes the title; begin with a sentence or "##"`];
    const own = GENERATED.find((name) => name.toLowerCase() === heading!.toLowerCase());
    return own === undefined ? [] : [`"${heading}" is a section that \`make pr\` writes itself; use another heading`];
  });
}

/**
 * Reports proposals whose pull request would have no text written for it, and texts with
 * sections that are not theirs to write, for lint.
 */
export function descriptionFaults(folder = root): string[] {
  return loadProposals(folder).flatMap(({ name }) => ['', 'landed.'].flatMap((prefix) => {
    const [text, message] = ['description.md', 'message.txt'].map((file) => path.join('patches', name, `${prefix}${file}`));
    if (existsSync(path.join(folder, text!))) {
      return headingFaults(readFileSync(path.join(folder, text!), 'utf8')).map((fault) => `${text}: ${fault}`);
    }
    if (prefix !== '' && !existsSync(path.join(folder, message!))) return [];
    return [`${text} is not there: tell a reviewer what ${name} is for, and what could be said against it`];
  }));
}
