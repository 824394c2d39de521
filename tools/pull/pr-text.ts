import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, root, shown } from '../core/paths.ts';
import { filesOf, isTest, type Placed } from '../core/proposals.ts';
import { counted } from '../core/report.ts';
import { landing, pageOf, textFile } from '../fork/apply.ts';
import { countLines, hooksOf } from '../fork/hooks.ts';
import { GENERATED, proseOf } from '../upstream/descriptions.ts';
import { statusOf } from '../upstream/status.ts';
import { programsOf } from './bench.ts';
import { type Branch, hookedBy } from './branch.ts';
import type { Proof } from './prove.ts';

/**
 * The Markdown with each paragraph and each item on a line of its own: GitHub shows the line
 * breaks of a pull request's text as such.
 */
export function unwrapped(markdown: string): string {
  const parts = markdown.split(/(^ *```[^]*?^ *```$)/m);
  const join = (text: string) => text.replaceAll(/(?<=^(?!#+ |\||<!--).*\S)\n *(?!\s|\* |\d+\. |#+ |\||>|<!--|\[[^\]]+\]: |$)/gm, ' ');
  return parts.map((part, index) => (index % 2 === 0 ? join(part) : part)).join('');
}

/** A document in doc/, which a project need not have. */
const documentOf = (name: string) => readFile(path.join(root, 'doc', name), 'utf8').catch(() => '');

/** A section of a document in doc/, without its heading. */
function sectionOf(document: string, heading: string): string {
  const section = document.split(/^(?=## )/m).find((text) => text.startsWith(`## ${heading}\n`)) ?? '';
  // Node's Markdown linter requires the full name of the project.
  const whole = section.replaceAll(/\bNode's\b/g, 'the Node.js').replaceAll(/\bNode\b(?!\.js)/g, 'Node.js');
  return whole.replace(/^.*\n/, '').trim();
}

const list = (items: readonly string[]) => items.map((item) => `* ${item.replaceAll('\n', '\n  ')}`).join('\n');

/** What a doc-api file adds to and changes on its page, by heading. */
export function summaryOf(text: string, page: string): readonly string[] {
  const prose = proseOf(text);
  const added = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => `${heading}, in \`${page}\``);
  const changed = [...prose.matchAll(/^<!-- splice (?:change|option|replace)="#+ ([^"]+)"/gm)].map(([, heading]) => `changed: ${heading}, in \`${page}\``);
  return [...added, ...new Set(changed)];
}

async function apiOf(docs: readonly string[]): Promise<readonly string[]> {
  const texts = await Promise.all(docs.map((doc) => readFile(path.join(root, doc), 'utf8')));
  return texts.flatMap((text, index) => summaryOf(text, pageOf(docs[index]!)));
}

/** The names of functions and classes in headings or in a table row. */
const namesIn = (text: string) => [...text.matchAll(/(\w+)[(`]/g)].map(([, name]) => name!);

/**
 * The rows of "What it costs" that begin with one of the proposal's functions or classes,
 * if they were measured on that line.
 */
async function costsOf({ proposal }: Placed, line: Line): Promise<string> {
  const [how, ...table] = sectionOf(await documentOf('figures.md'), 'What it costs').split(/^(?=\|)/m);
  const names = new Set(namesIn((await apiOf([...filesOf(proposal)].filter((file) => file.startsWith('doc-api/')))).join('\n')));
  const rows = table.slice(2).filter((row) => names.has(namesIn(row)[0] ?? ''));
  if (rows.length === 0 || !how!.includes(line.name)) return '';
  return `${how!.trim()}\n\n${[...table.slice(0, 2), ...rows].join('').trim()}`;
}

/** How the branch compares with its base, and what its calls cost. */
async function benchmarksOf(branch: Branch, placed: Placed, line: Line, { bench }: Proof): Promise<string> {
  const none = programsOf(await hookedBy(branch)).length === 0 ?
    'It changes no file that upstream has a benchmark of.' :
    `None were run. \`make pr PROPOSAL=${branch.name} LINE=${line.name} BENCH=1\` compares the branch with its base.`;
  return [bench ?? none, await costsOf(placed, line)].filter((text) => text !== '').join('\n\n');
}

/** What "Limits" says about platforms and about the proposal's files. */
async function platformsOf({ owns }: Placed): Promise<string> {
  const items = sectionOf(await documentOf('platforms.md'), 'Limits').split(/^[*-] /m).map((item) => item.trim().replaceAll(/\n\s+/g, '\n'));
  const about = items.filter((item) => item.startsWith('Tried on ') || owns.some((file) => item.includes(file)));
  return about.length === 0 ? 'Nothing is recorded.' : list(about);
}

/** What was found out about this branch, and what `make status` has recorded for the line. */
async function verificationOf(line: Line, base: BaseRecord, { facts }: Proof): Promise<string> {
  const { verified, details } = await statusOf(line);
  return `This branch alone, on ${base.version}, on Linux on ${process.arch}:\n\n${list(facts)}\n\n` +
    `All proposals of ${line.name} together, on ${base.version}:\n${verified} (${details}).`;
}

/** The files that the change adds, and how many lines of upstream's files it changes. */
function filesIn({ proposal, owns }: Placed, line: Line): readonly string[] {
  const hooks = hooksOf(proposal.name, line.name);
  const changed = [...new Set(hooks.map(({ file }) => file))].map((file) => {
    const here = hooks.filter((hook) => hook.file === file);
    const places = here.map(({ at }) => at).join(', ');
    return `\`${file}\`: ${counted(countLines(here), 'line')}, at ${places}`;
  });
  const added = owns.filter((file) => !isTest(file)).map((file) => `\`${landing(file)}\` (new)`);
  return [...added, ...changed];
}

/** Node's own checklist. Only what was verified here is ticked. */
function checklist({ owns, docs }: Placed): string {
  const tick = (done: boolean, text: string) => `* [${done ? 'x' : ' '}] ${text}`;
  return [
    tick(false, '`make -j4 test` (Unix), or `vcbuild test` (Windows) passes'),
    tick(owns.some(isTest), 'tests and/or benchmarks are included'),
    tick(docs.length > 0, 'documentation is changed or added'),
    // No branch is made if core's linter rejects the message.
    tick(true, 'commit message follows commit guidelines'),
  ].join('\n');
}

/** How to push the branch; not part of the description itself. */
function pushLine({ repository, name }: Branch, line: Line): string {
  const push = `git -C ${shown(repository.dir)} push <your fork> bindery/${name}`;
  if (repository.dir !== linePaths(line.name).tree) return `<!-- ${push} -->`;
  return `<!-- ${push}; it shares no history with nodejs/node: for a pull request, make it with NODE_DIR=<checkout> and push that -->`;
}

/** The description of the pull request. */
export async function describe(
  branch: Branch,
  placed: Placed,
  line: Line,
  base: BaseRecord,
  proof: Proof,
): Promise<string> {
  const { proposal, owns, state } = placed;
  const title = await branch.repository.git(['log', '-1', '--format=%s', branch.commit]);
  const text = await readFile(textFile(proposal, line, 'description.md'), 'utf8');
  const here = proposal.lines[line.name]!;
  const landed = state === 'landed' && here.state === 'landed' ? [`Upstream has it since ${here.releases.join(' and ')}; this is what is left.`] : [];
  const tests = owns.filter(isTest).map((file) => `\`${landing(file)}\``);
  const sections: Readonly<Record<typeof GENERATED[number], string>> = {
    'Needs': branch.needs.length === 0 ? '' :
      `It does not apply alone: the branch is on top of ${branch.needs.map((name) => `\`${name}\``).join(', ')}.`,
    'API': list(await apiOf(placed.docs)),
    'Files': list(filesIn(placed, line)),
    'Tests': list(tests),
    'How it was verified': await verificationOf(line, base, proof),
    'Benchmarks': await benchmarksOf(branch, placed, line, proof),
    'Platforms': await platformsOf(placed),
    'Upstream': [...landed, list(proposal.upstream.map((url) => `<${url}>`))].join('\n\n'),
    'Checklist': checklist(placed),
  };
  const told = GENERATED.filter((heading) => sections[heading] !== '').map((heading) => `## ${heading}\n\n${sections[heading]}`);
  return unwrapped(`${[`# ${title.trim()}`, text.trim(), ...told, pushLine(branch, line)].join('\n\n')}\n`);
}
