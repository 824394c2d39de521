import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from './errors.ts';
import { root, shown } from './paths.ts';

/** Converts a JSON pointer such as `/lines/v24.x/base/suite` to `lines["v24.x"].base.suite`. */
function keyOf(pointer: string): string {
  return pointer.split('/').slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((key, part) => {
      if (/^\d+$/.test(part)) return `${key}[${part}]`;
      if (!/^[\w$]+$/.test(part)) return `${key}[${JSON.stringify(part)}]`;
      return key === '' ? part : `${key}.${part}`;
    }, '');
}

/** The possible values of discriminator keys. */
const TAGS: Readonly<Record<string, string>> = {
  state: '"carried", "landed", "included" or "not applicable"',
  from: '"suite" or "git"',
};

/** Describes what the schema expected at the most deeply nested key with an error. */
function expectation(errors: readonly ErrorObject[]): { key: string; expected: string } {
  const [error] = [...errors]
    .sort((a, b) => b.instancePath.split('/').length - a.instancePath.split('/').length);
  const at = keyOf(error!.instancePath);
  const join = (name: string) => (at === '' ? name : keyOf(`${error!.instancePath}/${name}`));
  switch (error!.keyword) {
    case 'required':
      return { key: join(String(error!.params['missingProperty'])), expected: 'expected it to be there' };
    case 'additionalProperties':
      return {
        key: join(String(error!.params['additionalProperty'])),
        expected: 'expected no such key (is it misspelt?)',
      };
    case 'discriminator':
      return {
        key: join(String(error!.params['tag'])),
        expected: `expected ${TAGS[String(error!.params['tag'])] ?? 'another value'}`,
      };
    case 'pattern':
      return { key: at, expected: `expected text that matches ${error!.params['pattern']}` };
    case 'type':
      return { key: at, expected: `expected ${error!.params['type']}` };
    default:
      return { key: at, expected: `expected that it ${error!.message}` };
  }
}

const validators = new Map<string, ValidateFunction>();

/** What checks files against a schema. Making it takes longer than any check. */
function validatorOf(schema: string): ValidateFunction {
  const validate = validators.get(schema) ?? new Ajv({ allErrors: true, discriminator: true })
    .compile(JSON.parse(readFileSync(path.join(root, 'tools', 'core', 'schemas', schema), 'utf8')));
  validators.set(schema, validate);
  return validate;
}

/**
 * Reads a JSON file of the project and checks it against its schema.
 * @throws UserError naming the file, the key and what was expected there
 */
export function load<T>(file: string, schema: string): T {
  const name = shown(file);
  const todo = 'correct the file and run again';
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(`${name}: ${(error as Error).message}`, todo);
  }
  const validate = validatorOf(schema);
  if (!validate(value)) {
    const { key, expected } = expectation(validate.errors!);
    throw new UserError(`${name}: ${key === '' ? 'the whole file' : key}: ${expected}`, todo);
  }
  return value as T;
}

export function projectVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as
    { version: string };
  return version;
}
