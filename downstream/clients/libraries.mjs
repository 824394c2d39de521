// How a program passes `socketOptions` or `handle` to each library, and what else
// it can do. `given` has one of the two. Each function begins to connect to, or to
// listen on, an address.

import dgram from 'node:dgram';
import http from 'node:http';
import net from 'node:net';

const host = '127.0.0.1';

const nothing = () => {};

/** The default export of a module, or the module itself. */
async function load(name) {
  const module = await import(name);
  return module.default ?? module;
}

const httpAgent = (given) => new http.Agent(given);
const stream = (given, port) => net.connect({ host, port, ...given });
const urlOf = (port) => `http://${host}:${port}/`;

/** A datagram socket with the options, for libraries that take one. */
const datagrams = (given) => dgram.createSocket({ type: 'udp4', ...given });

/** What `given` is for a socket that is created before it knows where to connect. */
function unconnected({ socketOptions, handle }) {
  const socket = new net.Socket(handle === undefined ? {} : { handle: handle() });
  for (const option of socketOptions ?? []) socket.setsockopt(...option);
  return socket;
}

/** Clients over TCP. */
export const clients = {
  'pg': {
    async options(given, port) {
      const { Client } = await load('pg');
      return new Client({ host, port, ...given }).connect();
    },
    text: '`stream: () => new net.Socket().setsockopt(…)`',
    async way(given, port) {
      const { Client } = await load('pg');
      return new Client({ host, port, stream: () => unconnected(given) }).connect();
    },
  },
  'mysql2': {
    async options(given, port) {
      const { createConnection } = await load('mysql2');
      createConnection({ host, port, ...given }).on('error', nothing);
    },
    text: '`stream: () => net.connect({ …, socketOptions })`',
    async way(given, port) {
      const { createConnection } = await load('mysql2');
      createConnection({ host, port, stream: () => stream(given, port) }).on('error', nothing);
    },
  },
  'redis': {
    async options(given, port) {
      const { createClient } = await load('redis');
      return createClient({ socket: { host, port, ...given } }).on('error', nothing).connect();
    },
  },
  'ioredis': {
    async options(given, port) {
      const Redis = await load('ioredis');
      new Redis({ host, port, ...given }).on('error', nothing);
    },
    text: '`Connector`, a class whose `connect()` makes the stream',
    async way(given, port) {
      const Redis = await load('ioredis');
      class Connector {
        check = () => true;
        disconnect = nothing;
        connect = async () => stream(given, port);
      }
      new Redis({ Connector }).on('error', nothing);
    },
  },
  'mongodb': {
    async options(given, port) {
      const { MongoClient } = await load('mongodb');
      return new MongoClient(`mongodb://${host}:${port}`, given).connect();
    },
  },
  'mqtt': {
    async options(given, port) {
      const mqtt = await load('mqtt');
      mqtt.connect({ host, port, ...given }).on('error', nothing);
    },
    text: '`new MqttClient(() => net.connect({ …, socketOptions }))`',
    async way(given, port) {
      const { MqttClient } = await load('mqtt');
      new MqttClient(() => stream(given, port), {}).on('error', nothing);
    },
  },
  'amqplib': {
    async options(given, port) {
      const { connect } = await load('amqplib');
      return connect({ hostname: host, port }, given);
    },
  },
  'kafkajs': {
    async options(given, port) {
      const { Kafka, logLevel } = await load('kafkajs');
      return new Kafka({ brokers: [`${host}:${port}`], logLevel: logLevel.NOTHING, ...given }).admin().connect();
    },
    text: '`socketFactory`, a function that makes the stream',
    async way(given, port) {
      const { Kafka, logLevel } = await load('kafkajs');
      const socketFactory = ({ onConnect }) => stream(given, port).on('connect', onConnect);
      return new Kafka({ brokers: [`${host}:${port}`], logLevel: logLevel.NOTHING, socketFactory }).admin().connect();
    },
  },
  'undici': {
    async options(given, port) {
      const { Client } = await load('undici');
      return new Client(urlOf(port), { connect: given }).request({ path: '/', method: 'GET' });
    },
    text: '`connect`, a function that makes the socket',
    async way(given, port) {
      const { Client } = await load('undici');
      const connect = (options, callback) => {
        const socket = stream(given, port).on('connect', () => callback(null, socket));
      };
      return new Client(urlOf(port), { connect }).request({ path: '/', method: 'GET' });
    },
  },
  'undici, `fetch()`': {
    of: 'undici',
    async options(given, port) {
      const { Agent } = await load('undici');
      return fetch(urlOf(port), { dispatcher: new Agent({ connect: given }) });
    },
    text: '`new Agent({ connect })`, with a function that makes the socket',
    async way(given, port) {
      const { Agent } = await load('undici');
      const connect = (options, callback) => {
        const socket = stream(given, port).on('connect', () => callback(null, socket));
      };
      return fetch(urlOf(port), { dispatcher: new Agent({ connect }) });
    },
  },
  'axios': {
    options: async (given, port) => (await load('axios')).get(urlOf(port), given),
    text: '`httpAgent: new http.Agent({ socketOptions })`',
    way: async (given, port) => (await load('axios')).get(urlOf(port), { httpAgent: httpAgent(given) }),
  },
  'got': {
    options: async (given, port) => (await load('got'))(urlOf(port), given),
    text: '`agent: { http: new http.Agent({ socketOptions }) }`',
    way: async (given, port) => (await load('got'))(urlOf(port), { agent: { http: httpAgent(given) } }),
  },
  'node-fetch': {
    options: async (given, port) => (await load('node-fetch'))(urlOf(port), given),
    text: '`agent: new http.Agent({ socketOptions })`',
    way: async (given, port) => (await load('node-fetch'))(urlOf(port), { agent: httpAgent(given) }),
  },
  'ws': {
    async options(given, port) {
      const WebSocket = await load('ws');
      new WebSocket(urlOf(port), given).on('error', nothing);
    },
    text: '`agent: new http.Agent({ socketOptions })`',
    async way(given, port) {
      const WebSocket = await load('ws');
      new WebSocket(urlOf(port), { agent: httpAgent(given) }).on('error', nothing);
    },
  },
  'socket.io-client': {
    async options(given, port) {
      const { io } = await load('socket.io-client');
      io(urlOf(port), { ...given });
    },
    text: '`agent: new http.Agent({ socketOptions })`',
    async way(given, port) {
      const { io } = await load('socket.io-client');
      io(urlOf(port), { agent: httpAgent(given) });
    },
  },
  '@grpc/grpc-js': {
    async options(given, port) {
      const { Client, credentials } = await load('@grpc/grpc-js');
      new Client(`${host}:${port}`, credentials.createInsecure(), given).waitForReady(Date.now() + 5000, nothing);
    },
  },
  'nodemailer': {
    async options(given, port) {
      const { createTransport } = await load('nodemailer');
      return createTransport({ host, port, ...given }).verify();
    },
    text: '`getSocket`, a function that makes the connection',
    async way(given, port) {
      const { createTransport } = await load('nodemailer');
      const getSocket = (options, callback) => callback(null, { connection: stream(given, port) });
      return createTransport({ host, port, getSocket }).verify();
    },
  },
  'ssh2': {
    async options(given, port) {
      const { Client } = await load('ssh2');
      new Client().on('error', nothing).connect({ host, port, username: 'x', ...given });
    },
    text: '`sock: net.connect({ …, socketOptions })`',
    async way(given, port) {
      const { Client } = await load('ssh2');
      new Client().on('error', nothing).connect({ sock: stream(given, port), username: 'x' });
    },
  },
};

/** The options that listen() takes. A server listens once, so that it needs no function. */
const listenOptions = ({ handle, ...rest }) =>
  ({ host, port: 0, ...rest, ...handle === undefined ? {} : { handle: handle() } });

const listening = (given, server = http.createServer()) => server.listen(listenOptions(given));

/** Servers over TCP. */
export const servers = {
  'fastify': {
    async options(given) {
      const fastify = await load('fastify');
      return fastify().listen(listenOptions(given));
    },
    text: '`serverFactory`, with a server whose `listen()` is given the options',
    async way(given) {
      const fastify = await load('fastify');
      const serverFactory = (handler) => {
        const server = http.createServer(handler);
        const { listen } = server;
        server.listen = (options, ...rest) => listen.call(server, { ...options, ...listenOptions(given) }, ...rest);
        return server;
      };
      return fastify({ serverFactory }).listen({ host, port: 0 });
    },
  },
  'express': {
    async options(given) {
      const express = await load('express');
      express().listen(listenOptions(given));
    },
    text: '`http.createServer(app).listen({ …, socketOptions })`',
    async way(given) {
      const express = await load('express');
      listening(given, http.createServer(express()));
    },
  },
  '@hono/node-server': {
    async options(given) {
      const { serve } = await load('@hono/node-server');
      const { host: hostname, ...rest } = listenOptions(given);
      serve({ fetch: () => new Response('hello'), hostname, ...rest });
    },
    text: '`createAdaptorServer(…).listen({ …, socketOptions })`',
    async way(given) {
      const { createAdaptorServer } = await load('@hono/node-server');
      listening(given, createAdaptorServer({ fetch: () => new Response('hello') }));
    },
  },
  'ws, server': {
    of: 'ws',
    async options(given) {
      const { WebSocketServer } = await load('ws');
      new WebSocketServer(listenOptions(given));
    },
    text: '`server: http.createServer().listen({ …, socketOptions })`',
    async way(given) {
      const { WebSocketServer } = await load('ws');
      new WebSocketServer({ server: listening(given) });
    },
  },
  'socket.io': {
    async options(given) {
      const { Server } = await load('socket.io');
      new Server(0, listenOptions(given));
    },
    text: '`new Server(http.createServer().listen({ …, socketOptions }))`',
    async way(given) {
      const { Server } = await load('socket.io');
      new Server(listening(given));
    },
  },
  '@grpc/grpc-js, server': {
    of: '@grpc/grpc-js',
    async options(given) {
      const { Server, ServerCredentials } = await load('@grpc/grpc-js');
      new Server(given).bindAsync(`${host}:0`, ServerCredentials.createInsecure(), nothing);
    },
  },
};

/** Clients and servers over UDP. A bound socket is of no use to them. */
export const datagramLibraries = {
  'coap': {
    async options(given) {
      const coap = await load('coap');
      coap.createServer({ type: 'udp4', ...given }).listen(0, host);
    },
    text: '`server.listen(socket)`, with a datagram socket that is bound',
    async way(given) {
      const coap = await load('coap');
      coap.createServer().listen(datagrams(given).bind({ address: host, port: 0 }));
    },
  },
  'dns2': {
    async options(given, port) {
      const DNS = await load('dns2');
      new DNS({ nameServers: [host], port, ...given }).resolveA('example').catch(nothing);
    },
  },
  'multicast-dns': {
    async options(given, port) {
      const mdns = await load('multicast-dns');
      mdns({ port, ip: '224.0.0.251', ...given }).on('error', nothing);
    },
    text: '`socket: dgram.createSocket({ …, socketOptions })`',
    async way(given, port) {
      const mdns = await load('multicast-dns');
      mdns({ port, socket: datagrams(given) }).on('error', nothing);
    },
  },
  'bittorrent-dht': {
    async options(given) {
      const { Client } = await import('bittorrent-dht');
      new Client({ bootstrap: false, ...given }).on('error', nothing).listen(0, host);
    },
    text: '`socket: dgram.createSocket({ …, socketOptions })`',
    async way(given) {
      const { Client } = await import('bittorrent-dht');
      new Client({ bootstrap: false, socket: datagrams(given) }).on('error', nothing).listen(0, host);
    },
  },
};
