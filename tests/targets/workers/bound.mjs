// The Worker beside this file with everything else that a Worker can be bound to: answers lie in the Cache API or in R2,
// a queue is told of each request, a data point counts it, and a Durable Object counts each caller's turns.
import { DurableObject } from 'cloudflare:workers'
import { wrong } from './defect.mjs'
import chat from './worker.mjs'

const LIFE = { 'cache-control': 'max-age=60' }

// What fails, or takes long, is nobody's business.
const within = (promise) => Promise.race([promise, scheduler.wait(300)]).catch(() => undefined)

export class Turns extends DurableObject {
  async next(messages) {
    // What is only in memory is gone when the object is evicted, and a conversation goes on.
    if (wrong(this.env, 'remembers-in-memory')) {
      if (messages > 1 && !this.seen) throw new Error('no such conversation')
      this.seen = true
      return 0
    }
    const turns = ((await this.ctx.storage.get('turns')) ?? 0) + 1
    await this.ctx.storage.put('turns', turns)
    return turns
  }
}

export default {
  async fetch(request, env, ctx) {
    const { AI, DEFECT } = env
    try {
      await noted(request, env, ctx)
    } catch {
      return Response.json({ error: { message: 'this cannot be served now', type: 'proxy' } }, { status: 503 })
    }
    return chat.fetch(request, { AI, DEFECT, CACHE: env.STORE === 'r2' ? objects(env) : answers(request, env) }, ctx)
  },
}

async function noted(request, env, ctx) {
  const caller = request.headers.get('authorization') ?? ''
  const text = await request.clone().text()
  const messages = text.split('"role"').length - 1
  env.POINTS.writeDataPoint({ indexes: ['requests'], doubles: [1, text.length], blobs: [request.method] })
  const sent = env.QUEUE.send({ messages })
  const turn = env.TURNS.get(env.TURNS.idFromName(caller)).next(messages)
  if (wrong(env, 'needs-its-queue')) await sent
  else if (wrong(env, 'waits-for-its-queue')) await sent.catch(() => {})
  else ctx.waitUntil(within(sent))
  if (wrong(env, 'remembers-in-memory')) await turn
  else ctx.waitUntil(within(turn))
}

// The Cache API with the methods of a KV namespace.
function answers(request, env) {
  const url = (key) => `https://answers.example/${key}`
  return {
    get: async (key) => (await caches.default.match(url(key)))?.text(),
    put: (key, value) => {
      if (wrong(env, 'keeps-what-was-posted')) return caches.default.put(request, new Response(value, { headers: LIFE }))
      if (wrong(env, 'keeps-a-range')) {
        const range = { ...LIFE, 'content-range': `bytes 0-${value.length - 1}/${value.length}` }
        return caches.default.put(url(key), new Response(value, { status: 206, headers: range }))
      }
      if (wrong(env, 'keeps-what-varies')) {
        return caches.default.put(url(key), new Response(value, { headers: { ...LIFE, vary: '*' } }))
      }
      return caches.default.put(url(key), new Response(value, { headers: LIFE }))
    },
  }
}

function objects(env) {
  return {
    get: async (key) => (await env.BUCKET.get(key))?.text(),
    put: (key, value) => env.BUCKET.put(key, value),
  }
}
