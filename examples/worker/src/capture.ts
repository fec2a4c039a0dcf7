// A stream as its client got it, byte for byte, in R2: collected on its way, put there once it was whole.
import { type Completion, Collector, objectOf } from './completion'
import { type Kept, sealOf } from './kept'
import { EventParser } from './sse'

// R2 wants to know a length before it takes anything, so a capture lies in memory; a longer one is given up.
const MOST_BYTES = 10 << 20

export class Capture {
  private pieces: Uint8Array[] = []
  private size = 0

  add(piece: Uint8Array): void {
    this.size += piece.byteLength
    if (this.size > MOST_BYTES) this.pieces = []
    else this.pieces.push(piece)
  }

  async put(bucket: R2Bucket, key: string, madeMs: number): Promise<void> {
    if (!this.size || this.size > MOST_BYTES) return
    const text = await new Blob(this.pieces).text()
    const seal = await sealOf(key, { madeMs, text })
    await bucket.put(placeOf(key), text, {
      httpMetadata: { contentType: 'text/event-stream; charset=utf-8' },
      customMetadata: { madeMs: String(madeMs), seal },
    })
  }
}

// Returns the answer of a captured stream, or nothing where there is none that can be trusted.
export async function captured(bucket: R2Bucket, key: string): Promise<Kept | undefined> {
  const object = await bucket.get(placeOf(key))
  if (!object) return undefined
  const kept = { madeMs: Number(object.customMetadata?.madeMs), text: await object.text() }
  const genuine = object.customMetadata?.seal === (await sealOf(key, kept))
  return genuine ? { ...kept, text: JSON.stringify(completionOf(kept.text)) } : undefined
}

function completionOf(text: string): Completion {
  const collector = new Collector()
  for (const event of new EventParser().feed(new TextEncoder().encode(text))) {
    const chunk = objectOf(event.data)
    if (chunk) collector.add(chunk)
  }
  return collector.completion
}

function placeOf(key: string): string {
  return `streams/${key}`
}
