// An answer as a stream of events, and what is to happen on its way.
import { type Completion, Collector, objectOf } from './completion'
import { type Failure, failed, toldAsJson } from './failure'
import type { Live } from './upstream'

// whole: all of it was sent. broken: the model failed. left: the client went away, or took nothing any more.
export type Outcome = 'whole' | 'broken' | 'left'

export interface Tap {
  // Bytes as the client gets them.
  sent(piece: Uint8Array): void
  // All of the answer is there; its end is not told before this is done.
  complete(completion: Completion): Promise<void>
  // Called once, with as much as there was.
  ended(outcome: Outcome, completion: Completion): void
}

// A client that takes nothing for so long is given up, and upstream with it.
const STALL_MS = 3500

// The answer as it comes. One that breaks ends in an error event and without the end of its framing.
export function asStream(live: Live, tap: Tap): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const chunks = live.chunks()
  const collector = new Collector()
  let stalled: number | null = null
  let broken: Failure | undefined
  let over = false

  function send(controller: ReadableStreamDefaultController<Uint8Array>, data: string): void {
    const piece = encoder.encode(`data: ${data}\n\n`)
    tap.sent(piece)
    controller.enqueue(piece)
  }

  function end(outcome: Outcome): void {
    clearTimeout(stalled)
    live.close()
    if (!over) tap.ended(outcome, collector.completion)
    over = true
  }

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      clearTimeout(stalled)
      if (broken) return controller.error(broken)
      try {
        const next = await chunks.next()
        if (next.done) {
          await tap.complete(collector.completion)
          if (over) return
          send(controller, '[DONE]')
          controller.close()
          return end('whole')
        }
        if (over) return
        collector.add(objectOf(next.value)!)
        send(controller, next.value)
      } catch (error) {
        if (over) return
        broken = failed(error)
        send(controller, toldAsJson(broken))
        end('broken')
      }
      stalled = setTimeout(() => {
        end('left')
        controller.error(new Error('the client does not read'))
      }, STALL_MS)
    },
    cancel() {
      end('left')
    },
  }, { highWaterMark: 0 })
}
