import { lstat, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { filesBelow } from '../core/walk.ts';

// See elf(5). All numbers are little endian here.
const HEADERS = { at: 32, count: 56, size: 56 };
const PT_DYNAMIC = 2;
const PT_GNU_RELRO = 0x6474e552;
const DT_PLTGOT = 3n;
/** The tags of flags, with the one among them that wants everything bound at once. */
const FLAGS: ReadonlyMap<bigint, bigint> = new Map([[30n, 8n], [0x6ffffffbn, 1n]]);

/** The file offsets of an ELF file's program headers of a type. */
function headersOf(elf: Buffer, type: number): readonly number[] {
  const first = Number(elf.readBigUInt64LE(HEADERS.at));
  const all = Array.from({ length: elf.readUInt16LE(HEADERS.count) }, (_, index) => first + HEADERS.size * index);
  return all.filter((at) => elf.readUInt32LE(at) === type);
}

/**
 * Makes a shared library bind a function when it first calls it, as libraries do by
 * default, if it is linked to bind all of them when it is loaded. Its table of functions
 * stays writable for that; what comes before the table is still protected.
 * @param elf a library for 64 bits, which is changed in place
 * @returns whether it was changed
 */
export function bindLazily(elf: Buffer): boolean {
  const [dynamic] = headersOf(elf, PT_DYNAMIC);
  if (dynamic === undefined) return false;
  const start = Number(elf.readBigUInt64LE(dynamic + 8));
  const end = start + Number(elf.readBigUInt64LE(dynamic + 32));
  let table: bigint | undefined;
  let isChanged = false;
  for (let at = start; at < end; at += 16) {
    const tag = elf.readBigUInt64LE(at);
    const value = elf.readBigUInt64LE(at + 8);
    if (tag === DT_PLTGOT) table = value;
    const rest = value & ~(FLAGS.get(tag) ?? 0n);
    if (rest === value) continue;
    elf.writeBigUInt64LE(rest, at + 8);
    isChanged = true;
  }
  for (const at of isChanged && table !== undefined ? headersOf(elf, PT_GNU_RELRO) : []) {
    const size = table! - elf.readBigUInt64LE(at + 16);
    if (size < 0n || size > elf.readBigUInt64LE(at + 40)) continue;
    elf.writeBigUInt64LE(size, at + 32);
    elf.writeBigUInt64LE(size, at + 40);
  }
  return isChanged;
}

/**
 * Makes the shared libraries below a folder bind lazily.
 * @returns their number
 */
export async function bindAllLazily(folder: string): Promise<number> {
  let count = 0;
  for (const name of filesBelow(folder, /\.so(\.[\d.]+)?$/)) {
    const file = path.join(folder, name);
    if (!(await lstat(file)).isFile()) continue;
    const elf = await readFile(file);
    // Some are texts that name others.
    if (elf.toString('latin1', 0, 5) !== '\x7fELF\x02' || !bindLazily(elf)) continue;
    await writeFile(file, elf);
    count++;
  }
  return count;
}
