// One data point of Analytics Engine for each answer: who asked which model, how it went, what it took.
import type { Json } from './completion'
import { sha256 } from './kept'
import type { Ask } from './request'
import type { Outcome } from './stream'

const MOST_CHARACTERS = 200

export class Meter {
  private readonly startedMs = Date.now()

  constructor(
    private readonly points: AnalyticsEngineDataset,
    private readonly ask: Ask,
    private readonly user: string,
  ) {}

  // Blobs: model, form, cache, outcome. Doubles: tokens in, tokens out, milliseconds. A hit tells the tokens it saved.
  tell(cache: 'HIT' | 'MISS', outcome: Outcome | 'failed', usage?: Json): void {
    const { model, stream } = this.ask
    const took = [usage?.prompt_tokens, usage?.completion_tokens, Date.now() - this.startedMs]
    try {
      this.points.writeDataPoint({
        indexes: [this.user],
        blobs: [model.slice(0, MOST_CHARACTERS), stream ? 'stream' : 'json', cache, outcome],
        doubles: took.map((each) => Number(each) || 0),
      })
    } catch {
      // What is not counted has been answered all the same.
    }
  }
}

// Names a caller without giving away the credentials; an index may have 96 bytes.
export async function userOf(caller: string): Promise<string> {
  return (await sha256(caller)).slice(0, 32)
}
