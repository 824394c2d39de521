import { copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { lockedPackage } from '../../base/lock.ts';
import { officialNode, officialPackage } from '../../base/official.ts';
import { ADDON_ARCHS, buildAddon } from '../../build/addon.ts';
import { UserError } from '../../core/errors.ts';
import { out, root, shown } from '../../core/paths.ts';
import { projectVersion } from '../../core/project.ts';
import { type Done, step } from '../../core/report.ts';
import { run } from '../../core/run.ts';
import { type TryLine, tryLines } from './lines.ts';

/** Where the package is put together, and where it is packed. */
const FOLDER = path.join(out, 'try');
const STAGE = path.join(FOLDER, 'package');

/** The package's README, with words in capitals for what is filled in. */
const TEMPLATE = path.join(root, 'tools', 'publish', 'try', 'README.md');

function manifest(): Readonly<Record<string, unknown>> {
  return {
    name: 'bindery-try',
    version: projectVersion(),
    description: 'Synchronous, role-neutral sockets and socket options, proposed for Node.js, on the Node.js that you have',
    license: 'MIT',
    type: 'commonjs',
    bin: { 'bindery-try': 'addon/bin/bindery-try' },
    files: ['addon', 'lines', 'prebuilds', 'src', 'PROVENANCE.md'],
    scripts: { install: 'node addon/install.cjs' },
    engines: { node: '>=20.12' },
    os: ['linux'],
  };
}

/** Where the parts of each line came from. */
async function provenance(lines: readonly TryLine[], addons: ReadonlyMap<string, string>): Promise<string> {
  const commit = (await run('git', ['-C', root, 'rev-parse', 'HEAD'], { accept: 'any' })).stdout.trim();
  const rows = lines.map(({ name, base, since }) => {
    const archive = lockedPackage(officialPackage(), base)?.file;
    return `| ${name} | v${since} | ${officialPackage()} ${base} | ${archive?.sha256 ?? 'not locked'} |`;
  });
  return `# Provenance

The package was made from commit ${commit || 'unknown'} of bindery.

For each line of Node.js, \`lines/\` has the new builtins as they are, and the hooks in others
as differences. They were made on the texts of \`lib/\` in an official binary of npm's registry,
and are applied to those of the binary that runs.

| Line | For | Made on | SHA-256 of its archive |
| --- | --- | --- | --- |
${rows.join('\n')}

The addons in \`prebuilds/\` were compiled from \`src/\` and \`addon/\` against the public headers in
these packages:

${[...addons].map(([file, version]) => `* \`${file}\`: v${version}`).join('\n')}
`;
}

/** Compiles the addon for each major version, into a folder. */
async function prebuild(lines: readonly TryLine[]): Promise<ReadonlyMap<string, string>> {
  const addons = new Map<string, string>();
  for (const { base } of lines.filter(({ isNext }) => !isNext)) {
    const { stdout } = await run(await officialNode(base), ['-p', 'process.versions.modules'], { env: { NODE_OPTIONS: undefined } });
    for (const arch of ADDON_ARCHS) {
      const file = `linux-${arch}-${stdout.trim()}.node`;
      await copyFile(await buildAddon(base, arch), path.join(STAGE, 'prebuilds', file));
      addons.set(file, base);
    }
  }
  return addons;
}

/** What publint finds in the package. */
async function faults(): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ pkgDir: STAGE, strict: true });
  return messages.map((message) => formatMessage(message, pkg) ?? message.code);
}

/**
 * Makes the package.
 * @returns its file
 */
export async function makeTry(): Promise<Done & { readonly tarball: string }> {
  await rm(FOLDER, { recursive: true, force: true });
  for (const part of ['lines', 'prebuilds']) await mkdir(path.join(STAGE, part), { recursive: true });
  const found = await tryLines();
  const lines = found.map(({ line }) => line);
  for (const { line, texts } of found) await writeFile(path.join(STAGE, 'lines', `${line.name}.json`), JSON.stringify(texts));
  const version = projectVersion();
  await writeFile(path.join(STAGE, 'lines', 'index.json'), JSON.stringify({ version, lines }, null, 2));
  for (const part of ['addon', 'src', 'LICENSE']) await cp(path.join(root, part), path.join(STAGE, part), { recursive: true });
  const addons = await step('addons', async () => {
    const made = await prebuild(lines);
    return { did: [...made.keys()].join(', '), made };
  });
  await writeFile(path.join(STAGE, 'PROVENANCE.md'), await provenance(lines, addons.made));
  const words = {
    VERSION: version,
    SINCE: lines.filter(({ isNext }) => !isNext).map(({ since }) => `v${since}`).join(', '),
    PREBUILT: `Linux on ${ADDON_ARCHS.join(' and ')}`,
  };
  const readme = (await readFile(TEMPLATE, 'utf8')).replaceAll(/\b(VERSION|SINCE|PREBUILT)\b/g, (word) => words[word as keyof typeof words]);
  await writeFile(path.join(STAGE, 'README.md'), readme);
  await writeFile(path.join(STAGE, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  const [fault] = await faults();
  if (fault !== undefined) throw new UserError(`publint refuses bindery-try: ${fault}`, 'correct tools/publish/try/package.ts');
  const { stdout } = await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', FOLDER], { cwd: STAGE });
  const tarball = path.join(FOLDER, stdout.trim().split('\n').at(-1)!);
  return { did: shown(tarball), tarball };
}
