// Asks the chat service with the AI SDK's own transport, leaves in mid-answer, and comes back as `useChat` does with
// `resume: true`. Arguments: the service's URL, a token. Prints a line of JSON for each step, and waits for a line of its
// input before it reads on what it has joined.

import { DefaultChatTransport, readUIMessageStream } from "ai";
import { createInterface } from "node:readline";

const [url, token] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = (step) => process.stdout.write(`${JSON.stringify(step)}\n`);
const transport = new DefaultChatTransport({
  api: `${url}/api/v1/chat`,
  headers: { Authorization: `Bearer ${token}` },
  // The service keeps the conversation itself: it is sent what is new, and nothing else.
  prepareSendMessagesRequest: ({ messages }) => ({ body: { message: messages.at(-1).parts[0].text } }),
});

const leaving = new AbortController();
const asked = await transport.sendMessages({
  chatId: "new",
  trigger: "submit-message",
  messages: [{ id: "1", role: "user", parts: [{ type: "text", text: "hello" }] }],
  abortSignal: leaving.signal,
});
let message;
try {
  for await (message of readUIMessageStream({ stream: asked })) if (textOf(message)) leaving.abort();
} catch {} // that it was left
const chatId = message.metadata.conversationId;
told({ step: "left", text: textOf(message), chatId });

const again = await transport.reconnectToStream({ chatId });
told({ step: "joined", there: again !== null });
await lines.next();
for await (message of readUIMessageStream({ stream: again, terminateOnError: true }));
told({ step: "read", text: textOf(message), id: message.id, usage: message.metadata.usage.totalTokens });
told({ step: "over", there: (await transport.reconnectToStream({ chatId })) !== null });
process.exit(0);

function textOf({ parts }) {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("");
}
