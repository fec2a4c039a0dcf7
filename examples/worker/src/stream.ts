// An answer as a stream of events, and chunks put together into one answer again.
import { failed } from './failure'
import { type Completion, type Json, type Live, objectOf } from './upstream'

// A client that takes nothing for so long is given up, and upstream with it.
const STALL_MS = 3500

// The answer as it comes. One that breaks ends in an error event and without the end of its framing.
// What it cost is kept with it in any case, and told to who asked.
export function asStream(
  live: Live,
  includeUsage: boolean,
  keep: (completion: Completion) => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const chunks = live.chunks()
  const collector = new Collector()
  let stalled: ReturnType<typeof setTimeout> | undefined
  let broken: Error | undefined
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      clearTimeout(stalled)
      if (broken) return controller.error(broken)
      try {
        let next = await chunks.next()
        while (!next.done && !includeUsage && isCount(next.value)) {
          collector.add(objectOf(next.value)!)
          next = await chunks.next()
        }
        if (next.done) {
          controller.enqueue(encoder.encode('data: [DONE]\n\n'))
          controller.close()
          live.close()
          keep(collector.completion)
          return
        }
        collector.add(objectOf(next.value)!)
        controller.enqueue(encoder.encode(`data: ${next.value}\n\n`))
      } catch (error) {
        broken = failed(error)
        live.close()
        const event = { error: { message: broken.message, type: 'api_error' } }
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(event)}\n\n`))
      }
      stalled = setTimeout(() => {
        live.close()
        controller.error(new Error('the client does not read'))
      }, STALL_MS)
    },
    cancel() {
      clearTimeout(stalled)
      live.close()
    },
  }, { highWaterMark: 0 })
}

// Whether a chunk has no choices, and tells nothing but what the answer cost.
function isCount(text: string): boolean {
  return objectOf(text)!.choices?.length === 0
}

// Puts chunks together into one completion.
export class Collector {
  readonly completion: Completion = { object: 'chat.completion', choices: [] }

  add(chunk: Json): void {
    for (const name of ['id', 'created', 'model', 'system_fingerprint', 'service_tier', 'usage']) {
      if (chunk[name]) this.completion[name] = chunk[name]
    }
    for (const item of chunk.choices ?? []) {
      const choice = this.choice(item.index ?? 0)
      this.extend(choice.message, item.delta ?? {})
      choice.finish_reason = item.finish_reason ?? choice.finish_reason
      if (item.logprobs) choice.logprobs = joined(choice.logprobs, item.logprobs) as Json
    }
  }

  private choice(index: number): Json {
    const found = this.completion.choices.find((choice) => choice.index === index)
    if (found) return found
    const made = { index, message: { role: 'assistant', content: null }, logprobs: null, finish_reason: null }
    this.completion.choices.push(made)
    return made
  }

  private extend(message: Json, delta: Json): void {
    for (const [name, value] of Object.entries(delta)) {
      if (name === 'content' && value != null) message.content = (message.content ?? '') + String(value)
      else if (!['role', 'content', 'tool_calls'].includes(name)) message[name] = joined(message[name], value)
    }
    for (const piece of delta.tool_calls ?? []) {
      const calls = (message.tool_calls ??= [])
      const index = piece.index ?? 0
      while (calls.length <= index) calls.push({ id: '', type: 'function', function: { name: '', arguments: '' } })
      calls[index].id ||= piece.id ?? ''
      calls[index].function.name ||= piece.function?.name ?? ''
      calls[index].function.arguments += piece.function?.arguments ?? ''
    }
  }
}

// Two pieces of one field together: text and lists grow, objects key by key.
function joined(one: unknown, other: unknown): unknown {
  if (typeof one === 'string' && typeof other === 'string') return one + other
  if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other]
  if (isObject(one) && isObject(other)) {
    const grown = Object.entries(other).map(([name, value]) => [name, joined(one[name], value)])
    return { ...one, ...Object.fromEntries(grown) }
  }
  return other ?? one
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// Takes a completion apart into the chunks of a stream.
export function chunksOf(completion: Completion, includeUsage: boolean): Json[] {
  const kept = ['id', 'created', 'model', 'system_fingerprint', 'service_tier'].filter((name) => name in completion)
  const head = { object: 'chat.completion.chunk', ...Object.fromEntries(kept.map((name) => [name, completion[name]])) }
  const chunks: Json[] = completion.choices.flatMap(({ index, message, logprobs, finish_reason }) => {
    const calls = message.tool_calls?.map((call: Json, at: number) => ({ index: at, ...call }))
    const delta = { ...message, role: 'assistant', content: message.content ?? '', ...(calls && { tool_calls: calls }) }
    return [
      { ...head, choices: [{ index, delta, logprobs: logprobs ?? null, finish_reason: null }] },
      { ...head, choices: [{ index, delta: {}, finish_reason }] },
    ]
  })
  return includeUsage && completion.usage ? [...chunks, { ...head, choices: [], usage: completion.usage }] : chunks
}
