// Answers kept twice: in this isolate's memory, and in Workers KV for all others.
// Whatever is wrong with the store or a value in it, the outcome is that nothing was kept.
import type { Ask } from './request'
import type { Completion } from './upstream'

interface Kept {
  madeMs: number
  text: string
}

const MOST_BYTES = 4 << 20
const KV_PATIENCE_MS = 300
const KV_LIFE_S = 60

export class Caches {
  private readonly memory = new Map<string, Kept>()
  private size = 0

  // The name of an answer: all that was asked, and who asked. A stream and a whole answer are one.
  async keyOf(ask: Ask): Promise<string> {
    const { stream, stream_options, ...asked } = ask.inputs
    return sha256(JSON.stringify([ask.caller, ask.model, Object.entries(asked).sort(([a], [b]) => (a < b ? -1 : 1))]))
  }

  async find(key: string, kv: KVNamespace, ttlMs: number): Promise<Completion | undefined> {
    const here = this.memory.get(key)
    if (here && isYoung(here, ttlMs)) return JSON.parse(here.text)
    const stored = await within(kv.get(key), KV_PATIENCE_MS)
    const kept = stored ? await unsealed(key, stored) : undefined
    if (!kept || !isYoung(kept, ttlMs)) return undefined
    this.remember(key, kept)
    return JSON.parse(kept.text)
  }

  // The client does not wait for Workers KV.
  keep(key: string, completion: Completion, kv: KVNamespace, ttlMs: number, ctx: ExecutionContext): void {
    const kept = { madeMs: Date.now(), text: JSON.stringify(completion) }
    this.remember(key, kept)
    const write = async () => kv.put(key, await sealed(key, kept), { expirationTtl: Math.max(KV_LIFE_S, ttlMs / 1000) })
    ctx.waitUntil(within(write(), KV_PATIENCE_MS))
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

function isYoung(kept: Kept, ttlMs: number): boolean {
  return Date.now() - kept.madeMs < ttlMs
}

async function sealed(key: string, kept: Kept): Promise<string> {
  return JSON.stringify({ key, ...kept, sha256: await sha256(key + kept.text + kept.madeMs) })
}

async function unsealed(key: string, stored: string): Promise<Kept | undefined> {
  try {
    const { text, madeMs, ...seal } = JSON.parse(stored)
    const genuine = seal.key === key && seal.sha256 === (await sha256(key + text + madeMs))
    return genuine ? { text, madeMs } : undefined
  } catch {
    return undefined
  }
}

// What comes too late, or fails, is nothing.
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms)
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

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
