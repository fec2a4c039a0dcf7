// One request for an answer: from what is kept, or from the model, and then kept.
import { Caches, keyOf } from './cache'
import { Capture } from './capture'
import { type Completion, chunksOf, isGood } from './completion'
import type { Env } from './env'
import { type Ask, readAsk } from './request'
import { asStream } from './stream'
import { Talk } from './talk'
import { askModel } from './upstream'
import { Meter, userOf } from './usage'

const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }

const caches = new Caches()

export async function chat(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const asked = await readAsk(request)
  const meter = new Meter(env.USAGE, asked, await userOf(asked.caller))
  try {
    const name = request.headers.get('x-conversation')
    const talk = name === null ? undefined : await Talk.begin(name, asked, env)
    return await answered(talk?.ask ?? asked, talk, meter, request.signal, env, ctx)
  } catch (error) {
    meter.tell('MISS', 'failed')
    throw error
  }
}

async function answered(
  ask: Ask, talk: Talk | undefined, meter: Meter, left: AbortSignal, env: Env, ctx: ExecutionContext,
): Promise<Response> {
  const keeps = !ask.stream || env.STREAMS !== 'pass'
  const key = await keyOf(ask)
  const kept = keeps ? await caches.find(key, env) : undefined
  if (kept) {
    await talk?.add(kept)
    meter.tell('HIT', 'whole', kept.usage)
    return again(kept, ask)
  }
  const live = await askModel(env.AI, ask, left)
  const done = (completion: Completion, capture?: Capture) => {
    const counted = { ...completion, usage: live.usage() }
    meter.tell('MISS', 'whole', counted.usage)
    if (keeps && isGood(counted)) caches.keep(key, counted, capture, env, ctx)
  }
  if (!ask.stream) {
    const completion = await live.completed()
    await talk?.add(completion)
    done(completion)
    return Response.json(completion, { headers: { 'x-cache': 'MISS' } })
  }
  const capture = keeps ? new Capture() : undefined
  const stream = asStream(live, {
    sent: (piece) => capture?.add(piece),
    complete: async (completion) => talk?.add(completion),
    ended: (outcome, completion) => {
      if (outcome === 'whole') done(completion, capture)
      else meter.tell('MISS', outcome, live.usage())
    },
  })
  return new Response(stream, { headers: { ...EVENTS, 'x-cache': 'MISS' } })
}

// A kept answer is an answer of its own, so it has an id of its own.
function again(kept: Completion, ask: Ask): Response {
  const completion = { ...kept, id: `chatcmpl-${crypto.randomUUID()}` }
  if (!ask.stream) return Response.json(completion, { headers: { 'x-cache': 'HIT' } })
  const events = chunksOf(completion, ask.includeUsage).map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  return new Response([...events, 'data: [DONE]\n\n'].join(''), { headers: { ...EVENTS, 'x-cache': 'HIT' } })
}
