import { readFile } from 'node:fs/promises';
import { UserError } from '../../core/errors.ts';

/** A way to have the compiler watch what a program does. */
export interface Sanitizer {
  /** What binaries and logs are named after. */
  readonly name: 'asan' | 'tsan' | 'fuzz';
  readonly title: string;
  /** For the compiler and for the linker. */
  readonly flags: string;
  /** For the linker alone. What is in shared libraries of its own each writes its own log. */
  readonly link: string;
  /** What its part of a program is told, where that holds for every program. */
  readonly options: string;
  /** What it is told in a binary most of which the compiler did not watch. */
  readonly within: string;
  /** A part that the binary has besides, in C++ over Node's headers. */
  readonly part?: string;
  /** Faults that it finds, by the names that tools/verify/sanitize/faults.cc has for them, and how it calls them. */
  readonly faults: Readonly<Record<string, RegExp>>;
}

export const asan: Sanitizer = {
  name: 'asan',
  title: 'AddressSanitizer and UBSan',
  flags: '-fsanitize=address,undefined',
  link: '-static-libasan -static-libubsan',
  options: 'detect_leaks=1:print_stacktrace=1',
  // Inline functions of Node's headers are in the library and in the binary.
  // V8 compares addresses on the stack, so nothing that is there may be moved.
  // Every process of Node leaks a little at its end, which must not look like a
  // failure of its own; whose a leak is, its stack says.
  within: 'detect_odr_violation=0:detect_stack_use_after_return=0:exitcode=0:abort_on_error=1',
  faults: { 'overflow': /signed integer overflow/, 'use after free': /heap-use-after-free/, 'leak': /^leak of / },
};

export const tsan: Sanitizer = {
  name: 'tsan',
  title: 'ThreadSanitizer',
  flags: '-fsanitize=thread',
  link: '-static-libtsan',
  options: 'second_deadlock_stack=1',
  // The library's own accesses are not seen, and its atomic operations neither:
  // what it does with memory that it guards by them must not be reported. Its
  // locks are seen. The child of a fork goes on.
  within: 'ignore_noninstrumented_modules=1:die_after_fork=0',
  faults: { race: /data race/ },
};

/** Random bits of addresses beyond which memory may lie where the sanitizers have their own. */
const MOST_BITS = 28;

/** The bit of a process's personality that says that its addresses are not random. */
const ADDR_NO_RANDOMIZE = 0x0040000;

/**
 * @param proc where the kernel tells of processes
 * @throws UserError where memory is placed more at random than the sanitizers
 *   of older compilers can take
 */
export async function requireFixedAddresses(proc = '/proc'): Promise<void> {
  const bits = Number(await readFile(`${proc}/sys/vm/mmap_rnd_bits`, 'utf8').catch(() => '0'));
  const personality = parseInt(await readFile(`${proc}/self/personality`, 'utf8').catch(() => '0'), 16);
  if (bits <= MOST_BITS || (personality & ADDR_NO_RANDOMIZE) !== 0) return;
  throw new UserError(`this kernel places memory at random by ${bits} bits, where the sanitizers can take ${MOST_BITS}`,
                      'run `setarch -R make sanitize`');
}
