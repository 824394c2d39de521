import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { BaseRecord } from '../base/base.ts';
import { UserError } from '../core/errors.ts';
import { Repository } from '../core/git.ts';
import type { Line } from '../core/lines.ts';
import { linePaths, root, shown } from '../core/paths.ts';
import { type Placed, proposalsOn } from '../core/proposals.ts';
import { say } from '../core/report.ts';
import { checkMessage } from './linters.ts';

/** The person who signs off the patches. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** The format of the patches. Equal commits give equal bytes everywhere. */
const FORMAT = [
  // The commits are recreated each time, so their ids mean nothing to a reader.
  '--zero-commit',
  // How far an id can be shortened depends on the number of objects in the repository.
  '--full-index',
  // The width of the diffstat depends on the longest path in it.
  '--no-stat',
  // It would contain git's version.
  '--no-signature',
  // Whether a new file counts as a rename depends on git's version, too.
  '--no-renames',
];

/** Trailers of Node's commits. A last paragraph of nothing else is a trailer block. */
const TRAILER = /^(PR-URL|Refs|Fixes|Co-authored-by|Reviewed-By|Signed-off-by): \S/i;

/** A value from the user's git settings, as they apply to the project's checkout. */
async function setting(key: string, example: string): Promise<string> {
  const env = {
    GIT_CONFIG_GLOBAL: process.env['GIT_CONFIG_GLOBAL'],
    GIT_CONFIG_NOSYSTEM: process.env['GIT_CONFIG_NOSYSTEM'],
  };
  const { stdout } = await new Repository(root).try(['config', '--get', key], { env });
  if (stdout.trim() !== '') return stdout.trim();
  throw new UserError(`git has no ${key}, and the patches are signed off with it`,
                      `run \`git config ${key} "${example}"\` here, then run again`);
}

/** The user, from git's settings. */
export async function person(): Promise<Person> {
  return {
    name: await setting('user.name', 'Your Name'),
    email: await setting('user.email', 'you@example.com'),
  };
}

const signatureOf = ({ name, email }: Person) => `Signed-off-by: ${name} <${email}>`;

/**
 * A message with the trailers that Node requires. Upstream adds `PR-URL:` when it lands a
 * commit, so a pull request is only referred to.
 */
export function withTrailers(message: string, upstream: readonly string[], signer: Person): string {
  const paragraphs = message.trim().split(/\n{2,}/);
  const isBlock = paragraphs.length > 1 && paragraphs.at(-1)!.split('\n').every((line) => TRAILER.test(line));
  const block = isBlock ? paragraphs.pop()!.split('\n') : [];
  const refs = upstream.filter((url) => !block.some((line) => line.endsWith(` ${url}`)))
    .map((url) => `Refs: ${url}`);
  const signature = signatureOf(signer);
  const trailers = [...block.filter((line) => line !== signature), ...refs, signature];
  return `${[...paragraphs, trailers.join('\n')].join('\n\n')}\n`;
}

/**
 * A message as it goes upstream, which core's own linter accepts. A name and an address
 * cannot be wrapped, so the signature may be longer than 72 columns.
 */
async function messageOf({ proposal }: Placed, message: string, signer: Person): Promise<string> {
  const text = withTrailers(message, proposal.upstream, signer);
  const { failures } = await checkMessage(text);
  const failure = failures.find((why) => !(why.startsWith('line-length: ') && why.endsWith(`(${signatureOf(signer)})`)));
  if (failure === undefined) return text;
  throw new UserError(`the message of ${proposal.name} is not one that upstream takes: ${failure}`,
                      `correct the message in patches/${proposal.name} and run again`);
}

/** The environment that makes the user the author of git's commits. */
export function authorship({ name, email }: Person, date: string): Readonly<Record<string, string>> {
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
}

/**
 * Commits the proposals' trees again, as the user and with full messages. Resolves to the
 * last commit.
 * @param tip the last of the existing commits
 * @param proposals the proposals that are committed there, in that order
 */
export async function signedCommits(
  clone: Repository,
  line: Line,
  base: BaseRecord,
  signer: Person,
  tip = 'applied',
  proposals = proposalsOn(line),
): Promise<string> {
  const commits = await clone.commitsBetween(base.commit, tip);
  if (commits.length !== proposals.length) {
    throw new UserError(`the fork tree has ${commits.length} proposals, and proposals.json ${proposals.length}`,
                        `run \`make apply LINE=${line.name}\`, then run again`);
  }
  let last = base.commit;
  for (const [index, commit] of commits.entries()) {
    const message = await clone.git(['log', '-1', '--format=%B', commit]);
    const input = await messageOf(proposals[index]!, message, signer);
    last = (await clone.git(['commit-tree', `${commit}^{tree}`, '-p', last], { input })).trim();
  }
  return last;
}

/**
 * Applies the patches to the base as anyone would, and compares the result.
 * @throws UserError naming the patch that failed or the first file that differs
 */
async function prove(clone: Repository, base: BaseRecord, files: readonly string[], wanted: string): Promise<void> {
  const todo = 'correct the proposal that changes it and run again';
  await clone.git(['checkout', '--quiet', '--detach', base.commit]);
  const { code, stdout, stderr } = await clone.try(['am', '--quiet', ...files]);
  if (code !== 0) {
    const patch = /^Patch failed at (.*)$/m.exec(`${stdout}\n${stderr}`)?.[1] ?? 'one of the patches';
    const why = /^error: (.*)$/m.exec(stderr)?.[1] ?? stderr.trim();
    throw new UserError(`\`git am\` does not take ${patch} (${why})`, todo);
  }
  const differing = await clone.git(['diff', '--name-only', wanted, 'HEAD']);
  if (differing !== '') {
    throw new UserError(`the patches make another ${differing.split('\n')[0]} than the fork tree has`, todo);
  }
  const messages = (commit: string) => clone.git(['log', '--format=%an <%ae>%n%B', `${base.commit}..${commit}`]);
  if (await messages(wanted) !== await messages('HEAD')) {
    throw new UserError('`git am` reads other messages from the patches than the proposals have',
                        'take lines like "---" or "diff" out of patches/<proposal>/message.txt and run again');
  }
}

/**
 * Writes the complete patches of a line, one mail per proposal, for anyone who has the
 * base and git but none of these tools, and proves that they produce the fork tree.
 */
export async function series(line: Line, base: BaseRecord): Promise<{ did: string }> {
  const { dir, tree } = linePaths(line.name);
  const signer = await person();
  const scratch = path.join(dir, 'series-new');
  const target = path.join(dir, 'series');
  const made = path.join(scratch, 'series');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(made, { recursive: true });
  try {
    // A separate repository, so that nothing is left behind in the fork tree.
    const bare = new Repository(scratch);
    await bare.git(['clone', '--quiet', '--shared', '--no-checkout', tree, 'clone']);
    const clone = new Repository(path.join(scratch, 'clone'), authorship(signer, base.date));
    const applied = await new Repository(tree).resolve('refs/bindery/applied');
    await clone.git(['update-ref', 'refs/heads/applied', applied!]);
    const last = await signedCommits(clone, line, base, signer);
    await clone.git(['format-patch', '--quiet', ...FORMAT, '--output-directory', made, `${base.commit}..${last}`]);
    const names = (await readdir(made)).sort();
    await prove(clone, base, names.map((name) => path.join(made, name)), last);
    await rm(target, { recursive: true, force: true });
    await rename(made, target);
    for (const name of names) say(shown(path.join(target, name)));
    return { did: `${names.length} patches, \`git am\` makes the fork tree of them` };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
