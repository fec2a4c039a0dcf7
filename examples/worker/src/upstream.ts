// Workers AI, asked through the binding, with bounds on how long it may be silent.
import { type Completion, type Json, Collector, chunksOf, objectOf } from './completion'
import { Failure } from './failure'
import type { Ask } from './request'
import { EventParser } from './sse'

// An answer under way.
export interface Live {
  // Chunk after chunk as JSON text; throws a Failure when the answer is not one whole good one.
  chunks(): AsyncGenerator<string>
  completed(): Promise<Completion>
  // The tokens that it took, once it is over and if the model has told.
  usage(): Json | undefined
  close(): void
}

const SILENCE_MS = 2000
const MOST_BYTES = 64 << 20

export async function askModel(ai: Ai, ask: Ask, left: AbortSignal): Promise<Live> {
  const call = new AbortController()
  left.addEventListener('abort', () => call.abort())
  const options = { returnRawResponse: true, signal: call.signal } as AiOptions
  const asked = ai.run(ask.model as keyof AiModels, ask.inputs as never, options) as unknown as Promise<Response>
  const answer = await soon(asked, call)
  if (!answer.ok) throw refusal(answer, call)
  const type = answer.headers.get('content-type') ?? ''
  if (type.includes('event-stream') && ask.stream) return await opened(new Stream(answer, call, ask.includeUsage))
  return new Whole(completionOf(await textOf(answer, call)), ask.includeUsage)
}

function refusal(answer: Response, call: AbortController): Failure {
  call.abort()
  const wait = answer.headers.get('retry-after')
  const status = answer.status >= 400 ? answer.status : 502
  return new Failure(status, `the model answered with status ${answer.status}`, wait ? { 'retry-after': wait } : {})
}

// Waits for upstream, but not for ever; what comes too late is given up.
async function soon<T>(promise: Promise<T>, call: AbortController): Promise<T> {
  let timer: number | null = null
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Failure(504, 'the model does not answer in time')), SILENCE_MS)
  })
  try {
    return await Promise.race([promise, late])
  } catch (error) {
    // workerd keeps what broke a stream together with the stream, and V8 keeps with an error all that stood on the stack
    // until the stack is asked for: each would keep the other for ever.
    void (error as Error).stack
    promise.catch(() => {})
    call.abort()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function* piecesOf(answer: Response, call: AbortController): AsyncGenerator<Uint8Array> {
  const reader = answer.body!.getReader()
  for (;;) {
    const { done, value } = await soon(reader.read(), call)
    if (done) return
    yield value
  }
}

async function textOf(answer: Response, call: AbortController): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of answer.body ? piecesOf(answer, call) : []) {
    text += decoder.decode(piece, { stream: true })
    if (text.length > MOST_BYTES) throw new Failure(502, 'the answer of the model has no end')
  }
  return text
}

function completionOf(text: string): Completion {
  const value = objectOf(text)
  const choices = value && !isError(value) ? value.choices : undefined
  const good = Array.isArray(choices) && choices.length && choices.every((choice) => choice?.message)
  if (!good) throw new Failure(502, 'the answer of the model is none')
  return value as Completion
}

function isError(value: Json): boolean {
  return Boolean(value.error || value.errors?.length || value.internalCode) || value.success === false
}

// A stream has begun with its first chunk. What fails before it can still be told with a status.
async function opened(stream: Stream): Promise<Live> {
  const chunks = stream.chunks()
  const first = await chunks.next()
  const rest = async function* () {
    if (!first.done) yield first.value
    yield* chunks
  }
  return { chunks: rest, completed: () => stream.completed(), usage: () => stream.usage(), close: () => stream.close() }
}

class Whole implements Live {
  constructor(
    private readonly completion: Completion,
    private readonly includeUsage: boolean,
  ) {}

  async *chunks(): AsyncGenerator<string> {
    for (const chunk of chunksOf(this.completion, this.includeUsage)) yield JSON.stringify(chunk)
  }

  async completed(): Promise<Completion> {
    return this.completion
  }

  usage(): Json | undefined {
    return this.completion.usage
  }

  close(): void {}
}

class Stream implements Live {
  private readonly ended = new Map<number, boolean>()
  private counted: Json | undefined
  private head: Json = {}

  constructor(
    private readonly answer: Response,
    private readonly call: AbortController,
    private readonly includeUsage: boolean,
  ) {}

  async *chunks(): AsyncGenerator<string> {
    const parser = new EventParser()
    let done = false
    try {
      for await (const piece of piecesOf(this.answer, this.call)) {
        for (const event of parser.feed(piece)) {
          if (done) return // nobody reads on behind the end
          done = event.data.trim() === '[DONE]'
          const text = done ? undefined : this.understood(event.type, event.data)
          if (text !== undefined) yield text
        }
        if (done) return
      }
    } catch (error) {
      throw error instanceof Failure ? error : new Failure(502, 'the answer of the model broke off')
    }
    const whole = this.ended.size > 0 && [...this.ended.values()].every(Boolean)
    if (!whole) throw new Failure(502, 'the answer of the model ended before its end')
  }

  async completed(): Promise<Completion> {
    const collector = new Collector()
    for await (const text of this.chunks()) collector.add(objectOf(text)!)
    return collector.completion
  }

  usage(): Json | undefined {
    return this.counted
  }

  close(): void {
    this.call.abort()
  }

  // The last chunk of a stream in OpenAI's form, which Workers AI has in a form of its own.
  private count(usage: Json): string {
    return JSON.stringify({ ...this.head, choices: [], usage })
  }

  // Returns what the client gets of an event: its own text, or nothing where it is a count of tokens that nobody wanted.
  private understood(type: string, data: string): string | undefined {
    const chunk = objectOf(data)
    if (!chunk) throw new Failure(502, 'the model sent an event that is no JSON object')
    if (type === 'error' || isError(chunk)) throw new Failure(502, 'the model failed while it answered')
    const isCount = !chunk.choices && 'response' in chunk
    // Workers AI puts a count into every chunk as well; it is nought until the answer is over.
    if (chunk.usage && (isCount || chunk.usage.completion_tokens)) this.counted = chunk.usage
    if (isCount) return this.includeUsage && chunk.usage ? this.count(chunk.usage) : undefined
    const { id, object, created, model } = chunk
    this.head = { id, object, created, model }
    for (const choice of chunk.choices ?? []) {
      const index = choice?.index ?? 0
      this.ended.set(index, this.ended.get(index) || Boolean(choice?.finish_reason))
    }
    return data.includes('\n') ? JSON.stringify(chunk) : data
  }
}
