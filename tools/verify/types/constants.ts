import { constantsOfSource } from '../../build/foreign/constants.ts';
import type { Fault } from './compare.ts';
import type { Claim, Declared } from './declared.ts';

/** Compares the declared constants with those in the source, for every platform. */
export function constantFaults({ claims }: Pick<Declared, 'claims'>, source = constantsOfSource()): readonly Fault[] {
  const known = new Map<string, Claim>(claims
    .filter(({ owner }) => owner === 'net.SocketConstants').map((claim) => [claim.name, claim]));
  const faults: Fault[] = [];
  for (const [name, { optional }] of source) {
    const claim = known.get(name);
    const what = `net.constants.${name}`;
    if (claim === undefined) faults.push({ what, why: 'it is not declared' });
    else if (claim.optional !== optional) faults.push({ what, why: optional ? 'a platform may lack it' : 'no platform lacks it' });
  }
  for (const name of known.keys()) {
    if (!source.has(name)) faults.push({ what: `net.constants.${name}`, why: 'src/socket_option_list.h does not define it' });
  }
  return faults;
}
