// One request and its answer as they were sent, before anything is replaced in them.

/** Header names in lower case. */
export type RawExchange = {
  readonly request: RawMessage & { readonly method: string; readonly url: string };
  readonly response: RawMessage & { readonly status: number };
};

export type RawMessage = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** Lets a request through, and gives it and its answer to `keep`; both arrive where they go as if nobody had looked. */
export async function overheard(
  request: Request,
  next: (request: Request) => Promise<Response>,
  keep: (exchange: RawExchange) => void,
): Promise<Response> {
  const { method, url } = request;
  const sent = { method, url, headers: Object.fromEntries(request.headers), body: await request.clone().text() };
  const response = await next(request);
  const { status, headers } = response;
  const received = { status, headers: Object.fromEntries(headers), body: await response.clone().text() };
  keep({ request: sent, response: received });
  return response;
}
