/** What upstream's tests of a file begin with, by the words in its path. */
const TOPICS: Readonly<Record<string, readonly string[]>> = {
  net: ['net', 'tcp'],
  tcp: ['net', 'tcp'],
  connection: ['net', 'tcp', 'pipe'],
  pipe: ['pipe', 'net'],
  dgram: ['dgram'],
  udp: ['dgram'],
  http: ['http', 'https'],
  https: ['https'],
  http2: ['http2'],
  tls: ['tls', 'https'],
  child: ['child-process'],
  cluster: ['cluster'],
  worker: ['worker'],
};

/** What the names of upstream's tests of some files begin with, after `test-`. */
export function topicsOf(files: readonly string[]): readonly string[] {
  const words = files.filter((file) => /^(lib|src)\//.test(file)).flatMap((file) => file.split(/[^a-z0-9]+/));
  return [...new Set(words.flatMap((word) => TOPICS[word] ?? []))].sort();
}

/** The files of upstream's tests of some topics. */
export const testsAbout = (topics: readonly string[]): RegExp =>
  new RegExp(`^test/(parallel|sequential)/test-(${topics.join('|')})-[\\w-]+\\.m?js$`);
