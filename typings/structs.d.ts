// Merged with what additions.d.ts declares for "net" and "node:net" to export.
/// <reference types="node" />

declare module "bindery:net" {
    /** The fields of the struct `linger`. */
    interface LingerFields {
        /** Whether closing the socket waits for data to be sent. */
        onoff: boolean;
        /** For how long it waits, in the unit of the option. */
        linger: number;
    }

    /** The fields of the struct `timeval`. */
    interface TimevalFields {
        /** Seconds. */
        sec: number;
        /** Microseconds, up to 999999. */
        usec: number;
    }

    /** The fields of the struct `ip_mreq`. */
    interface IpMreqFields {
        /** The IPv4 address of the multicast group. */
        multiaddr: string;
        /** An IPv4 address of the interface. With `'0.0.0.0'`, the system chooses one. */
        interface: string;
    }

    /** The fields of the struct `ip_mreqn`. */
    interface IpMreqnFields {
        /** The IPv4 address of the multicast group. */
        multiaddr: string;
        /** An IPv4 address of the interface. With `'0.0.0.0'`, `ifindex` selects it, or the system chooses one. */
        address: string;
        /** The index of the interface. With 0, `address` selects it. */
        ifindex: number;
    }

    /** The fields of the struct `ipv6_mreq`. */
    interface Ipv6MreqFields {
        /** The IPv6 address of the multicast group, without a zone. */
        multiaddr: string;
        /** The index of the interface. With 0, the system chooses one. */
        interface: number;
    }

    /** A C struct in the layout of this platform. It is frozen. */
    interface SocketStruct<Fields> {
        /** The size of the struct in bytes. */
        readonly size: number;
        /**
         * Encodes fields as the bytes of the struct.
         * @param fields All of the fields. None of them has a default.
         * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, or
         *   `ERR_OUT_OF_RANGE` for a field that the struct cannot hold
         */
        encode(fields: Readonly<Fields>): Buffer;
        /**
         * Decodes the bytes of the struct into its fields.
         * @param view Exactly as many bytes as the struct has.
         * @throws `ERR_INVALID_ARG_VALUE` for any other number of bytes, or
         *   `ERR_OUT_OF_RANGE` for a field that is not a safe integer
         */
        decode(view: NodeJS.ArrayBufferView): Fields;
    }

    /**
     * The structs that common socket options have as their values.
     *
     * A struct that some platform lacks is optional, and is `undefined` on that
     * platform.
     * @example
     * ```cjs
     * const net = require('node:net');
     *
     * const { SOL_SOCKET, SO_LINGER } = net.constants;
     * const { linger } = net.structs;
     *
     * const bound = new net.BoundHandle({ host: '127.0.0.1' });
     * bound.setsockopt(SOL_SOCKET, SO_LINGER, linger.encode({ onoff: true, linger: 5 }));
     * console.log(linger.decode(bound.getsockopt(SOL_SOCKET, SO_LINGER, linger.size)));
     * bound.close();
     * ```
     */
    interface SocketStructs {
        /** For `SO_LINGER` and `SO_LINGER_SEC`. */
        readonly linger: SocketStruct<LingerFields>;
        /** For `SO_RCVTIMEO` and `SO_SNDTIMEO`, which are integers on Windows. */
        readonly timeval?: SocketStruct<TimevalFields>;
        /** For `IP_ADD_MEMBERSHIP` and `IP_DROP_MEMBERSHIP`. */
        readonly ip_mreq: SocketStruct<IpMreqFields>;
        /** For the same options and `IP_MULTICAST_IF`. */
        readonly ip_mreqn?: SocketStruct<IpMreqnFields>;
        /** For `IPV6_JOIN_GROUP` and `IPV6_LEAVE_GROUP`. */
        readonly ipv6_mreq: SocketStruct<Ipv6MreqFields>;
    }

    /** Encoders and decoders of structs, for `setsockopt()` and `getsockopt()`. It is frozen. */
    const structs: SocketStructs;

    export {
        IpMreqFields,
        IpMreqnFields,
        Ipv6MreqFields,
        LingerFields,
        SocketStruct,
        SocketStructs,
        structs,
        TimevalFields,
    };
}
