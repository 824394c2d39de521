// For the blocks of code in the documents, which are of TCP: their addresses have
// a port, their errors a code, and a program of JavaScript does not ask whether.
/// <reference types="@bindery/types" />
import type { AddressInfo } from 'net';

declare module 'net' {
  interface Server {
    address(): AddressInfo;
  }
  interface BoundSocket {
    address(): AddressInfo;
  }
}

declare global {
  interface Error {
    code?: any;
  }
}
