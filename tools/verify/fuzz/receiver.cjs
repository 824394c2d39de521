'use strict';

// A process that closes the bound sockets that it is sent.

process.on('message', (message, bound) => bound?.close?.());
