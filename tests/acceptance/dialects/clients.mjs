// Asks a proxy what it is told to, with the clients that people have, and prints one line of JSON for each ask: what
// its client made of the answer. Arguments: the proxy's URL, and the asks as JSON [{client, play, model, text}].

import { HttpAgent } from "@ag-ui/client";
import { callChatApi } from "@ai-sdk/ui-utils";
import Anthropic from "@anthropic-ai/sdk";
import { DefaultChatTransport, readUIMessageStream } from "ai";
import { createRequire } from "node:module";
import OpenAI from "openai";

// As a module of its own kind it cannot read arguments under Node.js: it takes a package it needs for one of that kind.
const { CopilotRequestType, CopilotRuntimeClient, Role, TextMessage, convertGqlOutputToMessages, convertMessagesToGqlInput } =
  createRequire(import.meta.url)("@copilotkit/runtime-client-gql");

const [url, asks] = [process.argv[2], JSON.parse(process.argv[3])];
const PARAMETERS = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const LOOK = { name: "look", description: "Looks.", parameters: PARAMETERS };
const KEYS = { apiKey: "any", maxRetries: 0 };

// As `useChat` of `ai` 3 and 4 reads it.
async function dataStream(api, got, signal, body, headers = {}) {
  const leaving = new AbortController();
  signal.addEventListener("abort", () => leaving.abort());
  await callChatApi({
    api,
    body,
    streamProtocol: "data",
    credentials: "same-origin",
    headers,
    abortController: () => leaving,
    restoreMessagesOnFailure() {},
    onResponse: undefined,
    onUpdate({ message }) {
      got.thought = message.reasoning ?? "";
      got.heard(message.content);
      const call = message.toolInvocations?.find(({ state }) => state === "call");
      if (call) got.call = { name: call.toolName, arguments: call.args };
    },
    onFinish: (_, { finishReason }) => (got.finished = finishReason),
    onToolCall: undefined,
    generateId: () => "id",
    fetch,
    lastMessage: undefined,
  });
}

// Each takes an ask and a place to put what it gets: text, thought (where it has a word for it), call {name, arguments},
// finished, error.
const CLIENTS = {
  async "openai chat"({ model, text, tools }, got, signal) {
    const client = new OpenAI({ ...KEYS, baseURL: `${url}/v1` });
    const runner = client.chat.completions.stream(
      {
        model,
        messages: [{ role: "user", content: text }],
        ...(tools && { tools: [{ type: "function", function: LOOK }] }),
      },
      { signal },
    );
    runner.on("content", (_, whole) => got.heard(whole));
    const { message, finish_reason } = (await runner.finalChatCompletion()).choices[0];
    const call = message.tool_calls?.[0]?.function;
    if (call) got.call = { name: call.name, arguments: JSON.parse(call.arguments) };
    got.finished = finish_reason;
  },

  async "openai responses"({ model, text, tools }, got, signal) {
    const client = new OpenAI({ ...KEYS, baseURL: `${url}/v1` });
    const stream = client.responses.stream(
      { model, input: text, ...(tools && { tools: [{ type: "function", strict: false, ...LOOK }] }) },
      { signal },
    );
    for await (const event of stream) {
      if (event.type === "response.output_text.delta") got.heard(got.text + event.delta);
      if (event.type === "response.failed") got.error = event.response.error.message;
      if (event.type === "response.completed") got.finished = event.response.status;
      if (event.type === "response.output_item.done" && event.item.type === "function_call")
        got.call = { name: event.item.name, arguments: JSON.parse(event.item.arguments) };
    }
  },

  async anthropic({ model, text, tools }, got, signal) {
    const client = new Anthropic({ ...KEYS, baseURL: url });
    const stream = client.messages.stream(
      {
        model,
        max_tokens: 9999,
        messages: [{ role: "user", content: text }],
        ...(tools && { tools: [{ name: LOOK.name, description: LOOK.description, input_schema: PARAMETERS }] }),
      },
      { signal },
    );
    stream.on("text", (_, whole) => got.heard(whole));
    const message = await stream.finalMessage();
    const call = message.content.find((block) => block.type === "tool_use");
    if (call) got.call = { name: call.name, arguments: call.input };
    got.finished = message.stop_reason;
  },

  async "ai sdk"({ model, text, tools }, got, signal) {
    const body = { model, ...(tools && { tools: { look: { description: "Looks.", inputSchema: PARAMETERS } } }) };
    const transport = new DefaultChatTransport({ api: `${url}/ai-sdk`, body });
    const stream = await transport.sendMessages({
      chatId: "chat",
      trigger: "submit-message",
      messages: [{ id: "1", role: "user", parts: [{ type: "text", text }] }],
      abortSignal: signal,
    });
    const seen = new TransformStream({
      transform(chunk, controller) {
        if (chunk.type === "finish") got.finished = chunk.finishReason;
        controller.enqueue(chunk);
      },
    });
    const messages = readUIMessageStream({ stream: stream.pipeThrough(seen), terminateOnError: true });
    for await (const message of messages) {
      const said = (type) => message.parts.flatMap((part) => (part.type === type ? [part.text] : [])).join("");
      got.thought = said("reasoning");
      got.heard(said("text"));
      const call = message.parts.find((part) => part.type === "tool-look" && part.state === "input-available");
      if (call) got.call = { name: "look", arguments: call.input };
    }
  },

  async "ai sdk, data stream"({ model, text, tools }, got, signal) {
    await dataStream(`${url}/ai-sdk?protocol=data`, got, signal, {
      id: "chat",
      messages: [{ role: "user", content: text }],
      model,
      ...(tools && { tools: { look: { description: "Looks.", parameters: PARAMETERS } } }),
    });
  },

  async "ai sdk, data stream that is kept"({ model, text, tools }, got, signal) {
    const headers = { Authorization: "Bearer ann-of-acme" };
    const agent = { name: "looker", tools: tools ? [{ type: "function", function: LOOK }] : [] };
    const made = await fetch(`${url}/api/v1/agents`, { method: "POST", headers, body: JSON.stringify(agent) });
    const { id } = await made.json();
    await dataStream(`${url}/api/v1/chat?protocol=data`, got, signal, { message: text, model, agentId: id }, headers);
    const conversations = await (await fetch(`${url}/api/v1/chat?agentId=${id}`, { headers })).json();
    got.kept = conversations.conversations[0].lastMessage;
  },

  async "ag-ui"({ model, text, tools }, got, signal) {
    const agent = new HttpAgent({ url: `${url}/ag-ui`, initialMessages: [{ id: "1", role: "user", content: text }] });
    signal.addEventListener("abort", () => agent.abortRun());
    await agent.runAgent(
      { forwardedProps: { model }, ...(tools && { tools: [LOOK] }) },
      {
        onReasoningMessageContentEvent: ({ event }) => void (got.thought += event.delta),
        onTextMessageContentEvent: ({ event }) => got.heard(got.text + event.delta),
        onToolCallEndEvent: ({ toolCallName, toolCallArgs }) =>
          void (got.call = { name: toolCallName, arguments: toolCallArgs }),
        onRunErrorEvent: ({ event }) => void (got.error = event.message),
        onRunFinishedEvent: ({ event }) => void (got.finished = event.result.finishReason),
      },
    );
  },

  async copilotkit({ model, text, tools }, got, signal) {
    const client = new CopilotRuntimeClient({ url: `${url}/copilotkit` });
    const { name, description } = LOOK;
    const actions = tools ? [{ name, description, jsonSchema: JSON.stringify(PARAMETERS) }] : [];
    const source = client.generateCopilotResponse({
      data: {
        metadata: { requestType: CopilotRequestType.Chat },
        frontend: { actions, url: "https://page.example" },
        messages: convertMessagesToGqlInput([new TextMessage({ id: "1", role: Role.User, content: text })]),
        forwardedParameters: { model },
      },
      signal,
    });
    for await (const { generateCopilotResponse: answer } of client.asStream(source)) {
      const messages = convertGqlOutputToMessages(structuredClone(answer.messages));
      got.heard(messages.map((message) => message.content ?? "").join(""));
      const call = messages.find((message) => message.isActionExecutionMessage());
      if (call) got.call = { name: call.name, arguments: call.arguments };
      if (answer.status?.code === "Success") got.finished = "Success";
      if (answer.status?.code === "Failed") got.error = answer.status.details.description;
    }
  },
};

async function play(ask) {
  const leaving = new AbortController();
  const got = { text: "", thought: "", call: null, finished: null, error: null };
  Object.defineProperty(got, "heard", {
    value(text) {
      got.text = text;
      if (text && ask.play === "leave") leaving.abort();
    },
  });
  try {
    await CLIENTS[ask.client]({ ...ask, tools: ask.play === "call" }, got, leaving.signal);
  } catch (error) {
    got.error ??= String(error?.message ?? error);
  }
  process.stdout.write(`${JSON.stringify({ client: ask.client, play: ask.play, ...got })}\n`);
}

console.warn = () => {}; // CopilotKit's client says there that it was left
console.error = () => {}; // AG-UI's says there what it also throws
await Promise.all(asks.map(play));
process.stdin.on("end", () => process.exit(0)).resume(); // until then, nothing is left because the process ends
