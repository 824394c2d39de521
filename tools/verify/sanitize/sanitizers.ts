import { readFile } from 'node:fs/promises';
import { UserError } from '../../core/errors.ts';

/** A way to have the compiler instrument a program. */
export interface Sanitizer {
  /** Used in the names of binaries and logs. */
  readonly name: 'asan' | 'tsan' | 'fuzz';
  readonly title: string;
  /** For the compiler and the linker. */
  readonly flags: string;
  /** For the linker only. Sanitizers in separate shared libraries write separate logs. */
  readonly link: string;
  /** Options for its runtime that apply to every program. */
  readonly options: string;
  /** Options for a binary that is mostly not instrumented. */
  readonly within: string;
  /** An additional part of the binary, in C++ with Node's headers. */
  readonly part?: string;
  /** Faults that it finds, by their names in tools/verify/sanitize/faults.cc, and its reports. */
  readonly faults: Readonly<Record<string, RegExp>>;
}

export const asan: Sanitizer = {
  name: 'asan',
  title: 'AddressSanitizer and UBSan',
  flags: '-fsanitize=address,undefined',
  link: '-static-libasan -static-libubsan',
  options: 'detect_leaks=1:print_stacktrace=1',
  // Inline functions in Node's headers are in both the library and the binary. V8
  // compares addresses on the stack, so nothing there may be moved. Every Node process
  // leaks a little at its end, which must not look like a failure; the stack shows whose
  // leak it is.
  within: 'detect_odr_violation=0:detect_stack_use_after_return=0:exitcode=0:abort_on_error=1',
  faults: { 'overflow': /signed integer overflow/, 'use after free': /heap-use-after-free/, 'leak': /^leak of / },
};

export const tsan: Sanitizer = {
  name: 'tsan',
  title: 'ThreadSanitizer',
  flags: '-fsanitize=thread',
  link: '-static-libtsan',
  options: 'second_deadlock_stack=1',
  // The library's own accesses and its atomic operations are not instrumented, so memory
  // that it guards with them must not be reported. Its locks are intercepted. The child
  // of a fork goes on.
  within: 'ignore_noninstrumented_modules=1:die_after_fork=0',
  faults: { race: /data race/ },
};

/** With more random bits, addresses may collide with the sanitizers' own memory. */
const MOST_BITS = 28;

/** The flag in a process's personality that disables random addresses. */
const ADDR_NO_RANDOMIZE = 0x0040000;

/**
 * @param proc where the kernel describes processes
 * @throws UserError if memory is placed more randomly than the sanitizers of older
 *   compilers can handle
 */
export async function requireFixedAddresses(proc = '/proc'): Promise<void> {
  const bits = Number(await readFile(`${proc}/sys/vm/mmap_rnd_bits`, 'utf8').catch(() => '0'));
  const personality = parseInt(await readFile(`${proc}/self/personality`, 'utf8').catch(() => '0'), 16);
  if (bits <= MOST_BITS || (personality & ADDR_NO_RANDOMIZE) !== 0) return;
  throw new UserError(`this kernel places memory at random by ${bits} bits, where the sanitizers can take ${MOST_BITS}`,
                      'run `setarch -R make sanitize`');
}
