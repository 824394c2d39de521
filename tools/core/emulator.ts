import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.ts';
import { arch } from './paths.ts';
import { run } from './run.ts';
import { asRoot, compiler, ensure, program, TRIPLETS } from './system.ts';

/** Where the kernel is told what runs the programs of other processors. */
const REGISTRY = '/proc/sys/fs/binfmt_misc';

/**
 * Installs the compiler for the processor that ARCH names and the emulator that
 * runs its programs, and registers the emulator with the kernel if that was not
 * done when this machine started. A program starts others, so it is not enough
 * to run the first one by hand.
 */
export async function ensureEmulator(): Promise<{ did: string }> {
  const triplet = TRIPLETS[arch];
  if (triplet === undefined) throw new UserError(`ARCH=${arch} is no processor that is built for`, `use ARCH=${Object.keys(TRIPLETS).join(' or ARCH=')}`);
  const name = `qemu-${triplet.replace(/-.*/, '')}`;
  const done = await ensure([compiler(arch), program(`${name}-static`, 'qemu-user-static')]);
  // Official binaries name a dynamic linker that this machine does not have. The
  // compiler came with one. Only paths that exist there are taken from there.
  process.env['QEMU_LD_PREFIX'] = `/usr/${triplet}`;
  if (existsSync(path.join(REGISTRY, name))) return done;
  const script = `[ -e ${REGISTRY}/register ] || mount -t binfmt_misc binfmt_misc ${REGISTRY} && cat /usr/lib/binfmt.d/${name}.conf >${REGISTRY}/register`;
  const rights = await asRoot();
  if (rights === undefined) throw new UserError(`${name} is not registered with the kernel`, `run as root: ${script}`);
  await run('env', [...rights, 'sh', '-c', script], { todo: `run as root: ${script}` });
  return { did: `${done.did}, registered ${name}` };
}
