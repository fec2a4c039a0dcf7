// A chat route of the AI SDK as its documentation writes it, on Node's own server.
const http = require("node:http")
const { createRequire } = require("node:module")

const installed = createRequire("@LEAGUE@/ai-sdk/")
const { convertToModelMessages, jsonSchema, streamText, tool } = installed("ai")
const { createOpenAICompatible } = installed("@ai-sdk/openai-compatible")

const provider = createOpenAICompatible({
  name: "cloudflare",
  baseURL: "@UPSTREAM@/client/v4/accounts/@ACCOUNT@/ai/v1",
  apiKey: process.env.CLOUDFLARE_API_TOKEN,
})

async function chat(request, response) {
  let text = ""
  for await (const piece of request) text += piece
  const { messages, model, tools = [] } = JSON.parse(text)
  const left = new AbortController()
  response.on("close", () => left.abort())
  const result = streamText({
    model: provider(model),
    messages: await convertToModelMessages(messages),
    tools: Object.fromEntries(
      tools.map(({ name, description, parameters }) => [name, tool({ description, inputSchema: jsonSchema(parameters) })]),
    ),
    abortSignal: left.signal,
    maxRetries: 0,
  })
  result.pipeUIMessageStreamToResponse(response)
}

function refuse(response, error) {
  if (!response.headersSent) response.writeHead(400, { "content-type": "application/json" })
  response.end(JSON.stringify({ error: { message: error.message } }))
}

http
  .createServer((request, response) => {
    if (request.url === "/healthz") return response.end("ok")
    return chat(request, response).catch((error) => refuse(response, error))
  })
  .listen(Number("@PORT@"), "127.0.0.1")
