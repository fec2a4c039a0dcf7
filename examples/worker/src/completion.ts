// One answer in its two forms: a completion, and the chunks of a stream.
export type Json = Record<string, any>
export interface Choice {
  index: number
  message: Json
  finish_reason: string | null
  logprobs?: Json | null
}
export interface Completion extends Json {
  choices: Choice[]
}

const HEAD = ['id', 'created', 'model', 'system_fingerprint', 'service_tier']

export function objectOf(text: string): Json | undefined {
  try {
    const value = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

// Only what ended by itself is worth keeping: an answer that was cut off by a limit is not what anybody asked for.
export function isGood(completion: Completion): boolean {
  const reasons = completion.choices.map((choice) => choice.finish_reason)
  return reasons.length > 0 && reasons.every((reason) => reason === 'stop' || reason === 'tool_calls')
}

// Puts chunks together into one completion.
export class Collector {
  readonly completion: Completion = { object: 'chat.completion', choices: [] }

  add(chunk: Json): void {
    for (const name of HEAD) {
      if (chunk[name]) this.completion[name] = chunk[name]
    }
    if (chunk.usage?.completion_tokens) this.completion.usage = chunk.usage
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
  const kept = HEAD.filter((name) => name in completion)
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
