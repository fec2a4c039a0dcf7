// What is kept in Workers KV, under what was asked and by whom. No answer waits long for it.
import { wrong } from './defect.mjs'
import { objectOf } from './json.mjs'

const KV_PATIENCE_MS = 300
const TTL_MS = 1500

export let lastAnswer // what no Worker should have: one request's state where the next one finds it

// Wrong ones that write before they answer, and fail where that does.
const WRITES_FIRST = ['needs-its-writes', 'keeps-for-a-second', 'keeps-what-was-posted', 'keeps-a-range', 'keeps-what-varies']

// What is kept is the text of an answer: a stream's events, or a whole answer's JSON.
export async function keyOf({ inputs, model }, asker, env) {
  const caller = wrong(env, 'one-cache-for-all') ? '' : asker
  const { temperature, ...rest } = inputs
  const text = JSON.stringify([caller, model, wrong(env, 'forgets-parameters') ? rest : inputs])
  return wrong(env, 'names-by-what-was-asked') ? text : sha256(text)
}

export async function find(key, env) {
  if (wrong(env, 'needs-its-store') || wrong(env, 'names-by-what-was-asked')) return unsealed(key, await env.CACHE.get(key), env)
  if (wrong(env, 'waits-for-its-store')) return unsealed(key, await env.CACHE.get(key).catch(() => null), env)
  return unsealed(key, await within(env.CACHE.get(key)), env)
}

async function unsealed(key, stored, env) {
  if (!stored) return undefined
  if (wrong(env, 'trusts-its-store')) return JSON.parse(stored).text
  const { text, madeMs, seal } = objectOf(stored) ?? {}
  const genuine = seal === (await sha256(key + text + madeMs))
  const young = wrong(env, 'never-expires') || Date.now() - madeMs < TTL_MS
  return genuine && young ? text : undefined
}

// What it returns is waited for before the answer ends, which only a wrong one wants.
export function keepAnswer(key, text, env, ctx) {
  lastAnswer = text
  const madeMs = Date.now()
  const write = async () => {
    const value = JSON.stringify({ text, madeMs, seal: await sha256(key + text + madeMs) })
    const expirationTtl = wrong(env, 'keeps-for-a-second') ? 1 : 60
    await env.CACHE.put(key, value, { expirationTtl })
    if (wrong(env, 'counts-under-one-key')) await env.CACHE.put('answers', String(madeMs))
  }
  if (WRITES_FIRST.includes(env.DEFECT)) return write()
  if (wrong(env, 'waits-for-its-writes')) return write().catch(() => {})
  if (wrong(env, 'leaves-its-writes')) return void within(scheduler.wait(50).then(write))
  ctx.waitUntil(within(write()))
}

async function within(promise) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve(undefined), KV_PATIENCE_MS)
  })
  try {
    return await Promise.race([promise, late])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
    promise.catch(() => {})
  }
}

async function sha256(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
