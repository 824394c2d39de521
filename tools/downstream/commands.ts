// downstream: programs and packages that know nothing of this project.
// In: a line's binary, official binaries, packages of npm and programs in C.
// Out: how they fare with the binary, beside how they fare with the official one.
import { onEach } from '../build/commands.ts';
import { testNeeds, wasmNeeds } from '../core/system.ts';
import { downstream as runAll } from './downstream.ts';

/** Runs them all. */
export const downstream = () => onEach('downstream', [...testNeeds, ...wasmNeeds], runAll);
