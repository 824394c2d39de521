'use strict';

// A process that closes the bound sockets that it receives.

process.on('message', (message, bound) => bound?.close?.());
