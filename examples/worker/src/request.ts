// A request as it came in: read within bounds, or refused with the status that says why.
import { Failure } from './failure'

export interface Ask {
  model: string
  // Everything but the model, as the client sent it.
  inputs: Record<string, unknown>
  stream: boolean
  includeUsage: boolean
  caller: string
}

const MOST_BYTES = 1 << 20
const MOST_MESSAGES = 200
const MOST_DEPTH = 64
const ROLES = new Set<unknown>(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

// The runtime has both; TypeScript does not know them yet.
const { parse, rawJSON } = JSON as unknown as {
  parse(text: string, reviver: typeof exact): unknown
  rawJSON(source: string): unknown
}

export async function readAsk(request: Request): Promise<Ask> {
  return askOf(await readText(request), request.headers.get('authorization') ?? '')
}

export function askOf(text: string, caller: string): Ask {
  if (text.length > MOST_BYTES) throw new Failure(413, 'the request is too large')
  const body = parsed(text)
  const { model, ...inputs } = body
  if (typeof model !== 'string' || !model) throw new Failure(400, 'model must be a text')
  if (!Array.isArray(inputs.messages) || !inputs.messages.length) throw new Failure(400, 'messages must be a list')
  if (inputs.messages.length > MOST_MESSAGES) throw new Failure(400, `there may be ${MOST_MESSAGES} messages`)
  if (inputs.messages.some((message) => !ROLES.has((message as { role?: unknown } | null)?.role))) {
    throw new Failure(400, `each message must have a role: ${[...ROLES].join(', ')}`)
  }
  const options = inputs.stream_options as { include_usage?: unknown } | null | undefined
  return {
    model,
    inputs,
    stream: inputs.stream === true,
    includeUsage: options?.include_usage === true,
    caller,
  }
}

async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length')) > MOST_BYTES) throw new Failure(413, 'the request is too large')
  const pieces = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let text = ''
  let size = 0
  for await (const piece of request.body ?? []) {
    size += piece.byteLength
    if (size > MOST_BYTES) throw new Failure(413, 'the request is too large')
    try {
      text += pieces.decode(piece, { stream: true })
    } catch {
      throw new Failure(400, 'the request is not UTF-8')
    }
  }
  return text.replace(/^\uFEFF/, '') // workerd would take one from the start of each piece
}

function parsed(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = parse(text, exact)
  } catch {
    throw new Failure(400, 'the request is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Failure(400, 'the request must be an object')
  }
  if (isTooDeep(value)) throw new Failure(400, 'the request is nested too deeply')
  return value as Record<string, unknown>
}

// An integer that a double cannot hold keeps its digits (RFC 8259, section 6): it goes on as it was written.
function exact(_name: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? rawJSON(source!) : value
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; depth < MOST_DEPTH && level.length; depth++) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []))
  }
  return level.some((each) => typeof each === 'object' && each !== null)
}
