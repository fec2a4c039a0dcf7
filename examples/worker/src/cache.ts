// Answers kept near and far: in this isolate's memory, in Workers KV for all others, and streams in R2 as well.
// Whatever is wrong with a store or a value in it, the outcome is that nothing was kept.
import { type Capture, captured } from './capture'
import type { Completion } from './completion'
import type { Env } from './env'
import { type Kept, isYoung, sealOf, sha256 } from './kept'
import { within } from './patience'
import type { Ask } from './request'

const MOST_BYTES = 4 << 20
const MOST_IN_KV_BYTES = 20 << 20
const READ_PATIENCE_MS = 500
const WRITE_PATIENCE_MS = 5000
const KV_LIFE_S = 60

// The name of an answer: all that was asked, and who asked. A stream and a whole answer are one.
export function keyOf(ask: Ask): Promise<string> {
  const { stream, stream_options, ...asked } = ask.inputs
  return sha256(JSON.stringify([ask.caller, ask.model, Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1))]))
}

export class Caches {
  private readonly memory = new Map<string, Kept>()
  private size = 0

  async find(key: string, env: Env): Promise<Completion | undefined> {
    const ttlMs = lifeMs(env)
    const here = this.memory.get(key)
    if (here && isYoung(here, ttlMs)) return JSON.parse(here.text)
    // Both at once: a miss must not cost the time of two stores.
    const stores = [fromKv(env.CACHE, key), captured(env.CAPTURES, key)]
    const found = await Promise.all(stores.map((store) => within(store, READ_PATIENCE_MS)))
    const kept = found.find((each) => each && isYoung(each, ttlMs))
    if (!kept) return undefined
    this.remember(key, kept)
    return JSON.parse(kept.text)
  }

  // The client waits for neither store.
  keep(key: string, completion: Completion, capture: Capture | undefined, env: Env, ctx: ExecutionContext): void {
    const kept = { madeMs: Date.now(), text: JSON.stringify(completion) }
    this.remember(key, kept)
    ctx.waitUntil(within(intoKv(env.CACHE, key, kept, lifeMs(env)), WRITE_PATIENCE_MS))
    if (capture) ctx.waitUntil(within(capture.put(env.CAPTURES, key, kept.madeMs), WRITE_PATIENCE_MS))
  }

  private remember(key: string, kept: Kept): void {
    this.drop(key)
    this.memory.set(key, kept)
    this.size += kept.text.length
    while (this.size > MOST_BYTES) this.drop(this.memory.keys().next().value!)
  }

  private drop(key: string): void {
    this.size -= this.memory.get(key)?.text.length ?? 0
    this.memory.delete(key)
  }
}

function lifeMs(env: Env): number {
  return Number(env.CACHE_TTL_MS) || 60_000
}

async function intoKv(kv: KVNamespace, key: string, kept: Kept, ttlMs: number): Promise<void> {
  if (kept.text.length > MOST_IN_KV_BYTES) return
  const value = JSON.stringify({ ...kept, seal: await sealOf(key, kept) })
  await kv.put(key, value, { expirationTtl: Math.max(KV_LIFE_S, Math.ceil(ttlMs / 1000)) })
}

async function fromKv(kv: KVNamespace, key: string): Promise<Kept | undefined> {
  const stored = await kv.get(key)
  if (!stored) return undefined
  const { text, madeMs, seal } = JSON.parse(stored)
  return seal === (await sealOf(key, { text, madeMs })) ? { text, madeMs } : undefined
}
