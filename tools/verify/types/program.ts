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

/** Files in the place of those on the disk, by path. */
export type Overlay = ReadonlyMap<string, string>;

/** A compiler that keeps what it has parsed, for program after program. */
export class Compiler {
  readonly #parsed = new Map<string, ts.SourceFile>();

  /**
   * @param folder where node_modules is looked for
   * @param files the roots, which the overlay may have
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
      // The format of a module is part of what is parsed.
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

/** A diagnostic as one line, with the place it is about. */
export function textOf({ file, start, code, messageText }: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(messageText, ' ').replaceAll(/\s+/g, ' ');
  if (file === undefined || start === undefined) return `TS${code}: ${message}`;
  const { line } = file.getLineAndCharacterOfPosition(start);
  return `${path.basename(file.fileName)}:${line + 1}: TS${code}: ${message}`;
}

/** Everything that the compiler has against a program. */
export function faultsOf(program: ts.Program): readonly string[] {
  return ts.getPreEmitDiagnostics(program).map(textOf);
}
