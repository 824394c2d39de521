'use strict';

// setsockopt() and getsockopt() for WebAssembly, backed by the kernel, and the
// control messages of datagrams. Pass this file to emcc with --js-library,
// along with -sNODERAWSOCKETS, and run the program with a Node.js whose sockets
// have setsockopt().
//
// The backend of -sNODERAWSOCKETS still creates the sockets. For each socket of
// the program it creates, in this order, `bound` when the socket is bound,
// `server` when it listens, `connection` when it is connected; or `udp`, for
// datagrams. There is no descriptor before any of these exists: options are
// kept in `early`, and a similar socket is used to find out immediately what
// the kernel makes of them.

/* global addToLibrary, extraLibraryFuncs, LibraryManager */
/* global ERRNO_CODES, FS, HEAP32, HEAPU8, nodeSockHelpers, nodeSockOps, socketOptions */
/* global backendRecvmsg, backendSendmsg, inetNtop4, inetNtop6, inetPton4, inetPton6 */

const { library } = LibraryManager;

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

  // The backend's, which know nothing of control messages.
  $backendRecvmsg__deps: library.__syscall_recvmsg__deps,
  $backendRecvmsg: library.__syscall_recvmsg,
  $backendSendmsg__deps: library.__syscall_sendmsg__deps,
  $backendSendmsg: library.__syscall_sendmsg,
  __syscall_recvmsg__deps: ['$backendRecvmsg', '$socketOptions'],
  __syscall_recvmsg: (fd, message, flags) => socketOptions.receive(fd, message, flags),
  __syscall_sendmsg__deps: ['$backendSendmsg', '$socketOptions'],
  __syscall_sendmsg: (fd, message, flags) => socketOptions.sendMessage(fd, message, flags),

  $socketOptions__deps: [
    '$nodeSockOps', '$nodeSockHelpers', '$SOCKFS', '$FS', '$ERRNO_CODES',
    '$inetNtop4', '$inetNtop6', '$inetPton4', '$inetPton6',
  ],
  $socketOptions__postset: 'socketOptions.install();',
  $socketOptions: {
    // The numbers used by the C library of Emscripten. Those of the system may
    // differ, so options are looked up by name.
    AF_INET6: 10,
    SOCK_DGRAM: 2,
    SO_ERROR: 4,
    O_NONBLOCK: 2048,
    IPV6_PKTINFO: 50,
    MSG_CTRUNC: 8,
    MSG_TRUNC: 32,
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

    // Offsets in `struct msghdr`. A `struct cmsghdr` consists of the length,
    // the level and the type, four bytes each, and the data follow.
    msghdr: { control: 16, controllen: 20, flags: 24 },
    cmsghdrSize: 12,

    // Options that ask for information about datagrams: what they ask for, in
    // terms of `receiveInfo`, and the type and data of the control message, as
    // far as there is one. They are in the order in which Linux adds messages.
    information: {
      SO_TIMESTAMP: { items: ['timestamp'], type: 63, data: ({ timestamp }) => socketOptions.time(timestamp, 1000n) },
      SO_TIMESTAMPNS: { items: ['timestamp'], type: 64, data: ({ timestamp }) => socketOptions.time(timestamp, 1n) },
      SO_RXQ_OVFL: { items: ['dropped'], type: 40, data: ({ dropped }) => dropped > 0 && Uint32Array.of(dropped) },
      UDP_GRO: {
        items: ['segmentSize'],
        type: 104,
        data: ({ segmentSize, size }) => segmentSize < size && Int32Array.of(segmentSize),
      },
      IP_PKTINFO: {
        items: ['localAddress', 'interfaceIndex'],
        type: 8,
        data({ localAddress, interfaceIndex }) {
          const address = inetPton4(localAddress.replace(/^::ffff:/, ''));
          // An answer cannot come from the address of a group.
          const own = (address & 0xff) < 224 ? address : 0;
          return Int32Array.of(interfaceIndex, own, address);
        },
      },
      IP_RECVTTL: { items: ['ttl'], type: 2, data: ({ ttl }) => Int32Array.of(ttl) },
      IP_RECVTOS: { items: ['tos'], type: 1, data: ({ tos }) => Uint8Array.of(tos) },
      IPV6_RECVPKTINFO: {
        items: ['localAddress', 'interfaceIndex'],
        type: 50,
        data({ localAddress, interfaceIndex }) {
          const [address] = localAddress.split('%');
          return Int32Array.of(...inetPton6(address.includes(':') ? address : `::ffff:${address}`), interfaceIndex);
        },
      },
      IPV6_RECVHOPLIMIT: { items: ['ttl'], type: 52, data: ({ ttl }) => Int32Array.of(ttl) },
      IPV6_RECVTCLASS: { items: ['tos'], type: 67, data: ({ tos }) => Int32Array.of(tos) },
    },

    // Control messages of datagrams to send, by level and type: the sizes that
    // the data may have, and the options of sendSync() that they stand for. A
    // number may be -1 for the default.
    sendable: {
      IPPROTO_IP: {
        1: {
          sizes: [1, 4],
          options: (view) => ({ tos: view.byteLength === 1 ? view.getUint8(0) : view.getInt32(0, true) }),
        },
        2: { sizes: [4], options: (view) => ({ ttl: view.getInt32(0, true) }) },
        8: {
          sizes: [12],
          options(view, isIPv6Socket) {
            const address = view.getInt32(4, true);
            const localAddress = `${isIPv6Socket ? '::ffff:' : ''}${inetNtop4(address)}`;
            return {
              interfaceIndex: view.getInt32(0, true) || undefined,
              localAddress: address === 0 ? undefined : localAddress,
            };
          },
        },
      },
      IPPROTO_IPV6: {
        50: {
          sizes: [20],
          options(view) {
            const words = [0, 4, 8, 12].map((at) => view.getInt32(at, true));
            return {
              interfaceIndex: view.getInt32(16, true) || undefined,
              localAddress: words.every((word) => word === 0) ? undefined : inetNtop6(words),
            };
          },
        },
        52: { sizes: [4], options: (view) => ({ ttl: socketOptions.orDefault(view.getInt32(0, true)) }) },
        62: { sizes: [4], options: (view) => ({ dontFragment: view.getInt32(0, true) !== 0 }) },
        67: { sizes: [4], options: (view) => ({ tos: socketOptions.orDefault(view.getInt32(0, true)) }) },
      },
      IPPROTO_UDP: {
        103: { sizes: [2], options: (view) => ({ segmentSize: view.getUint16(0, true) || undefined }) },
      },
      SOL_SOCKET: {},
    },

    orDefault: (value) => (value === -1 ? undefined : value),

    // A `struct timespec`, or a `struct timeval` if the unit is 1000.
    time(nanoseconds, unit) {
      const second = 1_000_000_000n;
      return BigInt64Array.of(nanoseconds / second, nanoseconds % second / unit);
    },

    // The closest errno for errors that do not come from the system. A name
    // that the system does not have is `undefined`.
    errors: {
      ERR_INVALID_ARG_TYPE: 'ENOPROTOOPT',
      ERR_INVALID_ARG_VALUE: 'EOPNOTSUPP',
      ERR_OUT_OF_RANGE: 'EINVAL',
      ERR_SOCKET_BAD_PORT: 'EINVAL',
      ERR_SOCKET_CLOSED: 'ENOTCONN',
      ERR_SOCKET_DGRAM_IS_CONNECTED: 'EISCONN',
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

    // Whether the program has set SO_REUSEADDR.
    reusesAddress(options) {
      const { SOL_SOCKET, SO_REUSEADDR } = nodeSockHelpers.getNet().constants;
      const reuses = options.findLast(([level, number]) => level === SOL_SOCKET && number === SO_REUSEADDR);
      return reuses !== undefined && reuses[2].some((byte) => byte !== 0);
    },

    // Does not set SO_REUSEADDR, unlike Node.js, unless the program does.
    newBound(options, host, port) {
      const exclusive = !socketOptions.reusesAddress(options);
      return new (nodeSockHelpers.getNet().BoundHandle)({ host, port, exclusive, socketOptions: options });
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
        const entry = [option.level, option.number, bytes];
        const target = socketOptions.target(sock);
        if (target) {
          target.setsockopt(...entry);
          socketOptions.remember(sock, level, option.name, entry);
          socketOptions.inform(sock);
          return 0;
        }
        const options = [...sock.early ?? [], entry];
        try {
          socketOptions.askAlike(sock, options, () => {});
        } catch (error) {
          if (error.syscall !== 'bind') throw error;
        }
        sock.early = options;
        socketOptions.remember(sock, level, option.name, entry);
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

    // Records that the program asks for information about datagrams.
    remember(sock, level, name, entry) {
      if (sock.type !== socketOptions.SOCK_DGRAM || !(name in socketOptions.information)) return;
      sock.asked ??= new Map();
      sock.asked.delete(name);
      // There is one timestamp, in the unit that was asked for last.
      if (name === 'SO_TIMESTAMP') sock.asked.delete('SO_TIMESTAMPNS');
      if (name === 'SO_TIMESTAMPNS') sock.asked.delete('SO_TIMESTAMP');
      if (entry[2].some((byte) => byte !== 0)) sock.asked.set(name, { level, entry });
    },

    // Makes 'message' events of a bound socket say what was asked for. This
    // sets options of its own choice, so those of the program are set again.
    inform(sock) {
      if (!sock.asked?.size) return;
      const items = [...sock.asked.keys()].flatMap((name) => socketOptions.information[name].items);
      sock.udp.setReceiveInfo(items);
      for (const { entry } of sock.asked.values()) sock.udp.setsockopt(...entry);
    },

    isIPv4: (address) => !address.includes(':') || address.startsWith('::ffff:'),

    // Whether a control message can belong to a datagram of this version of IP.
    // A socket for IPv6 has one kind of addresses for both.
    belongs(level, type, isIPv4, isIPv6Socket) {
      switch (socketOptions.levels[level]) {
        case 'IPPROTO_IP': return isIPv4;
        case 'IPPROTO_IPV6': return !isIPv4 || (isIPv6Socket && type === socketOptions.IPV6_PKTINFO);
        default: return true;
      }
    },

    // Returns the control messages about a datagram.
    messagesAbout(sock, info) {
      const isIPv4 = socketOptions.isIPv4(info.address);
      const messages = [];
      for (const [name, { items, type, data }] of Object.entries(socketOptions.information)) {
        if (!sock.asked?.has(name) || info[items[0]] === undefined) continue;
        const { level } = sock.asked.get(name);
        if (!socketOptions.belongs(level, type, isIPv4, true)) continue;
        const value = data(info);
        if (value) messages.push({ level, type, bytes: new Uint8Array(value.buffer) });
      }
      return messages;
    },

    // Writes control messages as far as there is space for them, like Linux.
    // Returns the number of bytes used, and flags.
    writeMessages(messages, pointer, length) {
      const header = socketOptions.cmsghdrSize;
      let used = 0;
      for (const { level, type, bytes } of messages) {
        const space = socketOptions.isReadable(pointer, length) ? length - used : 0;
        if (space < header) return { used, flags: socketOptions.MSG_CTRUNC };
        const whole = header + bytes.length;
        const written = Math.min(whole, space);
        // The program need not have aligned it.
        HEAPU8.set(new Uint8Array(Int32Array.of(written, level, type).buffer), pointer + used);
        HEAPU8.set(bytes.subarray(0, written - header), pointer + used + header);
        // The next one is aligned.
        used += Math.min((whole + 3) & ~3, space);
        if (written < whole) return { used, flags: socketOptions.MSG_CTRUNC };
      }
      return { used, flags: 0 };
    },

    receive(fd, message, flags) {
      const { control, controllen, flags: outFlags } = socketOptions.msghdr;
      const pointer = HEAP32[(message + control) >> 2];
      const length = HEAP32[(message + controllen) >> 2];
      const sock = FS.getStream(fd)?.node?.sock;
      const datagram = sock?.type === socketOptions.SOCK_DGRAM ? sock.recv_queue[0] : undefined;
      const count = backendRecvmsg(fd, message, flags);
      if (count < 0 || datagram === undefined) return count;
      const { data } = datagram;
      const written = socketOptions.writeMessages(socketOptions.messagesAbout(sock, data.info), pointer, length);
      const truncated = count < data.length ? socketOptions.MSG_TRUNC : 0;
      HEAP32[(message + controllen) >> 2] = written.used;
      HEAP32[(message + outFlags) >> 2] = written.flags | truncated;
      return flags & socketOptions.MSG_TRUNC ? data.length : count;
    },

    // Keeps the control messages for the operation that the backend calls.
    sendMessage(fd, message, flags) {
      const { control, controllen } = socketOptions.msghdr;
      const pointer = HEAP32[(message + control) >> 2];
      const length = HEAP32[(message + controllen) >> 2];
      if (length > 0) {
        if (!socketOptions.isReadable(pointer, length)) return -ERRNO_CODES.EFAULT;
        socketOptions.control = HEAPU8.slice(pointer, pointer + length);
      }
      try {
        return backendSendmsg(fd, message, flags);
      } finally {
        socketOptions.control = undefined;
      }
    },

    // Returns the options of sendSync() that control messages stand for.
    readMessages(control, isToIPv4, isIPv6Socket) {
      const options = {};
      const view = new DataView(control.buffer);
      const header = socketOptions.cmsghdrSize;
      let length;
      for (let at = 0; at + header <= control.length; at += (length + 3) & ~3) {
        length = view.getUint32(at, true);
        if (length < header || length > control.length - at) throw socketOptions.refusal('EINVAL');
        const level = view.getInt32(at + 4, true);
        const type = view.getInt32(at + 8, true);
        const sendable = socketOptions.sendable[socketOptions.levels[level]];
        // Those of another protocol have no effect.
        if (!sendable || !socketOptions.belongs(level, type, isToIPv4, isIPv6Socket)) continue;
        if (!sendable[type]?.sizes.includes(length - header)) throw socketOptions.refusal('EINVAL');
        const data = new DataView(control.buffer, at + header, length - header);
        Object.assign(options, sendable[type].options(data, isIPv6Socket));
      }
      return options;
    },

    // Sends a datagram at once, so that the program gets the error.
    sendDatagram(sock, bytes, addr, port) {
      const udp = nodeSockHelpers.ensureUdpHandle(sock);
      nodeSockHelpers.startUdpRecv(sock);
      const { control } = socketOptions;
      const isToIPv4 = socketOptions.isIPv4(addr ?? sock.daddr);
      const options = control && socketOptions.readMessages(control, isToIPv4, sock.family === socketOptions.AF_INET6);
      for (;;) {
        try {
          return udp.sendSync(bytes, { ...options, port, address: addr });
        } catch (error) {
          // There is no event to wait for.
          if (error.code !== 'EAGAIN' || sock.stream.flags & socketOptions.O_NONBLOCK) throw error;
        }
      }
    },

    // Replaces operations of the backend to apply options that were set before
    // there is a socket.
    install() {
      if (!nodeSockHelpers.getNet().BoundHandle?.prototype.setsockopt) {
        throw new Error('library_socket_options.js needs a Node.js whose sockets have setsockopt()');
      }
      const { getsockopt, listen, sendmsg } = nodeSockOps;
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
        // The datagram keeps what is known about it.
        udp.removeAllListeners('message').on('message', (data, info) => {
          nodeSockHelpers.udpDeliver(sock, info.address, info.port, Object.assign(data, { info }));
        });
        return udp;
      };

      // This is called when the socket has been bound.
      nodeSockHelpers.applyUdpOptions = socketOptions.inform;

      nodeSockOps.sendmsg = (sock, buffer, offset, length, addr, port) => {
        const peer = addr ?? sock.daddr;
        const isDatagram = sock.type === socketOptions.SOCK_DGRAM && peer !== undefined;
        // The backend looks up names. Windows has no sendSync().
        const isUnserved = process.platform === 'win32' || !nodeSockHelpers.getNet().isIP(peer);
        if (!isDatagram || (isUnserved && !socketOptions.control)) {
          return sendmsg(sock, buffer, offset, length, addr, port);
        }
        try {
          const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
          return socketOptions.sendDatagram(sock, bytes, addr, port);
        } catch (error) {
          throw new FS.ErrnoError(-socketOptions.failure(error));
        }
      };

      nodeSockHelpers.wireConnection = (sock, connection) => {
        // A connection from a bound socket has its options already.
        if (!sock.bound) for (const option of sock.early ?? []) connection.setsockopt(...option);
        wireConnection(sock, connection);
      };

      nodeSockOps.listen = (sock, backlog) => {
        const { SOL_SOCKET, SO_REUSEADDR } = nodeSockHelpers.getNet().constants;
        const reuses = sock.bound?.getsockopt(SOL_SOCKET, SO_REUSEADDR) ??
          Number(socketOptions.reusesAddress(sock.early ?? []));
        listen(sock, backlog);
        if (sock.server.listening) {
          // On Linux, Node.js sets it even if the port is exclusive.
          if (sock.server.getsockopt(SOL_SOCKET, SO_REUSEADDR) !== reuses) {
            sock.server.setsockopt(SOL_SOCKET, SO_REUSEADDR, reuses);
          }
          return;
        }
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
