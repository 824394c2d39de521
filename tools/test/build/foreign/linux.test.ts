import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { constantsOfSource, listedOptions } from '../../../build/foreign/constants.ts';
import { definedNames, unknownNames, wrongNumbers } from '../../../build/foreign/foreign.ts';
import { HEADERS, LEFT_OUT } from '../../../build/foreign/linux.ts';
import { root } from '../../../core/paths.ts';
import { run } from '../../../core/run.ts';

t.test('the list has the options in the headers of this system', async (t) => {
  const preprocess = async (...args: readonly string[]) => {
    const { stdout } = await run('g++', ['-std=gnu++20', '-E', '-x', 'c++', ...args, '-'], { input: HEADERS });
    return stdout;
  };
  const macros = await preprocess('-dM');
  const list = path.join(root, 'src', 'socket_option_list.h');
  const defined = definedNames(await preprocess('-DNODE_WANT_INTERNALS=1', '-include', list));
  t.ok(defined.size > 100, 'the list was read');
  t.same(unknownNames(macros, new Set(defined.keys()), LEFT_OUT), [], 'each is in the list, or left out for a reason');
  t.same(wrongNumbers(macros, defined), []);
  const absent = [...constantsOfSource().values()].filter(({ optional, name }) => !optional && !defined.has(name));
  t.same(absent, []);
});

t.test('the manual names the constants of the list, by level', (t) => {
  const text = readFileSync(path.join(root, 'doc-api', 'socket-constants.net.md'), 'utf8');
  const section = text.slice(text.indexOf('\nLevels:\n'), text.indexOf('\nOn most systems that have them'));
  const listed = section.split(/\n(?=Names of the level|Levels:)/).flatMap((part) => {
    const level = /^Names of the level `(\w+)`/.exec(part)?.[1];
    return [...part.matchAll(/^\* `(\w+)`$/gm)].map(([, name]) => `${level ?? name}: ${name}`);
  });
  const expected = [...constantsOfSource().values()].map(({ level, name }) => `${level}: ${name}`);
  t.same(listed.toSorted(), expected.toSorted());
  t.end();
});

t.test('no option is in the list twice for a system', (t) => {
  const text = readFileSync(path.join(root, 'src', 'socket_option_list.h'), 'utf8');
  const [, common, linux, both, windows, unix, others, every, posix] =
    /^([^]*?)^#ifdef __linux__$([^]*?)^#else$([^]*?)^#ifdef _WIN32$([^]*?)^#else$([^]*?)^#endif$([^]*?)\n\n([^]*?)^#ifndef _WIN32$([^]*)/m
      .exec(text.slice(text.indexOf('kSocketOptions[]')))!;
  const systems = {
    linux: `${linux}${every}${posix}`, windows: `${both}${windows}${every}`, others: `${both}${unix}${others}${every}${posix}`,
  };
  for (const [name, own] of Object.entries(systems)) {
    const rows = listedOptions(`${common}${own}`).map((option) => `${option.level} ${option.name}`);
    t.same(rows.filter((row, at) => rows.indexOf(row) !== at), [], name);
    t.ok(rows.length > 40, name);
  }
  t.end();
});
