// HTTP/1.1 as bytes: requests rendered before they are needed, answers found in what comes in.

/** A whole POST of a form, as a client on a kept connection sends it. */
export function renderPost(
  path: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const body = new URLSearchParams(form).toString();
  const lines = {
    Host: 'broker.acme.example',
    Accept: 'application/json',
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${head.join('')}\r\n${body}`);
}

export type HttpBytes = {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** How many bytes the answer took. */
  readonly length: number;
};

/** The first whole answer in `bytes`, or undefined while some of it is on its way. */
export function findAnswer(bytes: Buffer): HttpBytes | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const from = headEnd + 4;
  const status = Number(head.slice(9, 12));
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (length !== undefined) {
    const end = from + Number(length);
    if (bytes.length < end) return undefined;
    return { status, head, body: bytes.toString('utf8', from, end), length: end };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, head, body: '', length: from };
  const end = bytes.indexOf('\r\n0\r\n\r\n', from - 2);
  return end === -1 ? undefined : { status, head, body: joinChunks(bytes, from, end), length: end + 7 };
}

function joinChunks(bytes: Buffer, from: number, end: number): string {
  const parts: Buffer[] = [];
  for (let at = from; at < end; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(parts).toString('utf8');
}
