// A request that goes on with a conversation: the earlier turns in front of it, and its own turn behind them.
import type { Completion, Json } from './completion'
import type { Conversation } from './conversation'
import type { Env } from './env'
import { Failure } from './failure'
import { within } from './patience'
import type { Ask } from './request'
import { userOf } from './usage'

const PATIENCE_MS = 1000
const NAME = /^[\w-]{1,64}$/

export class Talk {
  private constructor(
    private readonly conversation: DurableObjectStub<Conversation>,
    private readonly asked: Ask,
    // What the model is asked.
    readonly ask: Ask,
  ) {}

  // A conversation that cannot be read is refused: an answer that has forgotten everything would be a wrong one.
  static async begin(name: string, asked: Ask, env: Env): Promise<Talk> {
    const conversation = await conversationOf(name, asked.caller, env)
    return new Talk(conversation, asked, followed(await soon(conversation.turns()), asked))
  }

  // The turn is there before its end is told, so that whoever goes on at once goes on from it.
  async add(completion: Completion): Promise<void> {
    await within(this.conversation.add(turnOf(this.asked, completion)), PATIENCE_MS)
  }
}

// What a conversation says, or a refusal where it says nothing in time.
export async function soon<T>(promise: Promise<T>): Promise<T> {
  const told = await within(promise.then((value) => ({ value })), PATIENCE_MS)
  if (!told) throw new Failure(503, 'the conversation does not answer')
  return told.value
}

// Each caller's conversations are the caller's own, whatever they are called.
export async function conversationOf(name: string, caller: string, env: Env): Promise<DurableObjectStub<Conversation>> {
  if (!caller) throw new Failure(401, 'a conversation belongs to somebody')
  if (!NAME.test(name)) throw new Failure(400, 'a conversation is named by 1 to 64 letters, digits, _ and -')
  return env.CONVERSATIONS.get(env.CONVERSATIONS.idFromName(`${await userOf(caller)} ${name}`))
}

// System messages are sent with each request and come first.
export function followed(turns: string[], asked: Ask): Ask {
  const messages = asked.inputs.messages as Json[]
  const said = [...turns.map((turn) => JSON.parse(turn)), ...messages.filter((each) => !isRule(each))]
  // A call of a tool that nobody has answered is refused by models, and the talk has gone on without it.
  const answered = said.filter((each, at) => !each.tool_calls || said[at + 1]?.role === 'tool')
  return { ...asked, inputs: { ...asked.inputs, messages: [...messages.filter(isRule), ...answered] } }
}

// What a conversation remembers of an answer: what was asked, and the first choice. Content that is no text, which a
// model has been seen to answer with, would have every later question refused.
export function turnOf(asked: Ask, completion: Completion): string[] {
  const { content, tool_calls } = completion.choices[0]?.message ?? {}
  const answer = { role: 'assistant', content: typeof content === 'string' ? content : '', ...(tool_calls?.length && { tool_calls }) }
  const messages = asked.inputs.messages as Json[]
  return [...messages.filter((each) => !isRule(each)), answer].map((each) => JSON.stringify(each))
}

function isRule(message: Json): boolean {
  return message.role === 'system' || message.role === 'developer'
}
