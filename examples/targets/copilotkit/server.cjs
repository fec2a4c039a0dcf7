// CopilotKit's runtime with its OpenAI adapter, as its documentation mounts it in Node.
const http = require("node:http")
const { createRequire } = require("node:module")

const installed = createRequire("@LEAGUE@/copilotkit/")
const { CopilotRuntime, OpenAIAdapter, copilotRuntimeNodeHttpEndpoint } = installed("@copilotkit/runtime")
const OpenAI = installed("openai")

const openai = new OpenAI({
  baseURL: "@UPSTREAM@/client/v4/accounts/@ACCOUNT@/ai/v1",
  apiKey: process.env.CLOUDFLARE_API_TOKEN,
  maxRetries: 0,
})
const copilot = copilotRuntimeNodeHttpEndpoint({
  endpoint: "/copilotkit",
  runtime: new CopilotRuntime(),
  serviceAdapter: new OpenAIAdapter({ openai, model: "@cf/meta/llama-3.3-70b-instruct-fp8-fast" }),
})

http
  .createServer((request, response) => (request.url === "/healthz" ? response.end("ok") : copilot(request, response)))
  .listen(Number("@PORT@"), "127.0.0.1")
