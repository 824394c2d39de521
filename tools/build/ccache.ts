import path from 'node:path';
import { out } from '../core/paths.ts';
import type { Toolchain } from './configure.ts';

/** The same compilers, run through ccache. */
export function cached(tools: Toolchain): Toolchain {
  return { ...tools, cc: `ccache ${tools.cc}`, cxx: `ccache ${tools.cxx}` };
}

/** Settings for ccache. The user's own folder and size take precedence. */
export function cacheSettings(): Readonly<Record<string, string>> {
  return {
    CCACHE_DIR: process.env['CCACHE_DIR'] || path.join(out, 'cache', 'ccache'),
    CCACHE_MAXSIZE: process.env['CCACHE_MAXSIZE'] || '5G',
    // Needed to cache units that use a precompiled header.
    CCACHE_SLOPPINESS: 'pch_defines,time_macros',
    CCACHE_PCH_EXTSUM: 'true',
  };
}
