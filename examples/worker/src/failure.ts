// What goes wrong, as the client is told it: a status, and a message in OpenAI's form.
export class Failure extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message)
  }
}

// An exception's own words stay inside: they may name what no client should see.
export function failed(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure(502, 'the model does not answer')
}

export function told(failure: Failure): Response {
  const headers = { 'content-type': 'application/json', ...failure.headers }
  return new Response(toldAsJson(failure), { status: failure.status, headers })
}

export function toldAsJson(failure: Failure): string {
  const type = failure.status < 500 ? 'invalid_request_error' : 'api_error'
  return JSON.stringify({ error: { message: failure.message, type } })
}
