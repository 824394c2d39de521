// The names that a program looks up.

import dns from 'node:dns';
import net from 'node:net';
import { domainToASCII } from 'node:url';
import { toIpAddress } from './addresses.mjs';
import { Refusal, refusalOf } from './errors.mjs';
import { changed, Pollable } from './waiting.mjs';

export class ResolveAddressStream {
  constructor(name) {
    if (net.isIP(name) !== 0) {
      this.addresses = [toIpAddress(name)];
      return;
    }
    const ascii = domainToASCII(name);
    if (ascii === '') throw new Refusal('invalid-argument');
    dns.lookup(ascii, { all: true }, (error, found) => {
      this.failure = error ?? undefined;
      this.addresses = found?.map(({ address }) => toIpAddress(address)) ?? [];
      changed();
    });
  }

  resolveNextAddress() {
    if (this.addresses === undefined) throw new Refusal('would-block');
    if (this.failure !== undefined) throw refusalOf(this.failure);
    return this.addresses.shift();
  }

  subscribe() {
    return new Pollable(() => this.addresses !== undefined);
  }

  drop() {}
}
