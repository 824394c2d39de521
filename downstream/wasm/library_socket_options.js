'use strict';

// setsockopt() and getsockopt() for WebAssembly, backed by the kernel. Pass
// this file to emcc with --js-library, along with -sNODERAWSOCKETS, and run the
// program with a Node.js whose sockets have setsockopt().
//
// The backend of -sNODERAWSOCKETS still creates the sockets. For each socket of
// the program it creates, in this order, `bound` when the socket is bound,
// `server` when it listens, `connection` when it is connected; or `udp`, for
// datagrams. There is no descriptor before any of these exists: options are
// kept in `early`, and a similar socket is used to find out immediately what
// the kernel makes of them.

/* global addToLibrary, extraLibraryFuncs */
/* global ERRNO_CODES, FS, HEAP32, HEAPU8, nodeSockHelpers, nodeSockOps, socketOptions */

addToLibrary({
  // The error differs between a descriptor that is not a socket and one that is
  // not open.
  $getSocketFromFD__deps: ['$SOCKFS', '$FS', '$ERRNO_CODES'],
  $getSocketFromFD: (fd) => {
    const stream = FS.getStream(fd);
    if (!stream) throw new FS.ErrnoError(ERRNO_CODES.EBADF);
    if (!FS.isSocket(stream.node.mode)) throw new FS.ErrnoError(ERRNO_CODES.ENOTSOCK);
    return stream.node.sock;
  },

  $socketOptions__deps: ['$nodeSockOps', '$nodeSockHelpers', '$SOCKFS', '$FS', '$ERRNO_CODES'],
  $socketOptions__postset: 'socketOptions.install();',
  $socketOptions: {
    // The numbers used by the C library of Emscripten. Those of the system may
    // differ, so options are looked up by name.
    AF_INET6: 10,
    SOCK_DGRAM: 2,
    SO_ERROR: 4,
    levels: {
      0: 'IPPROTO_IP',
      1: 'SOL_SOCKET',
      6: 'IPPROTO_TCP',
      17: 'IPPROTO_UDP',
      41: 'IPPROTO_IPV6',
    },
    names: {
      SOL_SOCKET: {
        2: 'SO_REUSEADDR', 3: 'SO_TYPE', 5: 'SO_DONTROUTE', 6: 'SO_BROADCAST', 7: 'SO_SNDBUF', 8: 'SO_RCVBUF',
        9: 'SO_KEEPALIVE', 10: 'SO_OOBINLINE', 12: 'SO_PRIORITY', 13: 'SO_LINGER', 15: 'SO_REUSEPORT',
        16: 'SO_PASSCRED', 17: 'SO_PEERCRED', 18: 'SO_RCVLOWAT', 19: 'SO_SNDLOWAT', 25: 'SO_BINDTODEVICE',
        30: 'SO_ACCEPTCONN', 31: 'SO_PEERSEC', 32: 'SO_SNDBUFFORCE', 33: 'SO_RCVBUFFORCE', 36: 'SO_MARK',
        38: 'SO_PROTOCOL', 39: 'SO_DOMAIN', 40: 'SO_RXQ_OVFL', 46: 'SO_BUSY_POLL', 47: 'SO_MAX_PACING_RATE',
        49: 'SO_INCOMING_CPU', 55: 'SO_MEMINFO', 56: 'SO_INCOMING_NAPI_ID', 57: 'SO_COOKIE', 59: 'SO_PEERGROUPS',
        60: 'SO_ZEROCOPY', 62: 'SO_BINDTOIFINDEX', 63: 'SO_TIMESTAMP', 64: 'SO_TIMESTAMPNS', 66: 'SO_RCVTIMEO',
        67: 'SO_SNDTIMEO', 69: 'SO_PREFER_BUSY_POLL', 70: 'SO_BUSY_POLL_BUDGET',
      },
      IPPROTO_TCP: {
        1: 'TCP_NODELAY', 2: 'TCP_MAXSEG', 3: 'TCP_CORK', 4: 'TCP_KEEPIDLE', 5: 'TCP_KEEPINTVL', 6: 'TCP_KEEPCNT',
        7: 'TCP_SYNCNT', 8: 'TCP_LINGER2', 9: 'TCP_DEFER_ACCEPT', 10: 'TCP_WINDOW_CLAMP', 11: 'TCP_INFO',
        12: 'TCP_QUICKACK', 13: 'TCP_CONGESTION', 14: 'TCP_MD5SIG', 18: 'TCP_USER_TIMEOUT', 23: 'TCP_FASTOPEN',
        25: 'TCP_NOTSENT_LOWAT', 26: 'TCP_CC_INFO', 27: 'TCP_SAVE_SYN', 28: 'TCP_SAVED_SYN',
        30: 'TCP_FASTOPEN_CONNECT', 31: 'TCP_ULP', 33: 'TCP_FASTOPEN_KEY', 34: 'TCP_FASTOPEN_NO_COOKIE',
        37: 'TCP_TX_DELAY',
      },
      IPPROTO_IP: {
        1: 'IP_TOS', 2: 'IP_TTL', 8: 'IP_PKTINFO', 10: 'IP_MTU_DISCOVER', 11: 'IP_RECVERR', 12: 'IP_RECVTTL',
        13: 'IP_RECVTOS', 14: 'IP_MTU', 15: 'IP_FREEBIND', 19: 'IP_TRANSPARENT', 21: 'IP_MINTTL',
        24: 'IP_BIND_ADDRESS_NO_PORT', 32: 'IP_MULTICAST_IF', 33: 'IP_MULTICAST_TTL', 34: 'IP_MULTICAST_LOOP',
        35: 'IP_ADD_MEMBERSHIP', 36: 'IP_DROP_MEMBERSHIP', 39: 'IP_ADD_SOURCE_MEMBERSHIP',
        40: 'IP_DROP_SOURCE_MEMBERSHIP', 49: 'IP_MULTICAST_ALL', 50: 'IP_UNICAST_IF',
      },
      IPPROTO_IPV6: {
        16: 'IPV6_UNICAST_HOPS', 17: 'IPV6_MULTICAST_IF', 18: 'IPV6_MULTICAST_HOPS', 19: 'IPV6_MULTICAST_LOOP',
        20: 'IPV6_JOIN_GROUP', 21: 'IPV6_LEAVE_GROUP', 23: 'IPV6_MTU_DISCOVER', 24: 'IPV6_MTU', 25: 'IPV6_RECVERR',
        26: 'IPV6_V6ONLY', 29: 'IPV6_MULTICAST_ALL', 49: 'IPV6_RECVPKTINFO', 51: 'IPV6_RECVHOPLIMIT',
        62: 'IPV6_DONTFRAG', 66: 'IPV6_RECVTCLASS', 67: 'IPV6_TCLASS', 70: 'IPV6_AUTOFLOWLABEL',
        73: 'IPV6_MINHOPCOUNT', 75: 'IPV6_TRANSPARENT', 76: 'IPV6_UNICAST_IF', 78: 'IPV6_FREEBIND',
      },
      IPPROTO_UDP: { 1: 'UDP_CORK', 103: 'UDP_SEGMENT', 104: 'UDP_GRO' },
    },

    // Options whose struct has a layout of its own in the C library, mapped to
    // the name of that struct in `net.structs`.
    layouts: {
      SO_LINGER: 'linger',
      SO_RCVTIMEO: 'timeval',
      SO_SNDTIMEO: 'timeval',
    },
    structs: {
      linger: {
        size: 8,
        outOfRange: 'EINVAL',
        read: (view) => ({ onoff: view.getInt32(0, true) !== 0, linger: view.getInt32(4, true) }),
        write(view, { onoff, linger }) {
          view.setInt32(0, onoff ? 1 : 0, true);
          view.setInt32(4, linger, true);
        },
      },
      timeval: {
        size: 16,
        outOfRange: 'EDOM',
        // The last four bytes are padding.
        read: (view) => ({ sec: Number(view.getBigInt64(0, true)), usec: view.getInt32(8, true) }),
        write(view, { sec, usec }) {
          view.setBigInt64(0, BigInt(sec), true);
          view.setInt32(8, usec, true);
        },
      },
    },

    // The closest errno for errors that do not come from the system. A name
    // that the system does not have is `undefined`.
    errors: {
      ERR_INVALID_ARG_TYPE: 'ENOPROTOOPT',
      ERR_INVALID_ARG_VALUE: 'EOPNOTSUPP',
      ERR_OUT_OF_RANGE: 'EINVAL',
      ERR_SOCKET_CLOSED: 'ENOTCONN',
      ERR_SOCKET_DGRAM_NOT_RUNNING: 'EBADF',
      ERR_SOCKET_OPTION_REFUSED: 'EOPNOTSUPP',
      ERR_SERVER_NOT_RUNNING: 'EBADF',
      ERR_ACCESS_DENIED: 'EACCES',
    },

    failure(error) {
      const { code } = error;
      const errno = ERRNO_CODES[socketOptions.errors[code] ?? code];
      // An error in this file is not an error of the program.
      if (errno === undefined) throw error;
      return -errno;
    },

    // Returns the level, and the option with the number that the system uses.
    lookUp(level, number) {
      const { constants } = nodeSockHelpers.getNet();
      const levelName = socketOptions.levels[level];
      const name = socketOptions.names[levelName]?.[number];
      return { level: constants[levelName], name, number: constants[name] };
    },

    isReadable: (pointer, length) => pointer > 0 && pointer + length <= HEAPU8.length,

    // Returns what an option with such a struct needs: its size here, functions
    // to read and write its fields, and the codec of the system. Returns
    // undefined for other options.
    layoutOf(name) {
      const layout = socketOptions.layouts[name];
      if (layout === undefined) return undefined;
      const codec = nodeSockHelpers.getNet().structs[layout];
      if (codec === undefined) throw socketOptions.refusal('ENOPROTOOPT');
      return { ...socketOptions.structs[layout], codec };
    },

    refusal: (code) => Object.assign(new Error(code), { code }),

    // Converts a value to the layout of the system.
    encoded(name, bytes) {
      const layout = socketOptions.layoutOf(name);
      if (layout === undefined) return bytes;
      // The system would check against its own size.
      if (bytes.length < layout.size) throw socketOptions.refusal('EINVAL');
      try {
        return layout.codec.encode(layout.read(new DataView(bytes.buffer)));
      } catch (error) {
        throw error.code === 'ERR_OUT_OF_RANGE' ? socketOptions.refusal(layout.outOfRange) : error;
      }
    },

    // Returns the value in the layout of the program, truncated to the length
    // that it asked for.
    read(target, { level, number, name }, length) {
      const layout = socketOptions.layoutOf(name);
      if (layout === undefined) return target.getsockopt(level, number, Math.min(length, 1024 * 1024));
      const bytes = new Uint8Array(layout.size);
      const fields = layout.codec.decode(target.getsockopt(level, number, layout.codec.size));
      layout.write(new DataView(bytes.buffer), fields);
      return bytes.subarray(0, length);
    },

    // Returns the object that currently owns the descriptor, or undefined if
    // there is none yet.
    target(sock) {
      const object = sock.connection ?? sock.server ?? sock.bound ?? sock.udp;
      if (!object) return undefined;
      const { SOL_SOCKET, SO_TYPE } = nodeSockHelpers.getNet().constants;
      try {
        object.getsockopt(SOL_SOCKET, SO_TYPE);
      } catch (error) {
        if (error.code === 'ERR_INVALID_STATE') return undefined;
        throw error;
      }
      return object;
    },

    // Calls `ask` with a socket that has the same options, and closes the
    // socket afterwards. Failing to bind its address does not mean that the
    // options are wrong.
    askAlike(sock, options, ask) {
      const address = sock.family === socketOptions.AF_INET6 ? '::' : '0.0.0.0';
      let alike;
      try {
        if (sock.type === socketOptions.SOCK_DGRAM) {
          const type = sock.family === socketOptions.AF_INET6 ? 'udp6' : 'udp4';
          alike = nodeSockHelpers.getDgram().createSocket({ type, socketOptions: options });
          alike.bindSync({ address });
        } else {
          alike = socketOptions.newBound(options, address, 0);
        }
        return ask(alike);
      } finally {
        alike?.close();
      }
    },

    // Does not set SO_REUSEADDR, unlike Node.js, unless the program does.
    newBound(options, host, port) {
      const { BoundHandle, constants: { SOL_SOCKET, SO_REUSEADDR } } = nodeSockHelpers.getNet();
      const reuses = options.findLast(([level, number]) => level === SOL_SOCKET && number === SO_REUSEADDR);
      const exclusive = reuses === undefined || reuses[2].every((byte) => byte === 0);
      return new BoundHandle({ host, port, exclusive, socketOptions: options });
    },

    set(sock, level, name, value, length) {
      if (length < 0) return -ERRNO_CODES.EINVAL;
      // If there is nothing to read, any pointer is valid.
      if (length > 0 && !socketOptions.isReadable(value, length)) return -ERRNO_CODES.EFAULT;
      try {
        const option = socketOptions.lookUp(level, name);
        if (option.number === undefined) return -ERRNO_CODES.ENOPROTOOPT;
        // Make a copy, since the memory of the program may be shared and
        // reused.
        const bytes = socketOptions.encoded(option.name, HEAPU8.slice(value, value + length));
        const target = socketOptions.target(sock);
        if (target) {
          target.setsockopt(option.level, option.number, bytes);
          return 0;
        }
        const entry = [option.level, option.number, bytes];
        const options = [...sock.early ?? [], entry];
        try {
          socketOptions.askAlike(sock, options, () => {});
        } catch (error) {
          if (error.syscall !== 'bind') throw error;
        }
        sock.early = options;
        (sock.connection ?? sock.udp)?.setsockopt(...entry);
        return 0;
      } catch (error) {
        return socketOptions.failure(error);
      }
    },

    get(sock, level, name, value, lengthPointer, ask) {
      if (!socketOptions.isReadable(lengthPointer, 4)) return -ERRNO_CODES.EFAULT;
      const length = HEAP32[lengthPointer >> 2];
      if (length < 0) return -ERRNO_CODES.EINVAL;
      // The backend gets the error of a connection as an event.
      if (socketOptions.levels[level] === 'SOL_SOCKET' && name === socketOptions.SO_ERROR) {
        return ask(sock, level, name, value, lengthPointer);
      }
      try {
        const option = socketOptions.lookUp(level, name);
        if (option.level === undefined) return -ERRNO_CODES.EOPNOTSUPP;
        if (option.number === undefined) return -ERRNO_CODES.ENOPROTOOPT;
        const readFrom = (object) => socketOptions.read(object, option, length);
        const target = socketOptions.target(sock);
        const bytes = target ? readFrom(target) : socketOptions.askAlike(sock, sock.early ?? [], readFrom);
        if (bytes.length > 0 && !socketOptions.isReadable(value, bytes.length)) return -ERRNO_CODES.EFAULT;
        HEAPU8.set(bytes, value);
        HEAP32[lengthPointer >> 2] = bytes.length;
        return 0;
      } catch (error) {
        return socketOptions.failure(error);
      }
    },

    // Replaces operations of the backend to apply options that were set before
    // there is a socket.
    install() {
      if (!nodeSockHelpers.getNet().BoundHandle?.prototype.setsockopt) {
        throw new Error('library_socket_options.js needs a Node.js whose sockets have setsockopt()');
      }
      const { getsockopt, listen } = nodeSockOps;
      const { ensureUdpHandle, wireConnection } = nodeSockHelpers;

      nodeSockOps.setsockopt = socketOptions.set;
      nodeSockOps.getsockopt = (...args) => socketOptions.get(...args, getsockopt);

      nodeSockHelpers.bindHandle = (sock, host, port) => {
        // For a socket that is not bound, listen() passes the IPv4 wildcard
        // address.
        const any = sock.family === socketOptions.AF_INET6 && host === '0.0.0.0' ? '::' : host;
        try {
          sock.bound = socketOptions.newBound(sock.early ?? [], any, port);
        } catch (error) {
          throw new FS.ErrnoError(nodeSockHelpers.nodeErrToErrno(error));
        }
        ({ address: sock.saddr, port: sock.sport } = sock.bound.address());
      };

      nodeSockHelpers.ensureUdpHandle = (sock) => {
        if (sock.udp) return sock.udp;
        const udp = ensureUdpHandle(sock);
        for (const option of sock.early ?? []) udp.setsockopt(...option);
        return udp;
      };

      nodeSockHelpers.wireConnection = (sock, connection) => {
        // A connection from a bound socket has its options already.
        if (!sock.bound) for (const option of sock.early ?? []) connection.setsockopt(...option);
        wireConnection(sock, connection);
      };

      nodeSockOps.listen = (sock, backlog) => {
        listen(sock, backlog);
        if (sock.server.listening) return;
        // This is known immediately, whereas the backend waits for the event.
        sock.server.removeAllListeners('error').on('error', () => {});
        throw new FS.ErrnoError(ERRNO_CODES.EADDRINUSE);
      };
    },
  },
});

// Programs that do not set options need this as well, for the results of bind()
// and listen().
extraLibraryFuncs.push('$socketOptions');
