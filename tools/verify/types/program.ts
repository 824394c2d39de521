import path from 'node:path';
import ts from 'typescript';
import { PACKAGE } from './stage.ts';

/** How the declarations are compiled: as strictly as TypeScript can. */
export const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  isolatedModules: true,
  skipLibCheck: false,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022'],
  module: 'nodenext',
  types: ['node', PACKAGE],
} as const;

/** Files that replace those on disk, by path. */
export type Overlay = ReadonlyMap<string, string>;

/** A compiler that caches what it has parsed from one program to the next. */
export class Compiler {
  readonly #parsed = new Map<string, ts.SourceFile>();

  /**
   * @param folder where to look for node_modules
   * @param files the root files, which may be in the overlay
   */
  program(
    folder: string,
    files: readonly string[],
    overlay: Overlay = new Map(),
    settings: object = STRICT,
  ): ts.Program {
    const { options, errors } = ts.convertCompilerOptionsFromJson(settings, folder);
    if (errors.length > 0) throw new Error(errors.map((error) => textOf(error)).join('\n'));
    const host = ts.createCompilerHost(options);
    const disk = { ...host };
    host.getCurrentDirectory = () => folder;
    host.fileExists = (file) => overlay.has(file) || disk.fileExists(file);
    host.readFile = (file) => overlay.get(file) ?? disk.readFile(file);
    host.getSourceFile = (file, version, ...rest) => {
      const replaced = overlay.get(file);
      if (replaced !== undefined) return ts.createSourceFile(file, replaced, version, true);
      // The module format affects how a file is parsed.
      const key = `${typeof version === 'object' ? version.impliedNodeFormat : ''}:${file}`;
      let source = this.#parsed.get(key);
      if (source === undefined) {
        source = disk.getSourceFile(file, version, ...rest);
        if (source !== undefined) this.#parsed.set(key, source);
      }
      return source;
    };
    return ts.createProgram({ rootNames: files, options, host });
  }
}

/** A diagnostic as one line, with its location. */
function textOf({ file, start, code, messageText }: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(messageText, ' ').replaceAll(/\s+/g, ' ');
  if (file === undefined || start === undefined) return `TS${code}: ${message}`;
  const { line } = file.getLineAndCharacterOfPosition(start);
  return `${path.basename(file.fileName)}:${line + 1}: TS${code}: ${message}`;
}

/** All diagnostics of a program. */
export function faultsOf(program: ts.Program): readonly string[] {
  return ts.getPreEmitDiagnostics(program).map(textOf);
}
