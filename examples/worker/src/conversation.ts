// A conversation as a Durable Object: its turns on disk, and clients that talk to it by WebSocket.
import { DurableObject } from 'cloudflare:workers'
import { Collector, objectOf } from './completion'
import type { Env } from './env'
import { failed, Failure, toldAsJson } from './failure'
import { askOf } from './request'
import type { Outcome } from './stream'
import { followed, turnOf } from './talk'
import { askModel } from './upstream'
import { Meter, userOf } from './usage'

const MOST_TURNS = 100
const MOST_CHARACTERS = 256 << 10
const MOST_WAITING = 8
const LIFE_MS = 30 * 24 * 3600 * 1000

export class Conversation extends DurableObject<Env> {
  private readonly calls = new Map<WebSocket, AbortController>()
  private last: Promise<void> = Promise.resolve()
  private waiting = 0

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS turns (id INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT)')
  }

  // The latest messages as JSON, as many as a model is to be sent, from a user's on.
  async turns(): Promise<string[]> {
    const rows = this.ctx.storage.sql.exec<{ message: string }>('SELECT message FROM turns ORDER BY id DESC')
    const messages: string[] = []
    let size = 0
    for (const { message } of rows) {
      size += message.length
      if (size > MOST_CHARACTERS) break
      messages.unshift(message)
    }
    const start = messages.findIndex((message) => objectOf(message)?.role === 'user')
    return start < 0 ? [] : messages.slice(start)
  }

  // All that is kept of it as JSON, oldest first.
  async history(): Promise<string[]> {
    const rows = this.ctx.storage.sql.exec<{ message: string }>('SELECT message FROM turns ORDER BY id')
    return [...rows].map(({ message }) => message)
  }

  async clear(): Promise<void> {
    this.ctx.storage.sql.exec('DELETE FROM turns')
  }

  async add(messages: string[]): Promise<void> {
    const { sql } = this.ctx.storage
    this.ctx.storage.transactionSync(() => {
      for (const message of messages) sql.exec('INSERT INTO turns (message) VALUES (?)', message)
      sql.exec('DELETE FROM turns WHERE id <= (SELECT MAX(id) FROM turns) - ?', MOST_TURNS)
    })
    await this.ctx.storage.setAlarm(Date.now() + LIFE_MS)
  }

  // Nobody has said anything for so long.
  override async alarm(): Promise<void> {
    await this.clear()
  }

  override async fetch(request: Request): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    server.serializeAttachment(request.headers.get('authorization') ?? '')
    return new Response(null, { status: 101, webSocket: client })
  }

  // One question after another, whoever asks: each is to know the turn before it.
  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (this.waiting >= MOST_WAITING) {
      say(socket, toldAsJson(new Failure(429, 'too many questions are waiting')))
      return
    }
    this.waiting += 1
    this.last = this.last.then(() => this.answer(socket, message)).finally(() => (this.waiting -= 1))
    await this.last
  }

  // A goodbye is said back, or the client would take the connection for lost.
  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.calls.get(socket)?.abort()
    try {
      socket.close(1000)
    } catch {
      // the runtime has said it already
    }
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.calls.get(socket)?.abort()
  }

  // Chunks as they come, then [DONE]; or a message that tells the error, and no [DONE].
  private async answer(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (socket.readyState !== WebSocket.OPEN) return
    const call = new AbortController()
    this.calls.set(socket, call)
    let meter: Meter | undefined
    const collector = new Collector()
    try {
      const caller = socket.deserializeAttachment() as string
      const asked = askOf(typeof message === 'string' ? message : new TextDecoder().decode(message), caller)
      const ask = { ...asked, stream: true, inputs: { ...asked.inputs, stream: true } }
      meter = new Meter(this.env.USAGE, ask, await userOf(caller))
      const live = await askModel(this.env.AI, followed(await this.turns(), ask), call.signal)
      try {
        for await (const chunk of live.chunks()) {
          collector.add(objectOf(chunk)!)
          if (!say(socket, chunk)) call.abort()
        }
      } finally {
        live.close()
      }
      await this.add(turnOf(asked, collector.completion))
      meter.tell('MISS', 'whole', live.usage())
      say(socket, '[DONE]')
    } catch (error) {
      const outcome: Outcome = call.signal.aborted ? 'left' : 'broken'
      meter?.tell('MISS', outcome)
      say(socket, toldAsJson(failed(error)))
    } finally {
      this.calls.delete(socket)
    }
  }
}

// Returns whether there is somebody to say it to.
function say(socket: WebSocket, text: string): boolean {
  try {
    socket.send(text)
    return true
  } catch {
    return false
  }
}
