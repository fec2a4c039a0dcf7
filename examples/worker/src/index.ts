// A chat proxy as a Worker: OpenAI's dialect in front, Workers AI behind, answers kept in memory and in Workers KV.
import { Caches } from './cache'
import { Failure, failed, told } from './failure'
import { readAsk } from './request'
import { type Completion, type Live, askModel } from './upstream'
import { asStream, chunksOf } from './stream'

export interface Env {
  AI: Ai
  CACHE: KVNamespace
  CACHE_TTL_MS: string
}

const caches = new Caches()

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const path = new URL(request.url).pathname
    if (path === '/healthz') return new Response('ok')
    try {
      if (path !== '/v1/chat/completions') throw new Failure(404, 'there is nothing here')
      if (request.method !== 'POST') throw new Failure(405, 'ask with POST', { allow: 'POST' })
      return await chat(request, env, ctx)
    } catch (error) {
      return told(failed(error))
    }
  },
} satisfies ExportedHandler<Env>

async function chat(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const ask = await readAsk(request)
  const ttlMs = Number(env.CACHE_TTL_MS) || 60_000
  const key = await caches.keyOf(ask)
  const kept = await caches.find(key, env.CACHE, ttlMs)
  if (kept) return again(kept, ask.stream, ask.includeUsage)

  const live = await askModel(env.AI, ask, request.signal)
  const keep = (completion: Completion) => {
    if (isGood(completion)) caches.keep(key, completion, env.CACHE, ttlMs, ctx)
  }
  return ask.stream ? streamed(live, ask.includeUsage, keep) : await whole(live, keep)
}

function streamed(live: Live, includeUsage: boolean, keep: (completion: Completion) => void): Response {
  return new Response(asStream(live, includeUsage, keep), { headers: { ...EVENTS, 'x-cache': 'MISS' } })
}

async function whole(live: Live, keep: (completion: Completion) => void): Promise<Response> {
  const completion = await live.completed()
  keep(completion)
  return Response.json(completion, { headers: { 'x-cache': 'MISS' } })
}

// A kept answer is an answer of its own, so it has an id of its own.
function again(kept: Completion, stream: boolean, includeUsage: boolean): Response {
  const completion = { ...kept, id: `chatcmpl-${crypto.randomUUID()}` }
  if (!stream) return Response.json(completion, { headers: { 'x-cache': 'HIT' } })
  const events = chunksOf(completion, includeUsage).map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)
  return new Response([...events, 'data: [DONE]\n\n'].join(''), { headers: { ...EVENTS, 'x-cache': 'HIT' } })
}

// Only what ended by itself is worth keeping: an answer that was cut off by a limit is not what anybody asked for.
function isGood(completion: Completion): boolean {
  const reasons = completion.choices.map((choice) => choice.finish_reason)
  return reasons.length > 0 && reasons.every((reason) => reason === 'stop' || reason === 'tool_calls')
}

const EVENTS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
