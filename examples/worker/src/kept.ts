// An answer that is kept, and the seal that shows whether a store gave back what it was given.
export interface Kept {
  madeMs: number
  // A completion as JSON in memory and in Workers KV, the events of a stream in R2.
  text: string
}

export function isYoung(kept: Kept, ttlMs: number): boolean {
  return Date.now() - kept.madeMs < ttlMs
}

export function sealOf(key: string, kept: Kept): Promise<string> {
  return sha256(`${key} ${kept.madeMs} ${kept.text}`)
}

export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
