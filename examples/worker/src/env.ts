// What wrangler.jsonc gives this Worker.
import type { Conversation } from './conversation'

export interface Env {
  AI: Ai
  CACHE: KVNamespace
  CAPTURES: R2Bucket
  CONVERSATIONS: DurableObjectNamespace<Conversation>
  USAGE: AnalyticsEngineDataset
  CACHE_TTL_MS: string
  // capture: a stream is kept like any other answer, and its bytes in R2. pass: no stream is ever kept.
  STREAMS: 'capture' | 'pass'
}
